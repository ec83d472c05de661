/**
 * How time grows with models: `npm run growth`. Each kind of model is made with 1,000, 10,000 and 100,000 of what it is
 * made of, and each command takes it in a process of its own. In proportion, a time is ten times the one before; below a
 * second the start of the program is most of it. Nothing is judged here: the tests count work instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import protobuf from 'protobufjs';

const usage = `npm run growth -- [options]

  --only KINDS       kinds of models, separated by commas (default: all)
  --commands NAMES   of check, inspect, run, fix, lock (default: check,inspect,run,fix)
  --counts NUMBERS   default 1000,10000,100000
  --seconds N        of the processor after which a command is ended, and larger counts are left out (default 60)
`;

const here = import.meta.dirname;
const root = protobuf.loadSync(path.join(here, '..', 'schemas', 'onnx.proto'));
const ModelProto = root.lookupType('onnx.ModelProto');
const cli = path.join(here, '..', 'dist', 'cli.js');

interface GraphParts {
  readonly node: readonly object[];
  readonly input?: readonly object[];
  readonly output?: readonly object[];
  readonly initializer?: readonly object[];
}

const tensor = (name: string, ...dims: (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});

const node = (opType: string, input: readonly string[], output: string, more: object = {}) => ({
  opType,
  input,
  output: [output],
  ...more,
});

const int = (name: string, value: number) => ({ name, type: 2, i: value });
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

function encode({ input = [tensor('x', 2)], output = [{ name: 'y' }], ...rest }: GraphParts, functions: object[] = []) {
  const model = {
    irVersion: 9,
    opsetImport: [
      { domain: '', version: 18 },
      { domain: 'local', version: 1 },
    ],
    functions,
    graph: { name: 'growth', input, output, ...rest },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

/** Functions that call the one before twice: `count` nodes when they are inlined. */
function doubling(count: number) {
  const depth = Math.ceil(Math.log2(count));
  const opsetImport = [
    { domain: '', version: 18 },
    { domain: 'local', version: 1 },
  ];
  const functions = times(depth + 1, (level) => ({
    name: `f${level}`,
    domain: 'local',
    input: ['a'],
    output: ['b'],
    opsetImport,
    node:
      level === 0
        ? [node('Relu', ['a'], 'b')]
        : ['a', 'm'].map((from, k) => node(`f${level - 1}`, [from], k === 0 ? 'm' : 'b', { domain: 'local' })),
  }));
  return encode({ node: [node(`f${depth}`, ['x'], 'y', { domain: 'local' })] }, functions);
}

function loop(count: number) {
  const scalar = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType, shape: {} } } });
  const body = {
    name: 'body',
    input: [scalar('i', 7), scalar('going', 9), tensor('s0', 2)],
    output: [{ name: 'still' }, { name: `s${count}` }],
    node: [node('Identity', ['going'], 'still'), ...times(count, (i) => node('Relu', [`s${i}`], `s${i + 1}`))],
  };
  const trips = { name: 'trips', dims: [], dataType: 7, int64Data: [2] };
  return encode({
    node: [node('Loop', ['trips', '', 'x'], 'y', { attribute: [{ name: 'body', type: 5, g: body }] })],
    initializer: [trips],
  });
}

const kinds: Readonly<Record<string, (count: number) => Uint8Array>> = {
  chain: (count) =>
    encode({ node: times(count, (i) => node('Relu', [i === 0 ? 'x' : `v${i}`], i === count - 1 ? 'y' : `v${i + 1}`)) }),
  dead: (count) => encode({ node: [node('Relu', ['x'], 'y'), ...times(count, (i) => node('Neg', ['x'], `d${i}`))] }),
  'dead chain': (count) =>
    encode({
      node: [node('Relu', ['x'], 'y'), ...times(count, (i) => node('Neg', [i === 0 ? 'x' : `d${i}`], `d${i + 1}`))],
    }),
  concat: (count) =>
    encode({
      node: [
        ...times(count, (i) => node('Neg', ['x'], `n${i}`)),
        node(
          'Concat',
          times(count, (i) => `n${i}`),
          'y',
          { attribute: [int('axis', 0)] },
        ),
      ],
    }),
  'concat of one': (count) =>
    encode({
      node: [
        node(
          'Concat',
          times(count, () => 'x'),
          'y',
          { attribute: [int('axis', 0)] },
        ),
      ],
    }),
  outputs: (count) =>
    encode({
      node: times(count, (i) => node('Neg', ['x'], `y${i}`)),
      output: times(count, (i) => ({ name: `y${i}` })),
    }),
  inputs: (count) =>
    encode({
      node: [
        node(
          'Sum',
          times(count, (i) => `x${i}`),
          'y',
        ),
      ],
      input: times(count, (i) => tensor(`x${i}`, 2)),
    }),
  symbols: (count) =>
    encode({
      node: [
        node(
          'Concat',
          times(count, (i) => `x${i}`),
          'y',
          { attribute: [int('axis', 0)] },
        ),
      ],
      input: times(count, (i) => tensor(`x${i}`, `N${i}`)),
    }),
  initializers: (count) =>
    encode({
      node: times(count, (i) => node('Add', [i === 0 ? 'x' : `v${i}`, `w${i}`], i === count - 1 ? 'y' : `v${i + 1}`)),
      initializer: times(count, (i) => ({ name: `w${i}`, dims: [2], dataType: 1, floatData: [i, 1] })),
    }),
  folded: (count) =>
    encode({
      node: [
        ...times(count, (i) => node('Add', [i === 0 ? 'w' : `v${i}`, 'w'], `v${i + 1}`)),
        node('Add', ['x', `v${count}`], 'y'),
      ],
      initializer: [{ name: 'w', dims: [2], dataType: 1, floatData: [1, 2] }],
    }),
  functions: doubling,
  loop,
  names: (count) => {
    const name = 'n'.repeat(count * 10);
    return encode({
      node: [node('Neg', ['x'], name, { name }), node('Relu', [name], 'y'), node('Neg', [name], 'dead')],
    });
  },
  findings: (count) =>
    encode({
      node: [node('Neg', ['x'], 'y'), ...times(count, (i) => node('MatMul', ['x', 'w'], `m${i}`))],
      initializer: [{ name: 'w', dims: [3, 3], dataType: 1, floatData: times(9, Number) }],
    }),
  unknown: (count) =>
    encode({
      node: [node('Neg', ['x'], 'y'), ...times(count, (i) => node('Fancy', ['x'], `u${i}`, { name: `u${i}` }))],
    }),
};

