/**
 * The command line's own modules as the package has them: together in a few compressed files (scripts/pack-commands.js), which
 * take a third of what they take as they are. A module's name says in which file it is.
 */
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** A module as require-modules.cjs takes it apart. */
export interface PackedModule {
  /** Keyword, names and module of each import from the start, and of each export of another module's names. */
  readonly imports: readonly (readonly [keyword: 'import' | 'export', clause: string, from: string])[];
  /** As in the braces of an export. */
  readonly exports: string;
  readonly body: string;
}

const files = new Map<string, ReadonlyMap<string, PackedModule>>();

/** The module in a file of this name; undefined for one that is not packed. */
export function packedModule(name: string): PackedModule | undefined {
  const file = /^packed\d+(?=-)/.exec(name)?.[0];
  if (file === undefined) return undefined;
  const modules = files.get(file) ?? readPacked(new URL(`./${file}.br`, import.meta.url));
  files.set(file, modules);
  return modules.get(name);
}

/** The code of the module as a browser takes it. */
export function moduleCode({ imports, exports, body }: PackedModule): string {
  const head = imports.map(([keyword, clause, from]) => `${keyword} ${clause}${clause && ' from'}"${from}";`);
  return `${head.join('')}${body}${exports && `export{${exports}};`}`;
}

/**
 * The modules in a file by their names. It begins with a line of JSON, which says of each module its name, its imports and exports
 * and how long it is; then comes all of the code.
 */
export function readPacked(file: URL): ReadonlyMap<string, PackedModule> {
  const text = brotliDecompressSync(readFileSync(file)).toString();
  let from = text.indexOf('\n') + 1;
  const table = JSON.parse(text.slice(0, from)) as readonly (readonly [
    name: string,
    imports: PackedModule['imports'],
    exports: string,
    length: number,
  ])[];
  return new Map(
    table.map(([name, imports, exports, length]) => {
      const body = text.slice(from, from + length);
      from += length;
      return [name, { imports, exports, body }];
    }),
  );
}
