/** What becomes of standard output and standard error that cannot be written. */
import { whyNotWritten } from '../files/why-not-written.js';
import { type ExitCode, exitCodes } from './usage.js';

/** Why the first stream failed; undefined as long as none has. */
let failure: string | undefined;

/** From here on a stream that fails is told once, in a line, and the command goes on: files that it writes are whole. */
export function watchOutput(): void {
  watch(process.stdout, 'standard output');
  watch(process.stderr, 'standard error');
}

function watch(stream: NodeJS.WriteStream, name: string): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the output has seen enough (`| head`).
    if (error.code === 'EPIPE' || failure !== undefined) return;
    failure = whyNotWritten(error) ?? error.message;
    process.exitCode = exitCodes.fault;
    if (stream !== process.stderr) void tell(`error ${name} cannot be written: ${failure}`);
  });
}

async function tell(text: string): Promise<void> {
  const { writeStderr } = await import('./output.js');
  writeStderr(text);
}

/** The exit code of a command whose output may have failed: what nobody can read has not succeeded. */
export function afterOutput(code: ExitCode): ExitCode {
  return failure !== undefined && code === exitCodes.done ? exitCodes.fault : code;
}