const commands: Readonly<Record<string, (model: string, folder: string) => string[]>> = {
  check: (model) => ['check', model],
  inspect: (model) => ['inspect', model],
  run: (model, folder) => [
    'run',
    model,
    '--input',
    'random',
    '--output-npz',
    path.join(folder, 'out.npz'),
    '--output-dir',
    folder,
  ],
  fix: (model, folder) => ['fix', model, '--output', path.join(folder, 'fixed.onnx')],
  lock: (model, folder) => ['check', model, '--update', '--lock-file', path.join(folder, 'lock.json')],
};

/** Has the process note what it took of the processor, which other work on the machine changes less than the clock. */
const noting = `data:text/javascript,${encodeURIComponent(
  "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(process.env.GROWTH_CPU, JSON.stringify(process.cpuUsage())));",
)}`;

interface Measured {
  /** Of the processor, on all threads. */
  readonly seconds: number;
  readonly code: number | undefined;
  readonly bytes: number;
}

function measure(args: readonly string[], limit: number, folder: string): Measured {
  const note = path.join(folder, 'cpu.json');
  // The shell's limit is of the processor: the clock would count what others on the machine do.
  const limited = ['-c', `ulimit -t ${limit}; exec "$@"`, 'sh', process.execPath, '--import', noting, cli, ...args];
  const { status, stdout, stderr } = spawnSync('sh', limited, {
    maxBuffer: 2 ** 30,
    env: { ...process.env, GROWTH_CPU: note },
  });
  const bytes = stdout.length + stderr.length;
  if (status === null) return { seconds: limit, code: undefined, bytes };
  const { user, system } = JSON.parse(readFileSync(note, 'utf8')) as NodeJS.CpuUsage;
  return { seconds: (user + system) / 1e6, code: status, bytes };
}

function row(kind: string, command: string, counts: readonly number[], limit: number, folder: string): string {
  const cells: string[] = [];
  let before: Measured | undefined;
  for (const count of counts) {
    const model = path.join(folder, 'model.onnx');
    writeFileSync(model, kinds[kind]!(count));
    const now = measure(commands[command]!(model, folder), limit, folder);
    const ratio = before === undefined ? '' : ` ×${(now.seconds / before.seconds).toFixed(1)}`;
    const text = now.bytes > 1e6 ? `, ${(now.bytes / 1e6).toFixed(1)} MB of text` : '';
    const end = now.code === undefined ? ' (ended)' : now.code > 1 ? ` (exit ${now.code})` : '';
    cells.push(`${now.seconds.toFixed(1)} s${ratio}${text}${end}`);
    if (now.code === undefined) break;
    before = now;
  }
  return [kind.padEnd(14), command.padEnd(8), ...cells.map((cell) => cell.padEnd(28))].join(' ').trimEnd();
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    commands: { type: 'string', default: 'check,inspect,run,fix' },
    counts: { type: 'string', default: '1000,10000,100000' },
    seconds: { type: 'string', default: '60' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const wanted = values.only?.split(',') ?? Object.keys(kinds);
const named = values.commands.split(',');
const strange = [...wanted.filter((kind) => !(kind in kinds)), ...named.filter((name) => !(name in commands))];
if (strange.length > 0) {
  process.stderr.write(`not known: ${strange.join(', ')}\nkinds: ${Object.keys(kinds).join(', ')}\n${usage}`);
  process.exit(2);
}
const counts = values.counts.split(',').map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'unstride-growth-'));
try {
  process.stdout.write(
    `${'kind'.padEnd(14)} ${'command'.padEnd(8)} ${counts.map((count) => String(count).padEnd(28)).join(' ')}\n`,
  );
  for (const kind of wanted)
    for (const command of named)
      process.stdout.write(`${row(kind, command, counts, Number(values.seconds), folder)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
