/** What a page and a worker of the tests do: jobs and answers that survive being sent. */
import type { InferenceSession, ModelError, Tensor } from '../../src/index.js';
import type { SessionNote, SessionOptions } from '../../src/runtime/session-options.js';

export interface Job {
  /** Relative to the page. */
  readonly model: string;
  /** What the session is created from. */
  readonly source?: 'url' | 'bytes';
  readonly feeds: Readonly<Record<string, Floats>>;
  readonly options?: SessionOptions;
  readonly outputsAsViews?: boolean;
  /** A run that is aborted as soon as the page gets a turn, on a feed of this shape, before the one that counts. */
  readonly aborted?: { readonly input: string; readonly dims: readonly number[] };
  /** Keeps the session until `disposeAll`. */
  readonly keep?: boolean;
}

export interface Floats {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface Answer {
  readonly outputs: Readonly<Record<string, Floats>>;
  /** Whether outputs lie in memory that threads share. */
  readonly isShared: boolean;
  readonly executor: string;
  readonly tier: string | undefined;
  readonly threads: number;
  readonly notes: readonly SessionNote[];
  /** The code of the error that ended the aborted run, or what happened in its place. */
  readonly aborted?: string;
}

interface Library {
  readonly InferenceSession: typeof InferenceSession;
  readonly ModelError: typeof ModelError;
  readonly Tensor: typeof Tensor;
}

export interface Jobs {
  runJob(job: Job): Promise<Answer>;
  disposeAll(): Promise<void>;
}

export function jobsOf({ InferenceSession, ModelError, Tensor }: Library): Jobs {
  const sessions: InferenceSession[] = [];

  async function abort(session: InferenceSession, { input, dims }: NonNullable<Job['aborted']>): Promise<string> {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    const feeds = { [input]: new Tensor('float32', data, dims) };
    const controller = new AbortController();
    // Once for the sizes to be compiled, so that the abortion falls into the run.
    await session.run(feeds);
    setTimeout(() => controller.abort('enough'));
    try {
      await session.run(feeds, { signal: controller.signal });
      return 'complete';
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return `${error.diagnostics[0]!.code} ${String(error.cause)}`;
    }
  }

  return {
    async runJob(job) {
      const notes: SessionNote[] = [];
      const source = job.source === 'bytes' ? await (await fetch(job.model)).arrayBuffer() : job.model;
      const session = await InferenceSession.create(source, {
        ...job.options,
        onNote: (note) => notes.push(note),
      });
      sessions.push(session);
      const aborted = job.aborted && (await abort(session, job.aborted));
      const feeds = Object.entries(job.feeds).map(([name, { dims, data }]) => {
        return [name, new Tensor('float32', Float32Array.from(data), dims)] as const;
      });
      // A small network's first run is one thread's, but for a profile.
      if (job.options?.threads !== 1) await session.run(Object.fromEntries(feeds), { profile: () => {} });
      let engine: Pick<Answer, 'executor' | 'tier' | 'threads'> | undefined;
      const outputs = await session.run(Object.fromEntries(feeds), {
        outputsAsViews: job.outputsAsViews ?? false,
        onReport: ({ executor, tier, threads }) => {
          engine = { executor, tier, threads };
        },
      });
      const answer: Answer = {
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data, Number) }]),
        ),
        isShared: Object.values(outputs).some(({ data }) => !((data as Float32Array).buffer instanceof ArrayBuffer)),
        ...engine!,
        notes,
        ...(aborted === undefined ? {} : { aborted }),
      };
      if (job.keep !== true) await session.dispose();
      return answer;
    },
    async disposeAll() {
      await Promise.all(sessions.map((session) => session.dispose()));
    },
  };
}
