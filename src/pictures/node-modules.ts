/**
 * Loads WebAssembly modules of packages from disk, since Node does not fetch files. The only part of this folder that
 * knows Node.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** `name` as packages are imported: `@jsquash/webp/codec/dec/webp_dec.wasm`. */
export async function compiledModule(name: string): Promise<WebAssembly.Module> {
  const file = createRequire(import.meta.url).resolve(name);
  return WebAssembly.compile(await readFile(file));
}
