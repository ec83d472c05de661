/** `unstride check`, run as a user runs it: what it prints, what it writes, how it ends. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Remedy } from '../../src/diagnostics.js';
import { type Dim, symbol } from '../../src/ir/dim.js';
import type { Attribute, Node } from '../../src/ir/graph.js';
import { modelBytes } from '../../src/onnx/write.js';
import { openModel } from '../../src/runtime/open.js';
import { NamedGraph } from '../contract/support.js';
import { type CliOptions, useCli } from '../support/cli.js';

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const unet = path.join(fixtures, 'unet', 'dynamo', 'model.onnx');

const cli = useCli('check');

interface Choice {
  readonly height?: Dim;
  readonly channels?: number;
  /** What a skip connection adds: another size breaks it. */
  readonly skip?: number;
}

/** Two convolutions and a sum: `x` of [1, 3, height, 8] → `y` of [1, 4, height, 8]. */
function small({ height = 8, channels = 4, skip = channels }: Choice = {}): Uint8Array {
  const builder = new NamedGraph();
  const x = builder.input('x', [1, 3, height, 8]);
  const conv = builder.conv('conv', x, [channels, 3]);
  const relu = builder.add('Relu', 'relu', [conv]);
  const y = builder.add('Add', 'y', [relu, builder.conv('skip', x, [skip, 3])]);
  return modelBytes(builder.model(y));
}

