/** Code of modules as V8 compiled it: Node 22.8 and newer keep it for the next process. */
import module from 'node:module';
import path from 'node:path';
import { cacheFolder, isCacheOff } from './node-cache-folder.js';

/**
 * From now on modules of this process, whoever's they are, come from the cache, and go there when the process ends. Where it
 * cannot be written, or the program has one already, nothing changes. While it is measured which functions run, there is none: V8
 * counts less exactly what it did not compile.
 */
export function keepCode(folder = cacheFolder()): void {
  if (process.env['NODE_V8_COVERAGE']) return;
  const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown };
  enableCompileCache?.(path.join(folder, 'code'));
}

/** The same for whoever did not ask for a cache, nor to do without one. */
export function keepCodeUnasked(): void {
  if (!isCacheOff()) keepCode();
}
