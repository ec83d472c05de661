// Most functions of what a first session loads are called by it. Where the comment at the top of a file says so, Chromium compiles
// them on other threads while the file comes, once; elsewhere it is a comment.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const hint = '//# allFunctionsCalledOnLoad\n';

/** What every session without a cache loads. */
const isLoaded = (name) => /^(?:compile|session|session-model)-[A-Z0-9]{8}\.js$/.test(name);

/** @param folder with the bundle, whose files have their names and lines */
export function hintCompilation(folder) {
  const names = new Set(readdirSync(folder).filter(isLoaded));
  for (const name of names) {
    const code = readFileSync(path.join(folder, name), 'utf8');
    for (const [, file] of code.matchAll(/\bfrom"\.\/([\w.-]+\.js)"/g)) names.add(file);
    writeFileSync(path.join(folder, name), hint + code);
  }
}
