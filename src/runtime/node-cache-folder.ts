/** Where the user's caches are. */
import { homedir } from 'node:os';
import path from 'node:path';

/** By the conventions of the system; the environment variable `UNSTRIDE_CACHE` names another folder. */
export function cacheFolder(): string {
  const { env, platform } = process;
  const named = env['UNSTRIDE_CACHE'];
  if (named !== undefined && named !== '' && named !== 'off') return path.resolve(named);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'unstride');
  if (platform === 'win32')
    return path.join(env['LOCALAPPDATA'] ?? path.join(homedir(), 'AppData', 'Local'), 'unstride', 'Cache');
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'unstride');
  return path.join(homedir(), '.cache', 'unstride');
}

/** Whether the environment asks for no cache: `UNSTRIDE_CACHE=off`. */
export function isCacheOff(): boolean {
  return process.env['UNSTRIDE_CACHE'] === 'off';
}