function put(name: string, content: Uint8Array | string = small()): void {
  const file = path.join(cli.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function read(name: string): string {
  return readFileSync(path.join(cli.folder, name), 'utf8');
}

function check(args: readonly string[] = [], options: CliOptions = {}) {
  return cli.run(['check', ...args], cli.folder, options);
}

interface Document {
  readonly ok: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly models: {
    readonly file: string;
    readonly findings: {
      readonly code: string;
      readonly severity: string;
      readonly message: string;
      readonly remedies?: readonly Remedy[];
    }[];
    readonly lock: { readonly state: string; readonly changes: unknown[] } | null;
    readonly dims: Readonly<Record<string, number>>;
  }[];
  readonly findings: { readonly code: string; readonly message: string }[];
}

function checkJson(args: readonly string[] = []): Document & { readonly code: number | null } {
  const { code, stdout } = check(['--json', ...args]);
  return { ...(JSON.parse(stdout) as Document), code };
}

function codesOf({ models, findings }: Document): string[] {
  return [...models.flatMap((model) => model.findings), ...findings].map(({ code }) => code);
}

describe('a sound model', () => {
  it('has its legal sizes printed, and passes', () => {
    cpSync(unet, path.join(cli.folder, 'unet.onnx'));
    const { code, stdout, stderr } = check(['unet.onnx']);
    expect(stderr).toBe('');
    expect(stdout).toBe(
      [
        '✓ unet.onnx',
        '    shapes    image float32[N, 1, H, W] → logits float32[N, 1, H, W]',
        '    sizes     N: any size',
        '              H, W: multiple of 16; W = H not required',
        '',
        '1 model: no findings',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it('comes from standard input too', () => {
    const { code, stdout } = check(['-'], { input: readFileSync(unet) });
    expect(stdout.split('\n')[0]).toBe('✓ <stdin>');
    expect(code).toBe(0);
  });
});

describe('a U-Net at an odd size', () => {
  it('fails at the first skip that does not fit, where Python wrote it', () => {
    cpSync(unet, path.join(cli.folder, 'unet.onnx'));
    const { code, stdout } = check(['unet.onnx', '--dim', 'H=572']);
    expect(stdout).toMatch(/^✗ unet\.onnx$/m);
    expect(stdout).toMatch(/^ {2}error US1203 /m);
    expect(stdout).toContain('    node      node_cat (Concat), in up.0\n    expected  71');
    expect(stdout).toContain('    origin    fixtures/export/unet.py:53\n');
    expect(stdout.match(/^ {2}error/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });

  it('tells the nearest legal sizes, and a remedy that mends it', async () => {
    cpSync(unet, path.join(cli.folder, 'unet.onnx'));
    expect(check(['unet.onnx', '--dim', 'H=572']).stdout).toContain(
      '    hint      feed H = 560 or 576 (pad the input, crop the output), or set output_padding = [1, 0] at ',
    );
    const [finding] = checkJson(['unet.onnx', '--dim', 'H=572']).models[0]!.findings;
    const remedy = finding?.remedies?.find(({ kind }) => kind === 'output_padding');
    const { model } = await openModel(unet);
    const nodes = model.graph.nodes.map((node): Node => {
      const edit = remedy?.edits.find((item) => item.node.name === node.name);
      if (edit === undefined) return node;
      const value: Attribute = { kind: 'ints', value: edit.values.map(BigInt) };
      return { ...node, attributes: new Map([...node.attributes, ['output_padding', value]]) };
    });
    put('fixed.onnx', modelBytes({ ...model, graph: { ...model.graph, nodes } }, { weights: 'inline' }));
    // The file still declares the old shapes of inner values.
    expect(codesOf(checkJson(['fixed.onnx', '--dim', 'H=572', '--ignore', 'US1214']))).toEqual([]);
    expect(codesOf(checkJson(['fixed.onnx', '--dim', 'H=576', '--ignore', 'US1214']))).toContain('US1203');
  });

  it('passes at a legal one', () => {
    expect(cli.run(['check', unet, '--dim', 'H=576,W=560']).code).toBe(0);
  });
});

describe('which models are meant', () => {
  beforeEach(() => {
    for (const name of [
      'm/b.onnx',
      'm/a.onnx',
      'm/deep/c.onnx',
      'm/.hidden/d.onnx',
      'm/node_modules/e.onnx',
      'm/f.txt',
    ])
      put(name);
  });
  const files = (args: readonly string[]) => checkJson(args).models.map(({ file }) => file);

  it('a folder: what is in it and below, by path', () => {
    expect(files(['m'])).toEqual(['m/a.onnx', 'm/b.onnx', 'm/deep/c.onnx']);
    expect(files(['.'])).toEqual(['m/a.onnx', 'm/b.onnx', 'm/deep/c.onnx']);
  });

  it('patterns', () => {
    expect(files(['m/*.onnx'])).toEqual(['m/a.onnx', 'm/b.onnx']);
    expect(files(['m/**/*.onnx'])).toEqual(['m/a.onnx', 'm/b.onnx', 'm/deep/c.onnx']);
    expect(files(['**/{a,c}.onnx'])).toEqual(['m/a.onnx', 'm/deep/c.onnx']);
    expect(files([path.join(cli.folder, 'm', '?.onnx')])).toHaveLength(2);
  });

  it('files in the order of the arguments, each once', () => {
    expect(files(['m/b.onnx', 'm', './m/a.onnx'])).toEqual(['m/b.onnx', 'm/a.onnx', 'm/deep/c.onnx']);
  });

  it('nothing is wrong usage', () => {
    expect(check(['x*.onnx'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: "error no file matches 'x*.onnx'\nsee unstride check --help\n",
    });
    mkdirSync(path.join(cli.folder, 'empty'));
    expect(check(['empty']).stderr).toContain("there is no .onnx file in the folder 'empty'");
    expect(check().stderr).toContain('no model is named');
  });

  it('what is no model fails by itself, and the others are checked', () => {
    put('m/b.onnx', 'not a model');
    const { code, stdout } = check(['m', 'gone.onnx']);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ m/b.onnx\n\n  error US1');
    expect(stdout).toContain(
      '✗ gone.onnx\n\n  error US1002 the file cannot be read\n    got       there is no such file\n',
    );
    expect(stdout).toContain('✓ m/deep/c.onnx');
    expect(stdout).toContain('4 models, 2 fail: 2 errors');
  });

  it('many come in order', () => {
    const names = Array.from({ length: 30 }, (_, i) => `many/${String(i).padStart(2, '0')}.onnx`);
    for (const name of names) put(name);
    expect(files(['many'])).toEqual(names);
  });
});

describe('which findings count', () => {
  // Channels that do not agree (error), an attribute nobody reads (warning), a node that nothing needs (info).
  beforeEach(() => {
    const builder = new NamedGraph();
    const x = builder.input('x', [1, 4]);
    builder.add('Relu', 'dead', [x]);
    const y = builder.add('Relu', 'y', [x], { attributes: { alpha: 1 } });
    put('warn.onnx', modelBytes(builder.model(y)));
    put('bad.onnx', small({ skip: 5 }));
  });

  it('errors and warnings fail, advice does not', () => {
    expect(checkJson(['bad.onnx'])).toMatchObject({ code: 1, ok: false, counts: { errors: 1 } });
    const warn = checkJson(['warn.onnx']);
    expect(warn).toMatchObject({ code: 1, counts: { errors: 0, warnings: 1, infos: 1 } });
    expect(codesOf(warn)).toEqual(['US1301', 'US1503']);
    expect(checkJson(['warn.onnx', '--fail-on', 'error'])).toMatchObject({ code: 0, ok: true });
    expect(checkJson(['warn.onnx', '--ignore', 'US1301'])).toMatchObject({ code: 0 });
    expect(checkJson(['warn.onnx', '--ignore', 'US1301', '--fail-on', 'info'])).toMatchObject({ code: 1 });
  });

  it('are sizes that are not decided, where all must be', () => {
    const builder = new NamedGraph();
    const unknown = builder.add('Fold', 'fold', [builder.input('x', [symbol('N'), 4])]);
    put('open.onnx', modelBytes(builder.model(unknown)));
    const only = ['open.onnx', '--select', 'US1218'];
    expect(checkJson(only)).toMatchObject({ code: 0, counts: { infos: 1 } });
    expect(checkJson([...only, '--strict-sizes'])).toMatchObject({ code: 1, counts: { errors: 1 } });
    expect(checkJson([...only, '--strict-sizes', '--dim', 'N=2'])).toMatchObject({ code: 0 });
  });

  it('are selected and ignored by the beginning of codes', () => {
    expect(codesOf(checkJson(['warn.onnx', '--select', 'US15']))).toEqual(['US1503']);
    expect(codesOf(checkJson(['warn.onnx', '--select', 'US15,US13', '--ignore', 'US1503']))).toEqual(['US1301']);
    expect(check(['warn.onnx', '--select', 'E1']).stderr).toBe(
      "error --select: no code begins with 'E1'; codes look like US1203; US12 stands for all that begin so\nsee unstride check --help\n",
    );
  });

  it('are ignored by what the model itself says', () => {
    const builder = new NamedGraph();
    const x = builder.input('x', [1, 4]);
    const y = builder.add('Relu', 'y', [x], { attributes: { alpha: 1 } });
    const model = builder.model(y);
    put('own.onnx', modelBytes({ ...model, metadata: new Map([['unstride.ignore', 'US1301']]) }));
    expect(checkJson(['own.onnx'])).toMatchObject({ code: 0, models: [{ findings: [], ignored: 1 }] });
  });

  it('the code of the end is the same in every format', () => {
    for (const format of ['pretty', 'json', 'sarif', 'junit', 'github', 'markdown']) {
      expect([format, check(['bad.onnx', '--format', format]).code]).toEqual([format, 1]);
      expect([format, check(['bad.onnx', '--format', format, '--ignore', 'US12']).code]).toEqual([format, 0]);
    }
  });
});

describe('formats', () => {
  it('go into files together, and one to standard output', () => {
    put('bad.onnx', small({ skip: 5 }));
    const outputs = [
      'sarif=out/r.sarif',
      'junit=out/r.xml',
      'json=r.json',
      'markdown=r.md',
      'pretty=r.txt',
      'github=r.log',
    ];
    const { code, stdout } = check(['bad.onnx', ...outputs.flatMap((output) => ['--output', output])]);
    expect(code).toBe(1);
    expect(stdout).toBe(read('r.txt'));
    expect(JSON.parse(read('out/r.sarif'))).toMatchObject({ version: '2.1.0' });
    expect(read('out/r.xml')).toMatch(/^<\?xml /);
    expect(JSON.parse(read('r.json'))).toMatchObject({ ok: false });
    expect(read('r.md')).toMatch(/^## ❌ unstride check: 1 error in 1 model\n/);
    expect(read('r.log')).toMatch(/^::error file=bad\.onnx,title=US1/);
    expect(readdirSync(path.join(cli.folder, 'out')).sort()).toEqual(['r.sarif', 'r.xml']);
  });

  it('for GitHub: annotations on standard error, a table in the summary, the report on standard output', () => {
    put('bad.onnx', small({ skip: 5 }));
    put('summary.md', 'before\n');
    const env = {
      GITHUB_STEP_SUMMARY: path.join(cli.folder, 'summary.md'),
      GITHUB_WORKSPACE: path.dirname(cli.folder),
    };
    const { stdout, stderr } = check(['bad.onnx', '--format', 'github'], { env });
    expect(stdout).toMatch(/^✗ bad\.onnx\n/);
    // GitHub wants paths from the repository's root.
    expect(stderr).toMatch(new RegExp(`^::error file=${path.basename(cli.folder)}/bad\\.onnx,title=US1`));
    expect(read('summary.md')).toMatch(/^before\n## ❌ unstride check: 1 error in 1 model\n/);
  });

  it('leave a file alone that cannot be written whole', () => {
    put('bad.onnx', small({ skip: 5 }));
    put('taken', 'a file where a folder is wanted');
    const { code, stderr } = check(['bad.onnx', '--output', 'json=taken/r.json']);
    expect(code).toBe(1);
    expect(stderr).toContain("error 'taken/r.json' cannot be written: ");
    expect(readdirSync(cli.folder).sort()).toEqual(['bad.onnx', 'taken']);
  });

  it.each([
    [['--format', 'xml'], "--format: 'xml' is no format; they are pretty, json, sarif, junit, github, markdown"],
    [['--output', 'r.json'], '--output r.json is not FORMAT=FILE; for example --output sarif=unstride.sarif'],
    [['--output', 'json='], '--output json= is not FORMAT=FILE'],
    [['--output', 'json=a', '--output', 'sarif=./a'], "--output writes './a' twice"],
    [['--json', '--format', 'sarif'], '--json and --format sarif exclude one another'],
    [['--fail-on', 'fatal'], '--fail-on fatal is no severity; they are error, warning, info'],
    [['--dim', 'Q=3'], "--dim Q=3: the model has no open size 'Q'; all sizes of its inputs are fixed"],
    [['--update', '--dim', 'H=8'], '--update with --dim would lock the shapes of these sizes only'],
    [['--baseline', 'none.json'], "there is no baseline 'none.json'; make it with unstride check --write-baseline"],
    [['--config', 'none.yaml'], "the configuration 'none.yaml' cannot be read: there is no such file"],
    [['--color'], "unknown option '--color'"],
  ])('%j is wrong usage', (args, message) => {
    put('a.onnx');
    const { code, stdout, stderr } = check(['a.onnx', ...args]);
    expect(stderr).toContain(`error ${message}`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('a configuration', () => {
  it('names the models, and the nearest one upward counts', () => {
    put('models/a.onnx');
    put('models/b.onnx');
    put(
      'unstride.config.yaml',
      'models:\n  - files: models/*.onnx\n    outputs: {y: "1,4,H,W"}\n    inputs: {x: "1,3,H,W"}\n',
    );
    expect(checkJson().models.map(({ file }) => file)).toEqual(['models/a.onnx', 'models/b.onnx']);
    const below = cli.run(['check'], path.join(cli.folder, 'models'));
    expect(below.stdout).toMatch(/^✓ a\.onnx$/m);
    expect(below.code).toBe(0);
  });

  it('holds models to their shapes', () => {
    put('a.onnx', small({ channels: 6 }));
    put('unstride.config.yaml', 'models:\n  files: a.onnx\n  inputs: {x: "1,3,H,W"}\n  outputs: {y: "1,4,H,W"}\n');
    const { code, stdout } = check(['a.onnx']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        "  error US3001 the output 'y' has another shape than unstride.config.yaml:4 expects",
        '    node      y (Add)',
        '    expected  [1, 4, H, W] where H = 8 (x, axis 2), W = 8 (x, axis 3)',
        '    got       [1, 6, 8, 8]',
      ].join('\n'),
    );
  });

  it('binds sizes, which the command line overrides', () => {
    put('a.onnx', small({ height: symbol('H') }));
    put('unstride.config.yaml', 'models: {files: a.onnx, dims: {H: 16}, outputs: {y: "1,4,16,8"}}\n');
    expect(checkJson()).toMatchObject({ code: 0, models: [{ dims: { H: 16 } }] });
    expect(checkJson(['--dim', 'H=24'])).toMatchObject({ code: 1, models: [{ dims: { H: 24 } }] });
  });

  it('has budgets', () => {
    put('a.onnx');
    put(
      'unstride.config.yaml',
      'models: {files: a.onnx, budgets: {parameters: 215, macs: 13823, peakActivationMemory: 1kB}}\n',
    );
    const { models } = checkJson();
    // 2 · 4·3·3·3 weights; each of 8·8 places does as many multiplications.
    expect(models[0]?.findings.map(({ message }) => message)).toEqual([
      'the model has more parameters than its budget',
      'the model has more MACs than its budget',
      'the model has more peak activation memory than its budget',
    ]);
    put(
      'unstride.config.yaml',
      'models: {files: a.onnx, budgets: {parameters: 216, macs: 13824, peakActivationMemory: 10kB}}\n',
    );
    expect(checkJson().code).toBe(0);
  });

  it('tolerates rules, for all models or for some', () => {
    put('a.onnx', small({ skip: 5 }));
    put('b.onnx', small({ skip: 5 }));
    put(
      'unstride.config.yaml',
      'models:\n  - {files: a.onnx, ignore: US12}\n  - {files: b.onnx, severity: {US12: warning}}\n',
    );
    expect(checkJson()).toMatchObject({ code: 1, counts: { errors: 0, warnings: 1, ignored: 1 } });
    put(
      'unstride.config.yaml',
      'failOn: error\nmodels:\n  - {files: a.onnx, ignore: US12}\n  - {files: b.onnx, severity: {US12: warning}}\n',
    );
    expect(checkJson().code).toBe(0);
  });

  it('says of models that are not there that they are missing', () => {
    put('a.onnx');
    put('unstride.config.yaml', 'models:\n  - files: [a.onnx, gone.onnx]\n  - files: "old/*.onnx"\n');
    const report = checkJson();
    expect(report.code).toBe(1);
    expect(report.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "US3007 no file matches 'gone.onnx', whose contract is in unstride.config.yaml:2",
      "US3007 no file matches 'old/*.onnx', whose contract is in unstride.config.yaml:3",
    ]);
    expect(checkJson(['a.onnx']).code).toBe(0);
  });

  it('says of sizes that no model has that they are wrong', () => {
    put('a.onnx');
    put('unstride.config.yaml', 'models: {files: a.onnx, dims: {H: 16}}\n');
    expect(checkJson().findings).toMatchObject([
      { code: 'US3002', message: "the model has no open size 'H', for which unstride.config.yaml:1 gives 16" },
    ]);
  });

  it('is wrong usage when it is wrong, and all of it is told', () => {
    put('a.onnx');
    put('unstride.config.yaml', 'failOn: x\nmodels:\n  - file: a.onnx\n');
    const { code, stderr } = check();
    expect(code).toBe(2);
    expect(stderr).toBe(
      [
        "error unstride.config.yaml:1:9: failOn: expected one of error, warning, info, got 'x'",
        "unstride.config.yaml:3:5: models[0].file: expected one of files, dims, inputs, outputs, values, select, ignore, severity, budgets, runtimes, lockValues, got the name 'file'; did you mean 'files'?",
        'see unstride check --help',
        '',
      ].join('\n'),
    );
  });

  it('is one', () => {
    put('unstride.config.yaml', '');
    put('unstride.config.json', '{}');
    expect(check(['a.onnx']).stderr).toContain(
      'there are several configurations: unstride.config.yaml and unstride.config.json',
    );
  });
});

describe('the lock file', () => {
  it('is written, kept to, and shows what changed', () => {
    put('a.onnx');
    expect(check(['a.onnx'])).toMatchObject({ code: 0 });
    const update = check(['a.onnx', '--update']);
    expect(update.code).toBe(0);
    expect(update.stdout).toContain('    lock      written to unstride.lock\n');
    expect(read('unstride.lock')).toBe(
      [
        '# unstride lock 1',
        '# The shapes last accepted: `unstride check` compares with them, `unstride check --update` writes them.',
        '',
        'a.onnx',
        '  input x float32[1, 3, 8, 8]',
        '  value conv float32[1, 4, 8, 8] Conv',
        '  value relu float32[1, 4, 8, 8] Relu',
        '  value skip float32[1, 4, 8, 8] Conv',
        '  output y float32[1, 4, 8, 8] Add',
        '',
      ].join('\n'),
    );
    expect(check(['a.onnx'])).toMatchObject({ code: 0 });

    put('a.onnx', small({ channels: 6 }));
    const { code, stdout } = check(['a.onnx']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        '    lock      4 changes since unstride.lock',
        '      ~  output  y     float32[1, 4, 8, 8] → [1, 6, 8, 8]',
        '      ~  Conv    conv  float32[1, 4, 8, 8] → [1, 6, 8, 8]',
        '      ~  Relu    relu  float32[1, 4, 8, 8] → [1, 6, 8, 8]',
        '      ~  Conv    skip  float32[1, 4, 8, 8] → [1, 6, 8, 8]',
        '',
        "  error US3005 4 values differ from unstride.lock, the first is 'conv'",
        '    node      conv (Conv)',
        '    expected  float32[1, 4, 8, 8]',
        '    got       float32[1, 6, 8, 8]',
        '    hint      if that is meant, accept it: unstride check --update',
      ].join('\n'),
    );

    const accepted = check(['a.onnx', '--update']);
    expect(accepted.code).toBe(0);
    expect(accepted.stdout).toContain('    lock      4 changes, written to unstride.lock\n');
    expect(check(['a.onnx']).code).toBe(0);
  });

  it('holds for open sizes that a run binds', () => {
    put('a.onnx', small({ height: symbol('H') }));
    check(['a.onnx', '--update']);
    expect(read('unstride.lock')).toContain('  output y float32[1, 4, H, 8] Add\n');
    expect(check(['a.onnx', '--dim', 'H=40']).code).toBe(0);
  });

  it('keeps other models, and asks for those it does not know', () => {
    put('a.onnx');
    put('b.onnx');
    check(['a.onnx', '--update']);
    const report = checkJson(['.']);
    expect(report.models.map(({ lock }) => lock?.state)).toEqual(['unchanged', 'missing']);
    expect(codesOf(report)).toEqual(['US3006']);
    check(['b.onnx', '--update']);
    expect(read('unstride.lock').match(/^\w.*onnx$/gm)).toEqual(['a.onnx', 'b.onnx']);
    expect(check(['.']).code).toBe(0);
  });

  it('is not written of a model with errors', () => {
    put('a.onnx');
    check(['a.onnx', '--update']);
    const before = read('unstride.lock');
    put('a.onnx', small({ skip: 5 }));
    const { code, stdout } = check(['a.onnx', '--update']);
    expect(code).toBe(1);
    expect(stdout).toContain('    lock      unstride.lock is left as it was, for the model has errors\n');
    expect(read('unstride.lock')).toBe(before);
  });

  it('misses models of the configuration’s that are gone, until it is updated', () => {
    put('a.onnx');
    put('b.onnx');
    put('unstride.config.yaml', 'models: {files: "*.onnx", lockValues: []}\n');
    check(['--update']);
    expect(read('unstride.lock')).not.toContain('value');
    rmSync(path.join(cli.folder, 'b.onnx'));
    const report = checkJson();
    expect(report.code).toBe(1);
    expect(report.findings).toMatchObject([
      { code: 'US3007', message: "there is no 'b.onnx', whose shapes are in unstride.lock" },
    ]);
    check(['--update']);
    expect(read('unstride.lock')).not.toContain('b.onnx');
    expect(checkJson().code).toBe(0);
  });

  it('is wrong usage when it is damaged', () => {
    put('a.onnx');
    put('unstride.lock', '# unstride lock 1\n\n<<<<<<< HEAD\n');
    expect(check(['a.onnx'])).toMatchObject({
      code: 2,
      stderr:
        'error unstride.lock:3: here is an unresolved merge; restore it, or delete it and run unstride check --update\nsee unstride check --help\n',
    });
  });
});

describe('the baseline', () => {
  it('tolerates what was there, and nothing else', () => {
    put('a.onnx', small({ skip: 5 }));
    const written = check(['a.onnx', '--write-baseline']);
    expect(written).toMatchObject({ code: 0, stderr: 'wrote 1 finding to unstride-baseline.json\n' });
    const [finding] = (JSON.parse(read('unstride-baseline.json')) as { findings: unknown[] }).findings;
    expect(finding).toEqual({ file: 'a.onnx', code: expect.stringMatching(/^US12/), node: 'y', value: null, count: 1 });

    const args = ['--baseline', 'unstride-baseline.json'];
    const tolerated = check(['a.onnx', ...args]);
    expect(tolerated.code).toBe(0);
    expect(tolerated.stdout).toContain('    left out  1 in the baseline\n');
    expect(tolerated.stdout).toContain('1 model: no findings, 1 in the baseline\n');

    put('b.onnx', small({ skip: 5 }));
    expect(check(['.', ...args]).code).toBe(1);

    // Mended: the entry is stale, which is told and fails nothing.
    put('a.onnx');
    const stale = checkJson(['a.onnx', ...args]);
    expect(stale.code).toBe(0);
    expect(stale.findings).toMatchObject([{ code: 'US3008', severity: 'info' }]);
    expect(stale.findings[0]?.message).toMatch(/^US12\d\d at y in a\.onnx is fixed$/);
  });

  it('may be named in the configuration, and keeps models that a run leaves out', () => {
    put('m/a.onnx', small({ skip: 5 }));
    put('m/b.onnx', small({ skip: 5 }));
    put('unstride.config.yaml', 'baseline: known.json\nmodels: {files: m}\n');
    check(['--write-baseline']);
    check(['m/b.onnx', '--write-baseline']);
    const { findings } = JSON.parse(read('known.json')) as { findings: { file: string }[] };
    expect(findings.map(({ file }) => file)).toEqual(['m/a.onnx', 'm/b.onnx']);
    expect(checkJson()).toMatchObject({ code: 0, counts: { baselined: 2 } });
  });

  it('is wrong usage when it is damaged', () => {
    put('a.onnx');
    put('known.json', '{}');
    expect(check(['a.onnx', '--baseline', 'known.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("error the baseline 'known.json' cannot be used: it is no baseline of version 1"),
    });
  });
});

describe('the terminal', () => {
  it('breaks lines to its width', () => {
    cpSync(unet, path.join(cli.folder, 'unet.onnx'));
    const { stdout } = check(['unet.onnx', '--dim', 'H=572,W=572'], { env: { COLUMNS: '80' } });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('gets colors when they are forced, and no progress when it is none', () => {
    put('a.onnx');
    const { stdout, stderr } = check(['a.onnx'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
    expect(stdout).toContain('\u001b[');
    expect(stderr).toBe('');
    expect(check(['a.onnx']).stdout).not.toContain('\u001b[');
  });

  it('has a help that says how it ends', () => {
    const { code, stdout } = check(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit code: 0 nothing fails, 1 something does, 2 wrong usage, 3 a fault of unstride.');
  });
});

it('a fault of unstride itself ends with 3', () => {
  put('a.onnx');
  // Of objects: names are written as strings where the command line is loaded.
  put(
    'fault.mjs',
    'const { stringify } = JSON;\nJSON.stringify = (value, ...rest) => {\n' +
      "  if (typeof value === 'object') throw new Error('boom');\n  return stringify(value, ...rest);\n};\n",
  );
  const { code, stdout, stderr } = check(['a.onnx', '--json'], {
    env: { NODE_OPTIONS: `--import ${path.join(cli.folder, 'fault.mjs')}` },
  });
  expect(code).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toContain('internal error Error: boom\n');
});

it('weights in other files are not read', () => {
  for (const name of ['model.onnx', 'weights.bin']) {
    cpSync(path.join(fixtures, 'unet', 'external-data', name), path.join(cli.folder, name));
  }
  put(
    'patch.mjs',
    "import fs from 'node:fs';\nimport { syncBuiltinESMExports } from 'node:module';\n" +
      'const { openSync, readSync } = fs;\nlet weights;\n' +
      'fs.openSync = (file, ...rest) => {\n  const opened = openSync(file, ...rest);\n' +
      "  if (String(file).endsWith('weights.bin')) weights = opened;\n  return opened;\n};\n" +
      'fs.readSync = (file, ...rest) => {\n' +
      "  if (file === weights) throw new Error('weights are read');\n  return readSync(file, ...rest);\n};\n" +
      'syncBuiltinESMExports();\n',
  );
  const env = { NODE_OPTIONS: `--import ${path.join(cli.folder, 'patch.mjs')}` };
  expect(check(['model.onnx'], { env }).code).toBe(0);
  const run = cli.run(['run', 'model.onnx', '--input', 'random', '--dim', 'N=1,H=16,W=16'], cli.folder, { env });
  expect(run.stderr).toContain('weights are read');
});
