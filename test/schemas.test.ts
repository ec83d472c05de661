/** The published schemas hold what the commands really write, and editors are told what the parser really takes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigError, parseConfig } from '../src/contract/config.js';
import { modelBytes } from '../src/onnx/write.js';
import { jsonDocument } from '../src/report/json.js';
import { NamedGraph } from './contract/support.js';
import { hostile, mixed, sound } from './report/support.js';
import { Cli } from './support/cli.js';

const root = path.join(import.meta.dirname, '..');
const schemas = path.join(root, 'schemas');

function schemaOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(schemas, `${name}.schema.json`), 'utf8')) as Record<string, unknown>;
}

function compile(name: string): ValidateFunction {
  const schema = schemaOf(name);
  // Strict: a keyword that is misspelt would let everything pass.
  const options = { strict: true, strictTypes: false, allErrors: true } as const;
  return String(schema['$schema']).includes('draft-07')
    ? new Ajv(options).compile(schema)
    : new Ajv2020(options).compile(schema);
}

function errorsOf(validate: ValidateFunction, document: unknown): unknown[] {
  validate(document);
  return validate.errors ?? [];
}

it('every schema compiles', () => {
  const names = readdirSync(schemas).filter((file) => file.endsWith('.schema.json'));
  expect(names).toEqual(
    expect.arrayContaining(['check', 'config', 'diff', 'inspect', 'run'].map((name) => `${name}.schema.json`)),
  );
  for (const file of names) expect(() => compile(file.replace('.schema.json', ''))).not.toThrow();
});

describe('what commands write', () => {
  let cli: Cli;
  let folder: string;
  const fixture = (name: string) => path.join(root, 'fixtures', name, 'model.onnx');

  beforeAll(() => {
    cli = new Cli();
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-schemas-'));
    const builder = new NamedGraph();
    const x = builder.input('x', [1, 3, 8, 8]);
    const sum = builder.add('Add', 'sum', [builder.conv('a', x, [4, 3]), builder.conv('b', x, [5, 3])]);
    writeFileSync(path.join(folder, 'bad.onnx'), modelBytes(builder.model(builder.add('Mystery', 'y', [sum]))));
    writeFileSync(path.join(folder, 'broken.onnx'), 'nonsense');
    writeFileSync(
      path.join(folder, 'unstride.config.yaml'),
      'models: {files: [gone.onnx, bad.onnx], outputs: {y: "1"}}\n',
    );
  });
  afterAll(() => {
    cli.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (args: readonly string[]): unknown => JSON.parse(cli.run(args, folder).stdout) as unknown;

  const part = ['-o', 'part.onnx'];
  it.each([
    ['inspect', ['inspect', fixture('unet/dynamo'), '--json']],
    ['inspect', ['inspect', fixture('unet/valid-torchscript'), '--dim', 'N=1,H=252,W=300', '--json']],
    ['inspect', ['inspect', fixture('vae/random-torchscript'), '--json']],
    ['inspect', ['inspect', 'bad.onnx', '--json']],
    ['inspect', ['inspect', 'broken.onnx', '--json']],
    [
      'run',
      ['run', fixture('vae/decoder-dynamo'), '--input', 'random', '--dim', 'N=1', '--output-dir', 'out', '--json'],
    ],
    ['run', ['run', 'gone.onnx', '--input', 'random', '--json']],
    ['check', ['check', fixture('unet/dynamo'), '--json']],
    ['check', ['check', fixture('unet/dynamo'), fixture('segnet/dynamo'), '--dim', 'H=572', '--format', 'json']],
    ['check', ['check', fixture('unet/valid-torchscript'), 'broken.onnx', '--json']],
    ['check', ['check', fixture('segnet/dynamo'), '--runtime', 'tensorrt', '--runtime', 'ncnn@1', '--json']],
    ['check', ['check', '--json']],
    ['extract', ['extract', fixture('unet/valid-torchscript'), '--from', '/up.0/Concat', '--auto', ...part, '--json']],
    ['extract', ['extract', fixture('unet/torchscript'), '--from', '/up.0/Concat', ...part, '--json']],
    ['decoders', ['extract', fixture('unet/torchscript'), '--list', '--json']],
    ['decoders', ['extract', fixture('fcn8s/dynamo'), '--list', '--json']],
    ['decoders', ['extract', fixture('vae/decoder-dynamo'), '--list', '--json']],
    ['decoders', ['extract', 'gone.onnx', '--list', '--json']],
    ['split', ['extract', fixture('vae/dynamo'), '--split', '-o', 'halves/', '--json']],
    ['split', ['extract', fixture('dcgan/dynamo'), '--split', '-o', 'halves/', '--json']],
    ['diff', ['diff', fixture('unet/torchscript'), fixture('unet/odd-dynamo'), '--json']],
    ['diff', ['diff', fixture('unet/torchscript'), 'bad.onnx', '--json']],
    ['diff', ['diff', fixture('unet/torchscript'), fixture('unet/torchscript'), '--json']],
    ['diff', ['diff', 'gone.onnx', 'bad.onnx', '--json']],
  ])('%s: %j', (name, args) => {
    expect(errorsOf(compile(name), write(args))).toEqual([]);
  });

  it('a lock file takes part', () => {
    const validate = compile('check');
    const model = fixture('unet/dynamo');
    const states = [['--update'], [], ['--update']].map((args) => {
      const document = write(['check', model, ...args, '--json']) as { models: { lock: { state: string } }[] };
      expect(errorsOf(validate, document)).toEqual([]);
      return document.models[0]?.lock.state;
    });
    expect(states).toEqual(['added', 'unchanged', 'unchanged']);
    rmSync(path.join(folder, 'unstride.lock'));
  });

  it.each(Object.entries({ mixed, hostile, sound }))('check: everything that a report can hold, %s', (_, report) => {
    expect(errorsOf(compile('check'), JSON.parse(jsonDocument('1.2.3', report)))).toEqual([]);
  });

  it('and nothing else', () => {
    const document = write(['check', 'bad.onnx', '--json']) as Record<string, unknown>;
    const validate = compile('check');
    expect(errorsOf(validate, { ...document, more: 1 })).not.toEqual([]);
    expect(errorsOf(validate, { ...document, counts: {} })).not.toEqual([]);
    expect(errorsOf(validate, { ...document, unstride: undefined })).not.toEqual([]);
  });
});

describe('the configuration', () => {
  const validate = compile('config');

  /** What the parser thinks of it, and what the schema does. */
  function verdicts(text: string): { readonly parser: boolean; readonly schema: boolean } {
    let parser = true;
    try {
      parseConfig(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      parser = false;
    }
    return { parser, schema: validate(parse(text)) as boolean };
  }

  it.each([
    '',
    '{}',
    'failOn: error',
    'select: US12',
    'select: [US12, US1405]',
    'ignore: "US12, US14"',
    'severity: {US14: off, US1405: info}',
    'lock: shapes.lock\nbaseline: known.json',
    '$schema: ./node_modules/unstride/schemas/config.schema.json\nmodels: []',
    'models: {files: a.onnx}',
    'models: [{files: [a.onnx, "b/*.onnx"], dims: {H: 8}}]',
    'models: {files: a, inputs: {x: "1,H"}, outputs: {y: [1, H, "*"]}, values: {z: 3, s: "[]", t: []}}',
    'models: {files: a, budgets: {parameters: 31M, macs: 1000, peakActivationMemory: 2 GiB}}',
    'runtimes: onnxruntime@1.16',
    'runtimes: [onnxruntime-web:webgpu, openvino]\nmodels: {files: a, runtimes: []}',
    'models: {files: a, select: US12, ignore: [US1203], severity: {US1: error}, lockValues: [up*, down*]}',
  ])('%j is taken by both', (text) => {
    expect(verdicts(text)).toEqual({ parser: true, schema: true });
  });

  it.each([
    '[]',
    '3',
    'fail: error',
    'failOn: fatal',
    'failOn:',
    'select: E501',
    'select: [3]',
    'severity: {US14: fatal}',
    'severity: {E5: off}',
    'severity: []',
    'lock: ""',
    'baseline: [a]',
    'runtimes: pytorch',
    'runtimes: [onnxruntime, 3]',
    'models: {files: a, runtimes: {onnxruntime: 1}}',
    'models: 3',
    'models: [{}]',
    'models: {files: ""}',
    'models: {files: {}}',
    'models: {files: a, dims: {H: 0}}',
    'models: {files: a, dims: {H: 1.5}}',
    'models: {files: a, dims: {H: "8"}}',
    'models: {files: a, dims: [H]}',
    'models: {files: a, outputs: {y: ""}}',
    'models: {files: a, outputs: {y: true}}',
    'models: {files: a, outputs: {y: [[1]]}}',
    'models: {files: a, outputs: ["1"]}',
    'models: {files: a, budgets: {memory: 1}}',
    'models: {files: a, budgets: {macs: -1}}',
    'models: {files: a, budgets: {macs: []}}',
    'models: {files: a, lockValues: ""}',
    'models: {files: a, shapes: {}}',
  ])('%j is refused by both', (text) => {
    expect(verdicts(text)).toEqual({ parser: false, schema: false });
  });

  it('gets one verdict from both, whatever it is made of', () => {
    const mostly = (good: readonly unknown[], bad: readonly unknown[]) =>
      fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
    const codes = mostly(['US12', 'US12, US1405', ['US1203', 'US14'], []], ['E501', [3], {}, null]);
    const severity = mostly([{ US14: 'off' }, { US1203: 'error' }, {}], [{ US1: 'fatal' }, { E5: 'off' }, 3]);
    const names = mostly(['a.onnx', ['a', 'b*'], [], 3], ['', [''], {}, null, true]);
    const shapes = mostly(
      [{ y: '1,H' }, { y: [1, 'H', '*'] }, { y: 3 }, {}],
      [{ y: '' }, { y: true }, { y: [[1]] }, { y: null }, []],
    );
    const dims = mostly([{ H: 8 }, {}], [{ H: 0 }, { H: '8' }, { H: 1.5 }, [], null]);
    const runtimes = mostly(['onnxruntime@1.16', ['openvino', 'onnxruntime-web:webnn'], []], ['onnx', [3], {}, null]);
    const amount = mostly([1000, '31M', 0], [-1, [], true, null]);
    const budgets = fc.oneof(
      { weight: 10, arbitrary: fc.record({ parameters: amount, macs: amount }, { requiredKeys: [] }) },
      fc.constantFrom<unknown>({ memory: 1 }, 3),
    );
    const rules = { select: codes, ignore: codes, severity };
    const model = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.record(
          {
            files: names,
            dims,
            inputs: shapes,
            outputs: shapes,
            values: shapes,
            ...rules,
            budgets,
            runtimes,
            lockValues: names,
          },
          { requiredKeys: ['files'] },
        ),
      },
      fc.constantFrom<unknown>({}, 3, { files: 'a', shapes: {} }),
    );
    const config = fc.record(
      {
        failOn: mostly(['error', 'info'], ['fatal', null]),
        baseline: mostly(['known.json', 3], ['', ['a'], null]),
        lock: mostly(['shapes.lock', 3], ['', {}, true]),
        ...rules,
        runtimes,
        models: fc.oneof(model, fc.array(model, { maxLength: 3 })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(config, (value) => {
        const { parser, schema } = verdicts(JSON.stringify(value));
        expect(parser).toBe(schema);
      }),
      { numRuns: 1000 },
    );
  });
});
