import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/contract/config.js';
import { defaultConfig } from '../../src/contract/config-defaults.js';
import { symbol } from '../../src/ir/dim.js';

const full = `
# yaml-language-server: $schema=./schemas/config.schema.json
failOn: error
select: [US12, US14]
ignore: US1301, US1411
severity:
  US14: warning
  US1405: off
baseline: known.json
lock: shapes.lock
models:
  - files: models/unet*.onnx
    dims: {H: 256}
    inputs:
      image: 1,3,H,W
    outputs:
      logits: "float32[1,21,H,W]"
    values:
      bottleneck: [1, 64, H/16, "*"]
    ignore: US1501
    budgets:
      parameters: 31M
      macs: 12.5G
      peakActivationMemory: 512MiB
    lockValues: up*
  - files: [a.onnx, b.onnx]
`;

/** The issues as `line:column path: expected …, got …; hint`. */
function issues(text: string): string[] {
  try {
    parseConfig(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map(
      ({ line, column, path, expected, actual, hint }) =>
        `${line}:${column} ${path}: expected ${expected}, got ${actual}${hint === undefined ? '' : `; ${hint}`}`,
    );
  }
}

describe('a configuration', () => {
  it('is read', () => {
    const config = parseConfig(full.replace('H/16', 'H//16'));
    expect(config).toMatchObject({
      failOn: 'error',
      baseline: 'known.json',
      lock: 'shapes.lock',
      rules: { select: ['US12', 'US14'], ignore: ['US1301', 'US1411'] },
    });
    expect([...config.rules.severity]).toEqual([
      ['US14', 'warning'],
      ['US1405', 'off'],
    ]);
    const [unet, others] = config.models;
    expect(unet).toMatchObject({ files: ['models/unet*.onnx'], line: 12, lockValues: ['up*'] });
    expect(unet?.dims).toEqual(new Map([['H', 256]]));
    expect(unet?.inputs.get('image')?.pattern).toEqual({
      elementType: undefined,
      dims: [1, 3, symbol('H'), symbol('W')],
    });
    expect(unet?.outputs.get('logits')).toMatchObject({ line: 17, pattern: { elementType: 'float32' } });
    expect(unet?.values.get('bottleneck')?.pattern.dims.map(String)).toEqual(['1', '64', 'floor(H/16)', 'any']);
    expect(unet?.rules.ignore).toEqual(['US1501']);
    expect(unet?.budgets).toEqual({ parameters: 31e6, macs: 12.5e9, peakActivationMemory: 2 ** 29 });
    expect(others).toMatchObject({ files: ['a.onnx', 'b.onnx'], line: 26, budgets: {}, lockValues: undefined });
  });

  it('may be JSON, empty, or of one model without a list', () => {
    expect(parseConfig('{"models": {"files": "a.onnx", "dims": {"H": 8}}}').models[0]?.dims).toEqual(
      new Map([['H', 8]]),
    );
    expect(parseConfig('')).toEqual(defaultConfig);
    expect(parseConfig('# nothing\n')).toEqual(defaultConfig);
  });

  it('names runtimes for all models, and for some', () => {
    const { runtimes, models } = parseConfig(
      'runtimes: [onnxruntime@1.16, openvino]\nmodels: {files: a, runtimes: ncnn}\n',
    );
    expect(runtimes.map(({ text, table }) => [text, table])).toEqual([
      ['onnxruntime@1.16', 'onnxruntime'],
      ['openvino', 'openvino'],
    ]);
    expect(models[0]?.runtimes).toMatchObject([{ text: 'ncnn' }]);
  });

  it('may share parts by anchors', () => {
    const { models } = parseConfig(
      'models:\n  - &a {files: a.onnx, outputs: &o {y: "1,H"}}\n  - {files: b.onnx, outputs: *o}\n',
    );
    expect(models[1]?.outputs.get('y')?.pattern.dims).toEqual([1, symbol('H')]);
  });
});

describe('what is wrong with a configuration', () => {
  it.each([
    [
      'models: [a',
      ['1:11 : expected YAML, got flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a: 1\na: 2', ['2:1 : expected YAML, got map keys must be unique']],
    ['- a', ['1:1 : expected a mapping with failOn, ignore, models and so on, got a list']],
    [
      'failon: error',
      [
        "1:1 failon: expected one of failOn, select, ignore, severity, baseline, lock, runtimes, models, got the name 'failon'; did you mean 'failOn'?",
      ],
    ],
    [
      'runtimes: onnxruntme',
      [
        "1:11 runtimes: expected a runtime such as onnxruntime@1.16 or onnxruntime-web:webgpu, got 'onnxruntme'; did you mean 'onnxruntime'?",
      ],
    ],
    ['failOn: fatal', ["1:9 failOn: expected one of error, warning, info, got 'fatal'"]],
    ['failOn: warnings', ["1:9 failOn: expected one of error, warning, info, got 'warnings'; did you mean 'warning'?"]],
    ['failOn:', ['1:8 failOn: expected one of error, warning, info, got nothing']],
    [
      'ignore: [US1203, E501]',
      [
        "1:18 ignore[1]: expected a code, or the beginning of one, got 'E501'; codes look like US1203; US12 stands for all that begin so",
      ],
    ],
    ['severity: {US1203: fatal}', ["1:20 severity.US1203: expected one of error, warning, info, off, got 'fatal'"]],
    [
      'severity: {US99: off}',
      [
        "1:12 severity.US99: expected a code, or the beginning of one, got 'US99'; codes look like US1203; US12 stands for all that begin so",
      ],
    ],
    ['baseline: ""', ["1:11 baseline: expected a path, got ''"]],
    ['models: [3]', ['1:10 models[0]: expected a mapping with files, inputs, outputs and so on, got 3']],
    ['models: [{}]', ["1:10 models[0]: expected 'files': which models this is about, got a mapping without it"]],
    ['models: {files: a, dims: {H: 0}}', ['1:30 models.dims.H: expected a whole number of at least 1, got 0']],
    ['models: {files: a, dims: {H: "256"}}', ["1:30 models.dims.H: expected a whole number of at least 1, got '256'"]],
    [
      'models: {files: a, dims: [H]}',
      ['1:26 models.dims: expected sizes by name, for example {H: 256, W: 256}, got a list'],
    ],
    [
      'models: {files: a, outputs: {y: true}}',
      ['1:33 models.outputs.y: expected a shape such as "1,21,H,W", got true'],
    ],
    [
      'models: {files: a, outputs: {y: "1,2 H"}}',
      [
        "1:33 models.outputs.y: expected a shape such as \"1,21,H,W\", got '1,2 H'; '2 H' is neither a number, a name, nor an expression such as 2*H + 1",
      ],
    ],
    ['models: {files: a, outputs: {"a b": 1,,2}}', undefined],
    ['models: {files: a, outputs: {"a b": [1, {}]}}', ['1:41 models.outputs."a b"[1]: expected a size, got a mapping']],
    [
      'models: {files: a, budgets: {macs: lots}}',
      ["1:36 models.budgets.macs: expected a count such as 12.5G, got 'lots'"],
    ],
    [
      'models: {files: a, budgets: {memory: 1}}',
      ["1:30 models.budgets.memory: expected one of parameters, macs, peakActivationMemory, got the name 'memory'"],
    ],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(issues(text).length).toBeGreaterThan(0);
    else expect(issues(text)).toEqual(expected);
  });

  it('is told at once', () => {
    expect(issues('failOn: x\nlock: [1]\nmodels:\n  - files: a\n    dims: {H: -1}\n')).toEqual([
      "1:9 failOn: expected one of error, warning, info, got 'x'",
      '2:7 lock: expected a path, got a list',
      '5:15 models[0].dims.H: expected a whole number of at least 1, got -1',
    ]);
  });

  it('is never an endless reference', () => {
    expect(issues('models: &a\n  - *a\n')).toEqual([
      '2:5 models[0]: expected a mapping with files, inputs, outputs and so on, got a list',
    ]);
  });
});
