// The modules that only the command line loads, and those that it has in common with the page of `unstride view`, become a few
// compressed files: a third of what they take as they are, which was a fifth of the package. src/cli/packed/ loads them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const { partsOf } = createRequire(import.meta.url)('./require-modules.cjs');

/** Programs, of which no more is plain than what loads them: the command line, and what its threads run. */
const program = 'cli.js';
const thread = 'picture-worker.js';
const loader = 'packed.js';
/** Other programs, in a browser. */
const page = 'page-worker.js';

/**
 * What is unpacked together: what these commands load at once, then what they load at all, and the rest. To unpack all for each
 * command would take some milliseconds.
 */
const together = [
  { names: ['cli'], follows: isAtOnce },
  { names: ['check', 'failure', 'output'], follows: isAtOnce },
  { names: ['command'], follows: () => true },
];

function isAtOnce({ kind }) {
  return kind === 'import-statement';
}

/**
 * @param folder with the bundle
 * @param library names of the entries that programs import
 */
export async function packCommands(folder, library) {
  const codes = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8').replace(/^#!.*\n/, '')]),
  );
  const imports = new Map();
  for (const [name, code] of codes) imports.set(name, await importsIn(name, code));
  const reached = (entries, follows) => {
    const seen = new Set(entries);
    for (const name of seen)
      for (const { file } of imports.get(name).filter(follows)) if (codes.has(file)) seen.add(file);
    return seen;
  };
  const plain = new Set([...reached(library, () => true), ...reached([loader], isAtOnce), page]);
  const left = new Set([...codes.keys()].filter((name) => !plain.has(name)));
  const places = new Map();
  for (const [i, { names, follows }] of [...together, { names: [], follows: isAtOnce }].entries()) {
    const entries = [...left].filter((name) => names.includes(stem(name)));
    const members = i < together.length ? reached(entries, follows) : left;
    for (const name of [...members].filter((name) => left.delete(name)).sort())
      places.set(name, `packed${i}-${/^chunk-/.test(name) ? places.size : stem(name)}.js`);
  }
  // The thread is started by the name of its file.
  const newName = (file) => (file === thread ? undefined : places.get(file));
  const renamed = (code) => code.replace(/(?<="\.\/)[\w.-]+\.js(?=")/g, (file) => newName(file) ?? file);

  for (const i of [...together.keys(), together.length]) {
    const modules = [...places].filter(([, place]) => place.startsWith(`packed${i}-`));
    const parts = modules.map(([name, place]) => ({ place, ...partsOf(renamed(codes.get(name))) }));
    const table = parts.map(({ place, imports, exports, body }) => [place, imports, exports, body.length]);
    const text = `${JSON.stringify(table)}\n${parts.map(({ body }) => body).join('')}`;
    writeFileSync(path.join(folder, `packed${i}.br`), compressed(text));
  }
  for (const name of places.keys()) rmSync(path.join(folder, name));
  writeFileSync(path.join(folder, page), renamed(codes.get(page)));
  const load = (name) =>
    `import{load}from"./${loader}";const{ended}=await load("./${places.get(name)}");await ended;\n`;
  writeFileSync(path.join(folder, program), `#!/usr/bin/env node\n${load(program)}`);
  writeFileSync(path.join(folder, thread), load(thread));
}

/** Without the hash. */
function stem(name) {
  return name.replace(/(-[A-Z0-9]{8})?\.js$/, '');
}

/**
 * What a module imports.
 * @throws Error where that is not what is found in its text
 */
async function importsIn(name, code) {
  const { metafile } = await build({
    stdin: { contents: code },
    bundle: true,
    external: ['*'],
    format: 'esm',
    platform: 'neutral',
    treeShaking: false,
    write: false,
    metafile: true,
  });
  const [{ imports }] = Object.values(metafile.inputs);
  const ofKind = (wanted) => distinct(imports.filter(({ kind }) => kind === wanted).map(({ path: file }) => file));
  const said = [ofKind('import-statement'), ofKind('dynamic-import')];
  const found = [
    distinct(partsOf(code).imports.map(([, , from]) => from)),
    distinct([...code.matchAll(/\bimport\("([^"]*)"\)/g)].map(([, file]) => file)),
  ];
  if (JSON.stringify(said) !== JSON.stringify(found))
    throw new Error(
      `${name} imports ${said.join(' and later ')}, and reads as if it were ${found.join(' and later ')}`,
    );
  return imports.map(({ kind, path: file }) => ({ kind, file: path.basename(file) }));
}

function distinct(names) {
  return [...new Set(names)].sort();
}

function compressed(text) {
  const bytes = Buffer.from(text);
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants;
  return brotliCompressSync(bytes, {
    params: { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}
