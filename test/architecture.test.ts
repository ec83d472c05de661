/** Dependencies point one way: a room imports only from rooms named before it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const source = path.join(import.meta.dirname, '..', 'src');

/** The rooms from the ground up, and the packages each may use. */
const rooms: readonly {
  readonly name: string;
  readonly mayImport: readonly string[];
  readonly packages?: readonly RegExp[];
}[] = [
  { name: 'diagnostics', mayImport: [] },
  { name: 'closest', mayImport: [], packages: [/^fastest-levenshtein$/] },
  { name: 'ir', mayImport: ['diagnostics'] },
  { name: 'limits', mayImport: ['diagnostics', 'ir'] },
  { name: 'wasm', mayImport: ['diagnostics'] },
  { name: 'plan', mayImport: ['diagnostics', 'ir', 'wasm'] },
  { name: 'onnx', mayImport: ['diagnostics', 'ir', 'limits'] },
  { name: 'ops', mayImport: ['diagnostics', 'ir', 'limits'] },
  { name: 'infer', mayImport: ['diagnostics', 'ir', 'limits', 'ops'] },
  { name: 'passes', mayImport: ['diagnostics', 'ir', 'limits', 'ops', 'infer'] },
  { name: 'lower', mayImport: ['diagnostics', 'ir', 'limits', 'wasm', 'plan', 'ops', 'infer'] },
  { name: 'codegen', mayImport: ['diagnostics', 'ir', 'limits', 'wasm', 'plan'] },
  { name: 'convert', mayImport: ['diagnostics', 'ir', 'ops', 'infer'] },
  { name: 'rules', mayImport: ['diagnostics', 'ir', 'limits', 'ops', 'infer', 'passes', 'convert'] },
  { name: 'solve', mayImport: ['diagnostics', 'ir', 'limits', 'infer'] },
  { name: 'remedies', mayImport: ['diagnostics', 'ir', 'ops', 'infer', 'solve'] },
  { name: 'split', mayImport: ['diagnostics', 'ir', 'ops', 'infer'] },
  { name: 'explain', mayImport: ['diagnostics', 'ir', 'ops', 'infer', 'rules', 'lower', 'split'] },
  { name: 'runtimes', mayImport: ['diagnostics', 'closest', 'ir', 'ops', 'infer'] },
  { name: 'check', mayImport: ['diagnostics', 'ir', 'limits', 'infer', 'rules', 'solve', 'remedies'] },
  {
    name: 'compile',
    mayImport: ['diagnostics', 'ir', 'limits', 'wasm', 'plan', 'ops', 'infer', 'passes', 'lower', 'codegen', 'split'],
  },
  { name: 'contract', mayImport: ['diagnostics', 'closest', 'ir', 'ops', 'infer', 'runtimes'], packages: [/^yaml$/] },
  { name: 'files', mayImport: ['diagnostics', 'ir'], packages: [/^fflate$/, /^node:/] },
  {
    name: 'pictures',
    mayImport: ['diagnostics', 'ir'],
    packages: [/^(fflate|jpeg-js)$/, /^@jsquash\/(jpeg|webp)\//, /^node:/],
  },
  {
    name: 'runtime',
    mayImport: [
      'diagnostics',
      'closest',
      'ir',
      'limits',
      'wasm',
      'plan',
      'onnx',
      'ops',
      'infer',
      'codegen',
      'remedies',
      'check',
      'passes',
      'compile',
      'split',
      'files',
      'pictures',
    ],
    packages: [/^node:/],
  },
  { name: 'feed', mayImport: ['diagnostics', 'ir', 'ops', 'infer', 'solve', 'split', 'pictures'] },
  { name: 'present', mayImport: ['diagnostics', 'ir', 'files', 'pictures', 'feed'] },
  {
    name: 'report',
    // Of onnx, limits, convert, solve, files, feed and runtime only what their codes mean: `pages.ts`.
    mayImport: [
      'diagnostics',
      'ir',
      'limits',
      'plan',
      'onnx',
      'ops',
      'infer',
      'rules',
      'convert',
      'solve',
      'split',
      'explain',
      'compile',
      'contract',
      'files',
      'feed',
      'runtime',
      'runtimes',
      'present',
    ],
    packages: [/^picocolors(\/types\.js)?$/],
  },
  {
    name: 'draw',
    mayImport: ['diagnostics', 'ir', 'ops', 'infer', 'solve', 'split', 'report'],
    packages: [/^@dagrejs\/dagre$/],
  },
  { name: 'onnxruntime', mayImport: ['runtime'] },
  {
    name: 'index',
    mayImport: [
      'onnxruntime',
      'diagnostics',
      'ir',
      'plan',
      'onnx',
      'ops',
      'infer',
      'solve',
      'check',
      'split',
      'explain',
      'compile',
      'runtime',
      'draw',
    ],
  },
  {
    name: 'index-node',
    mayImport: ['index', 'onnxruntime', 'diagnostics', 'ir', 'ops', 'explain', 'runtime'],
    packages: [/^node:module$/],
  },
  { name: 'standalone', mayImport: ['diagnostics', 'runtime'] },
  {
    name: 'page',
    mayImport: [
      'diagnostics',
      'ir',
      'limits',
      'onnx',
      'solve',
      'check',
      'split',
      'explain',
      'runtime',
      'files',
      'pictures',
      'feed',
      'present',
      'report',
      'draw',
    ],
    packages: [/^preact(\/hooks)?$/, /^@preact\/signals$/, /^@panzoom\/panzoom$/],
  },
  {
    name: 'cli',
    mayImport: [
      'diagnostics',
      'closest',
      'ir',
      'limits',
      'plan',
      'onnx',
      'ops',
      'infer',
      'passes',
      'convert',
      'rules',
      'solve',
      'check',
      'split',
      'explain',
      'compile',
      'contract',
      'runtime',
      'runtimes',
      'files',
      'pictures',
      'feed',
      'present',
      'report',
      'draw',
    ],
    packages: [
      /^node:/,
      /^cac$/,
      /^@resvg\/resvg-wasm$/,
      /^picocolors(\/types\.js)?$/,
      /^cli-progress$/,
      /^tinyglobby$/,
      /^picomatch$/,
      /^yaml$/,
    ],
  },
];

/** src/ops/index.ts lives in `ops`, src/compile.ts in `compile`. */
function roomOf(file: string): string {
  const [first] = path.relative(source, file).split(path.sep);
  return first!.replace(/\.tsx?$/, '');
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => path.join(source, file));

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:^import |^[^'\n]* from |\bimport\()'([^']+)'/gm)].map(
    (match) => match[1]!,
  );
}

describe('dependencies', () => {
  it('are declared for every room', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !rooms.some(({ name }) => name === room))).toEqual([]);
  });

  it.each(rooms)('$name imports only what is below it', ({ name, mayImport, packages = [] }) => {
    const strangers: string[] = [];
    for (const file of files.filter((item) => roomOf(item) === name)) {
      for (const target of importsOf(file)) {
        const isLocal = target.startsWith('.');
        const room = isLocal ? roomOf(path.resolve(path.dirname(file), target.replace(/\.js$/, '.ts'))) : undefined;
        const isAllowed =
          room === undefined
            ? packages.some((pattern) => pattern.test(target))
            : room === name || mayImport.includes(room);
        if (!isAllowed) strangers.push(`${path.relative(source, file)} imports ${target}`);
      }
    }
    expect(strangers).toEqual([]);
  });

  it('have no circles between rooms', () => {
    for (const [i, { mayImport }] of rooms.entries()) {
      const later = rooms.slice(i).map(({ name }) => name);
      expect(mayImport.filter((name) => later.includes(name))).toEqual([]);
    }
  });

  it('leave the browser out of Node: only what handles files, starts threads or sets flags, and the CLI, name it', () => {
    const users = files.filter(
      (file) => roomOf(file) !== 'cli' && importsOf(file).some((target) => target.startsWith('node:')),
    );
    expect(users.map((file) => path.relative(source, file).replaceAll(path.sep, '/')).sort()).toEqual([
      'files/write-whole.ts',
      'index-node.ts',
      'pictures/node-modules.ts',
      'runtime/node-cache-folder.ts',
      'runtime/node-cache.ts',
      'runtime/node-code-cache.ts',
      'runtime/node-engine.ts',
      'runtime/node-files.ts',
      'runtime/node-write.ts',
      'runtime/threads/node-workers.ts',
      'runtime/worker/node-session-worker.ts',
    ]);
  });

  /**
   * Nodes are rewritten with the attributes that they have; what one says is what `bind` has read. convert/ writes them as
   * another version spells them, by the operators' own specifications.
   */
  it.each(rooms.map(({ name }) => name).filter((name) => !['ir', 'onnx', 'ops', 'convert'].includes(name)))(
    'leave what attributes mean to operators, in %s',
    (room) => {
      const isWritten = !['lower', 'codegen'].includes(room);
      const reads = isWritten
        ? /\battributes\.(get|has)\(/
        : /\b(node|reader|producer)\.attributes\b|\battributes\.(get|has)\(/;
      const readers = files.filter((file) => {
        return roomOf(file) === room && reads.test(readFileSync(file, 'utf8'));
      });
      expect(readers.map((file) => path.relative(source, file))).toEqual([]);
    },
  );

  it('leave compiling to compile.ts: what runs programs takes of codegen/ where constants are, and the words that threads meet by', () => {
    const taken = files
      .filter((file) => roomOf(file) === 'runtime')
      .flatMap((file) => importsOf(file).filter((target) => target.includes('/codegen/')))
      .map((target) => path.basename(target, '.js'));
    expect([...new Set(taken)].sort()).toEqual(['constant-store', 'control', 'graph-constants']);
  });

  /** The first input is what a node works on, whatever it is; which the others are says the signature. */
  it.each(['lower', 'codegen', 'passes', 'rules', 'remedies', 'split', 'solve'])(
    'leave which input is which to signatures, in %s',
    (room) => {
      const reads = /\.inputs\[[1-9]\]|const \[[^\]]*,[^\]]*\] = (?!operator)\w+\.inputs;/;
      const readers = files.filter((file) => roomOf(file) === room && reads.test(readFileSync(file, 'utf8')));
      expect(readers.map((file) => path.relative(source, file))).toEqual([]);
    },
  );

  it('point one way between the wings of lower/ too', () => {
    const wings = [
      ['arena', 'context', 'units'],
      ['sharing'],
      [
        'lowering',
        'unfit-value',
        'layouts',
        'memory',
        'pool-tiles',
        'recurrent-activations',
        'strassen',
        'weight-type',
      ],
      ['elementwise', 'resize', 'pooling', 'grid-sample'],
      ['movement'],
      ['group-normalization', 'recurrent-weights', 'reduce', 'wide-integers'],
      [
        'arg-extremum',
        'channel-affine',
        'convolution',
        'counting',
        'cumulate',
        'matrix',
        'normalization',
        'order',
        'recurrent',
        'regions',
        'response-normalization',
        'selection',
        'unique',
        'unpool',
      ],
      ['image-scaler', 'quantized'],
      ['groups'],
      ['registry'],
      ['all', 'lower'],
    ];
    const wingOf = (file: string) =>
      path.relative(path.join(source, 'lower'), file).split(path.sep)[0]!.replace(/\.ts$/, '');
    const levelOf = (file: string) => wings.findIndex((level) => level.includes(wingOf(file)));
    const lowering = files.filter((file) => roomOf(file) === 'lower');
    expect(lowering.filter((file) => levelOf(file) < 0).map(wingOf)).toEqual([]);
    const upward = lowering.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => path.resolve(path.dirname(file), target.replace(/\.js$/, '.ts')))
        .filter((target) => roomOf(target) === 'lower' && wingOf(target) !== wingOf(file))
        .filter((target) => levelOf(target) >= levelOf(file))
        .map((target) => `${wingOf(file)} imports ${wingOf(target)}`),
    );
    expect(upward).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(path.join(source, '..', 'ARCHITECTURE.md'), 'utf8');
  const [, section = ''] = /^## Two trips$([\s\S]*?)^## /m.exec(text) ?? [];
  const named = [...section.matchAll(/`([\w./-]+\.ts):(\w+)`/g)].map(([, file, name]) => ({
    file: file!,
    name: name!,
  }));

  it('makes its two trips in ten steps each', () => {
    const steps = [...section.matchAll(/^(\d+)\. (.*)/gm)];
    const tens = Array.from({ length: 10 }, (_, i) => String(i + 1));
    expect(steps.map(([, number]) => number)).toEqual([...tens, ...tens]);
    expect(named.length).toBeGreaterThan(30);
  });

  it.each(named)('names $name, which $file has', ({ file, name }) => {
    const code = readFileSync(path.join(source, file), 'utf8');
    const declaration = new RegExp(
      `^(export )?(async )?(function\\*?|const|class) ${name}\\b|^ {2}((private|static|async) )*\\*?${name}(<.*>)?\\(`,
      'm',
    );
    expect(code).toMatch(declaration);
  });
});
