// Chunks that are always loaded together become one file: Node takes half a millisecond for each file that it loads, and a
// browser a request. esbuild makes a chunk for each set of entries, commands of the command line included, that lead to it.
// What a dynamic import leads to becomes a part of such a file as well, and the import leads there.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { globSync } from 'tinyglobby';
import { smallChunks } from './small-chunks.js';

const tensor = 'src/runtime/tensor/tensor.ts';
const front = 'src/runtime/inference-session.ts';
/** What runs programs, which comes with the first session. */
const sessions = 'src/runtime/session.ts';
/** What keeps programs, and finds those that were kept. */
const keeping = 'src/runtime/cache/session-cache.ts';
/** What reads models and compiles them, where no program is kept. */
const compiling = [
  'src/compile.ts',
  'src/runtime/session-model.ts',
  'src/wasm/tiers.ts',
  'src/wasm/byte-products.ts',
];
/** What programs need that the host has a part in. */
const hostSide = 'src/runtime/host-side.ts';

/** What comes with models that need it. */
const groups = [
  'src/ops/frequent.ts',
  'src/ops/rare.ts',
  'src/ops/microsoft.ts',
  'src/lower/elementwise/integers.ts',
  ...globSync(['src/{lower,passes,wasm/kernels}/groups/*.ts']).sort(),
];

/** What programs load parts of the library for. Chunks that the same of these lead to are loaded together. */
const uses = [
  'src/index-node.ts',
  'src/index.ts',
  tensor,
  front,
  sessions,
  keeping,
  ...compiling,
  hostSide,
  'src/runtime/worker/session-worker.ts',
  'src/runtime/stages.ts',
  'src/check.ts',
  'src/cli/check.ts',
  ...groups,
];

/** What a chunk has in common with those that it becomes one file with, by the uses that lead to it; undefined where it stays. */
function keyOf(by) {
  // The tensor without the front of sessions, which everything else that is there at once is part of.
  if (by.has(tensor)) return tensor;
  if (by.has(front)) return front;
  // What runs programs comes before what makes them. A check takes neither, and little of what it has in common with the first.
  if (by.has(sessions)) return by.has('src/cli/check.ts') ? front : sessions;
  if (compiling.some((use) => by.has(use))) return compilingStage(by);
  if (by.has(keeping)) return keeping;
  // References are in whatever computes by them, which need not run programs.
  if (by.has(hostSide))
    return [hostSide, ...['src/index.ts', 'src/check.ts', 'src/cli/check.ts'].filter((use) => by.has(use))].join();
  // Whatever comes later finds what compiling loads there already, and most of it the frequent operators, then the rare ones.
  const first = ['src/ops/frequent.ts', 'src/ops/rare.ts'].find((use) => by.has(use));
  const programs = [...by].filter((use) => !groups.includes(use));
  const shared = first ? [first, ...programs] : [...by];
  // What sessions can do without stays apart: where a bundler splits, esbuild has a file that is used load all that it imports.
  return ['src/check.ts', ...groups].some((use) => by.has(use)) ? shared.sort().join() : undefined;
}

/**
 * What compiling loads is three files: what opens and checks a model, what rewrites it, and what emits code. The first has
 * whatever checks lead to, though some other program does without a part of it.
 */
function compilingStage(by) {
  return ['src/cli/check.ts', 'src/runtime/stages.ts'].find((use) => by.has(use)) ?? compiling[0];
}

/** An import or export of names of another file, as esbuild writes it. */
const statement = /\b(import|export)\s*(?:\{([^{}]*)\}\s*from\s*)?"\.\/([\w.-]+\.js)"/g;

const dynamic = /\bimport\("\.\/([\w.-]+\.js)"\)/g;

/**
 * @param folder with the bundle
 * @param outputs of esbuild's metafile, whose paths begin with the folder
 */
