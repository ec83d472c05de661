/** The program's own code as V8 compiled it: Node 22 and newer keep it for the next process. */
import module from 'node:module';
import path from 'node:path';
import { cacheFolder, isCacheOff } from '../runtime/node-cache-folder.js';

/** The folder, beside what sessions keep. */
export function codeCacheFolder(): string {
  return path.join(cacheFolder(), 'code');
}

/** From now on modules come from the cache, and go there when the process ends. Where it cannot be written nothing changes. */
export function keepCode(args: readonly string[]): void {
  if (isCacheOff() || args.includes('--no-cache')) return;
  const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown };
  enableCompileCache?.(codeCacheFolder());
}
