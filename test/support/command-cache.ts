/** One cache of compiled models for the commands of a whole run of tests: most of them run the same few fixtures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Of the environment, which the processes of tests inherit. */
export const commandCacheVariable = 'UNSTRIDE_TEST_COMMAND_CACHE';

/** Called by vitest once before all tests; what it returns is called after them. */
export function setup(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-commands-'));
  process.env[commandCacheVariable] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