export async function mergeChunks(folder, outputs) {
  const files = new Map(Object.entries(outputs).map(([file, output]) => [path.basename(file), output]));
  // Entries of the package have names without a hash.
  const mayMove = (name) => /-[A-Z0-9]{8}\.js$/.test(name);
  const reached = new Map();
  for (const use of uses) {
    for (const [name, { entryPoint, inputs }] of files) {
      if (entryPoint === use || (entryPoint === undefined && Object.hasOwn(inputs, use))) visit(name, use);
    }
  }
  function visit(name, use) {
    const by = reached.get(name) ?? new Set();
    if (by.has(use)) return;
    reached.set(name, by.add(use));
    for (const { path: file, kind } of files.get(name).imports) {
      if (kind === 'import-statement' && files.has(path.basename(file))) visit(path.basename(file), use);
    }
  }

  const together = new Map();
  for (const [name, by] of reached) {
    if (!mayMove(name)) continue;
    const key = keyOf(by);
    if (key !== undefined) together.set(key, [...(together.get(key) ?? []), name]);
  }
  await mergeFiles(folder, files, [...together.values(), smallChunks(files)]);
}

/**
 * @param files outputs of esbuild's metafile by name
 * @param sets names of chunks that become one file each, such that no other file both needs one of a set and is needed by one
 */
export async function mergeFiles(folder, files, sets) {
  const isEntry = (name) => files.get(name).entryPoint !== undefined;
  const merged = sets.filter((chunks) => chunks.length > 1);
  const targets = merged.map((chunks, i) => chunks.find(isEntry) ?? `part-${i + 1}.js`);
  // Names of a chunk are short, and others in each, so each gets the number of its chunk. Whoever imports an entry asks for its
  // names as they are.
  const places = new Map();
  for (const [i, chunks] of merged.entries()) {
    for (const [k, chunk] of chunks.sort().entries())
      places.set(chunk, { file: targets[i], prefix: isEntry(chunk) ? '' : `${letters(k)}_` });
    const names = chunks.filter(isEntry).flatMap((chunk) => files.get(chunk).exports);
    if (new Set(names).size < names.length) throw new Error(`${chunks.join(', ')} have names in common`);
  }
  const codes = new Map(
    [...files.keys()]
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );
  const taken = takenFromOutside(codes, places);
  const contents = new Map();
  for (const [i, chunks] of merged.entries()) {
    const result = await build({
      stdin: {
        contents: chunks
          .map((chunk) => reexport(chunk, isEntry(chunk) ? files.get(chunk).exports : (taken.get(chunk) ?? []), places))
          .join('\n'),
        resolveDir: folder,
      },
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      logOverride: { 'ignored-bare-import': 'silent' },
      minify: true,
      write: false,
      plugins: [only(chunks)],
    });
    contents.set(targets[i], result.outputFiles[0].text);
  }
  for (const [name, code] of codes) if (!places.has(name)) contents.set(name, code);
  for (const chunk of places.keys()) rmSync(path.join(folder, chunk));
  for (const [name, text] of contents) {
    const moved = text.replace(statement, rewritten).replace(dynamic, (_, chunk) => `import("./${places.get(chunk)?.file ?? chunk}")`);
    writeFileSync(path.join(folder, name), moved);
  }

  function rewritten(whole, keyword, names, chunk) {
    const place = places.get(chunk);
    if (place === undefined) return whole;
    if (names === undefined) return `${keyword}"./${place.file}"`;
    const prefixed = names.split(',').map((item) => {
      const [name, own] = item.trim().split(/\s+as\s+/);
      return `${place.prefix}${name} as ${own ?? name}`;
    });
    return `${keyword}{${prefixed.join(',')}}from"./${place.file}"`;
  }
}

/** Of each chunk that becomes a part of a file, the names that other files import of it. */
function takenFromOutside(codes, places) {
  const taken = new Map();
  for (const [name, code] of codes) {
    for (const [, , names, chunk] of code.matchAll(statement)) {
      const place = places.get(chunk);
      if (names === undefined || place === undefined || places.get(name)?.file === place.file) continue;
      const known = taken.get(chunk) ?? new Set();
      for (const item of names.split(',')) known.add(item.trim().split(/\s+as\s+/)[0]);
      taken.set(chunk, known);
    }
  }
  return taken;
}

function reexport(chunk, names, places) {
  const { prefix } = places.get(chunk);
  return `export { ${[...names].map((name) => `${name} as ${prefix}${name}`).join(', ')} } from './${chunk}';`;
}

/** All other files stay files of their own. */
function only(chunks) {
  return {
    name: 'only',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path: place, kind }) =>
        kind === 'entry-point' || chunks.includes(path.basename(place))
          ? undefined
          : { path: place, external: true, sideEffects: false },
      );
    },
  };
}

function letters(number) {
  return (number >= 26 ? letters(Math.floor(number / 26) - 1) : '') + String.fromCharCode(97 + (number % 26));
}
