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
/** What reads models, where no program is kept. */
const opening = 'src/runtime/session-model.ts';
/** What compiles them, and finds out what for. */
const compiling = ['src/compile.ts', 'src/wasm/tiers.ts'];
const rewriting = 'src/runtime/stages.ts';
/** What programs need that the host has a part in. */
const hostSide = 'src/runtime/host-side.ts';

/** What comes with models that need it, those first that others find there already. */
const families = ['src/ops/products.ts', 'src/ops/resampled.ts', 'src/ops/functions.ts'];
const rareForms = 'src/onnx/rare-forms.ts';
const workerSessions = 'src/runtime/worker/worker-session.ts';
/** What fetches the files of weights that they name. */
const externalFiles = 'src/runtime/external-files.ts';
const later = [
  ...families,
  'src/ops/frequent.ts',
  'src/ops/rare.ts',
  'src/ops/microsoft.ts',
  rareForms,
  externalFiles,
  'src/ir/dim/parse.ts',
  'src/lower/elementwise/integers.ts',
  ...globSync(['src/{lower,passes,wasm/kernels}/groups/*.ts'], { cwd: path.join(import.meta.dirname, '..') }).sort(),
];

const nodeStart = 'src/index-node.ts';
const nodeFiles = 'src/runtime/node-files.ts';
/** What only Node asks, a part of the same file. */
const wideTier = 'src/wasm/wide-tier.ts';

/** What programs load parts of the library for. Chunks that the same of these lead to are loaded together. */
const uses = [
  nodeStart,
  'src/index.ts',
  tensor,
  front,
  'src/runtime/common/front.ts',
  sessions,
  keeping,
  opening,
  ...compiling,
  nodeFiles,
  wideTier,
  hostSide,
  'src/runtime/worker/session-worker.ts',
  workerSessions,
  rewriting,
  'src/check.ts',
  'src/cli/check.ts',
  ...later,
];

/** What a chunk has in common with those that it becomes one file with, by the uses that lead to it; undefined where it stays. */
function keyOf(by) {
  // The tensor without the front of sessions, which everything else that is there at once is part of.
  if (by.has(tensor)) return tensor;
  if (by.has(front) || by.has('src/runtime/common/front.ts')) return front;
  // What runs programs comes before what makes them. A check takes neither, and little of what it has in common with the first.
  if (by.has(sessions)) return by.has('src/cli/check.ts') ? front : sessions;
  if ([opening, ...compiling].some((use) => by.has(use))) return stageOf(by);
  if (by.has(keeping)) return keeping;
  if (by.has(nodeStart)) return nodeStart;
  if (by.has(wideTier)) return nodeFiles;
  if (by.has(nodeFiles)) return by.has(rareForms) ? front : nodeFiles;
  // References are in whatever computes by them, which need not run programs.
  if (by.has(hostSide)) return [hostSide, ...['src/index.ts', 'src/cli/check.ts'].filter((use) => by.has(use))].join();
  // Whatever comes later finds what compiling loads there already, and most of it the frequent operators, then the rare ones.
  const first = [...families, 'src/ops/frequent.ts', rareForms, 'src/ir/dim/parse.ts'].find((use) => by.has(use));
  if (by.has(externalFiles)) return by.has(workerSessions) ? front : rareForms;
  if (first) return first;
  const programs = [...by].filter((use) => !later.includes(use));
  if (by.has('src/ops/rare.ts')) return ['src/ops/rare.ts', ...programs.sort()].join();
  const passes = [...by].filter((use) => use.startsWith('src/passes/groups/'));
  if (passes.length > 0) return passes.length > 2 ? rewriting : passes.join();
  if (programs.length === 0) return groupOf(by);
  // What sessions can do without stays apart: where a bundler splits, esbuild has a file that is used load all that it imports.
  return ['src/check.ts', ...later].some((use) => by.has(use)) ? [...by].sort().join() : undefined;
}

/** Lowerings of a group come with its kernels. What several groups have in common is little. */
function groupOf(by) {
  const names = new Set([...by].map((use) => path.basename(use, '.ts').replace('bytes', 'quantized')));
  if (names.has('winograd')) return 'winograd';
  if (names.has('products')) return 'products';
  if (names.size > 1 && [...names].some((name) => name !== 'quantized' && name !== 'statistics'))
    return 'several groups';
  return names.size > 1 ? 'statistics' : [...names].join();
}

/**
 * What compiling loads is three files: what opens and checks a model, what rewrites it, and what emits code. The first has
 * whatever checks lead to, though some other program does without a part of it. It needs none of the others, so that a model is
 * read while they come.
 */
function stageOf(by) {
  if (by.has(opening) || by.has('src/check.ts')) return opening;
  return by.has(rewriting) ? rewriting : compiling[0];
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
  // Entries of the package have names without a hash. The rest of that file becomes a part of it.
  const mayMove = (name) => /-[A-Z0-9]{8}\.js$/.test(name) || name === 'node-files.js';
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
  const places = new Map();
  for (const [i, chunks] of merged.entries()) for (const chunk of chunks) places.set(chunk, { file: targets[i] });
  const codes = new Map(
    [...files.keys()]
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );
  const taken = takenFromOutside(codes, places);
  for (const chunks of merged) nameExports(chunks.sort());
  const contents = new Map();
  for (const [i, chunks] of merged.entries()) {
    const result = await build({
      stdin: {
        contents: chunks.map((chunk) => reexport(chunk, places.get(chunk).names)).join('\n'),
        resolveDir: folder,
      },
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      charset: 'ascii',
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
    const moved = text
      .replace(statement, rewritten)
      .replace(dynamic, (_, chunk) => `import("./${places.get(chunk)?.file ?? chunk}")`);
    writeFileSync(path.join(folder, name), moved);
  }

  /** Whoever imports an entry asks for its names as they are. Those of chunks are short, and other things in each. */
  function nameExports(chunks) {
    const names = chunks.filter(isEntry).flatMap((chunk) => files.get(chunk).exports);
    const own = new Set(names);
    if (own.size < names.length) throw new Error(`${chunks.join(', ')} have names in common`);
    let count = 0;
    const next = () => {
      for (;;) {
        const name = letters(count++);
        if (name !== 'as' && !own.has(name)) return name;
      }
    };
    for (const chunk of chunks) {
      const all = isEntry(chunk) ? files.get(chunk).exports : [...(taken.get(chunk) ?? [])];
      places.get(chunk).names = new Map(all.map((name) => [name, isEntry(chunk) ? name : next()]));
    }
  }

  function rewritten(whole, keyword, names, chunk) {
    const place = places.get(chunk);
    if (place === undefined) return whole;
    if (names === undefined) return `${keyword}"./${place.file}"`;
    const prefixed = names.split(',').map((item) => {
      const [name, own] = item.trim().split(/\s+as\s+/);
      return `${place.names.get(name)} as ${own ?? name}`;
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

function reexport(chunk, names) {
  return `export { ${[...names].map(([name, other]) => `${name} as ${other}`).join(', ')} } from './${chunk}';`;
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
