/** Ports that are not to be had. */
import { UsageError } from '../usage.js';

export function cannotListen(port: number, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason =
    code === 'EADDRINUSE' ? 'another program has it' : error instanceof Error ? error.message : String(error);
  throw new UsageError(
    `the port ${port} is not to be had: ${reason}`,
    'leave --port out, and one that is free is taken',
  );
}
