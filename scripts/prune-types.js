// Declarations that no entry leads to describe nothing that the package gives, and those of the compiler's inside nothing that a
// program can use: what refers to them keeps a name without a meaning.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const inside = /^(lower|codegen|wasm)\//;
/** Of the inside, what options are. */
const told = new Set(['wasm/kernels/kernel.d.ts']);

const importPattern = /(?:import|export) (?:type )?\{([^}]*)\} from ['"](\.[^'"]+)\.js['"]/g;
const anyImport = /(?:from |import\()['"](\.[^'"]+)\.js['"]/g;

/** @param folder of declarations; those stay that `entries` in it lead to */
export function pruneTypes(folder, entries) {
  const reached = new Set();
  /** Names without a meaning, by file. */
  const opaque = new Map();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(path.join(folder, file), 'utf8');
    const at = (target) => path.posix.join(path.posix.dirname(file), `${target}.d.ts`);
    for (const [, names, target] of text.matchAll(importPattern)) {
      if (!isInside(at(target))) continue;
      const known = opaque.get(at(target)) ?? opaque.set(at(target), new Set()).get(at(target));
      for (const name of names.split(','))
        known.add(
          name
            .trim()
            .replace(/^type /, '')
            .replace(/ as .*/, ''),
        );
    }
    for (const [, target] of text.matchAll(anyImport)) if (!isInside(at(target))) visit(at(target));
  };
  for (const entry of entries) visit(entry);
  const kept = new Map([...reached].map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  for (const [file, names] of opaque)
    kept.set(file, [...names].map((name) => `export type ${name} = unknown;\n`).join(''));
  for (const entry of readdirSync(folder)) rmSync(path.join(folder, entry), { recursive: true });
  for (const [file, text] of kept) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    // Four blanks a level are a tenth of all that is written.
    writeFileSync(
      path.join(folder, file),
      text
        .replace(/^( {4})+/gm, (blanks) => ' '.repeat(blanks.length / 4))
        // TypeScript before 5.7 has no such parameter.
        .replace(/\b(\w+Array)<ArrayBuffer(?:Like)?>/g, '$1'),
    );
  }
}

function isInside(file) {
  return inside.test(file) && !told.has(file);
}
