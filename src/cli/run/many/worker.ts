/** The program of a thread that decodes and encodes: dist/picture-worker.js. */
import { parentPort } from 'node:worker_threads';
import { answerJob, buffersOf, type Job } from './jobs.js';

parentPort!.on('message', async (job: Job) => {
  const answer = await answerJob(job);
  parentPort!.postMessage(answer, [...buffersOf(answer)]);
});

// The job could not be answered, so the thread ends, which fails the job.
parentPort!.on('messageerror', (error) => {
  throw error;
});
