/** `unstride inspect`, run as a user runs it. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/ir/tensor.js';
import type { InspectReport } from '../../src/report/inspect.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const root = path.join(import.meta.dirname, '..', '..');

const cli = useCli('inspect');

function zeros(dims: readonly number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((count, size) => count * size, 1)));
}

/** 3 channels to 4 by a 3×3 convolution of the same size, to 2 by a 4×4 transposed one of stride 2. */
function upsampler(): Uint8Array {
  return modelBytes({
    inputs: { image: ['N', 3, 'H', 'W'] },
    outputs: { y: ['N', 2, null, null] },
    initializers: { w: zeros([4, 3, 3, 3]), b: zeros([4]), v: zeros([4, 2, 4, 4]) },
    nodes: [
      nodeProto('Conv', 'image w b', 'features', { pads: [1, 1, 1, 1] }, { name: 'down' }),
      nodeProto('ConvTranspose', 'features v', 'y', { strides: [2, 2], pads: [1, 1, 1, 1] }, { name: 'up' }),
    ],
  });
}

function inspect(...args: readonly string[]) {
  const result = cli.run(['inspect', ...args], cli.folder);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result;
}

type Document = InspectReport & { readonly ok: boolean };

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'inspect.schema.json'), 'utf8')),
);

function inspectJson(...args: readonly string[]): Document & { readonly code: number | null } {
  const { code, stdout } = inspect(...args, '--json');
  const document = JSON.parse(stdout) as Document;
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
  return { ...document, code };
}

describe('the report', () => {
  // A multiply-accumulate for each weight that meets an input: 3·9·4 = 108 a pixel, and 4·16·2 = 128 a pixel of the
  // features, not of the four times larger output.
  it('has symbols where sizes are open', () => {
    cli.put('up.onnx', upsampler());
    expect(inspect('up.onnx')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'up.onnx',
        `opset 18, IR 8, tests, ${(upsampler().length / 1024).toFixed(2)} KiB`,
        '',
        'inputs   image  float32[N, 3, H, W]',
        'outputs  y  float32[N, 2, 2*H, 2*W]',
        '',
        'node  op             output            params       MACs      memory',
        'down  Conv           [N, 4, H, W]         112  108·N·H·W  16 B·N·H·W',
        'up    ConvTranspose  [N, 2, 2*H, 2*W]     128  128·N·H·W  32 B·N·H·W',
        '',
        'nodes        2',
        'parameters   240 (960 B)',
        'MACs         236·N·H·W',
        'activations  48 B·N·H·W in all',
        'open sizes: N, H, W; for numbers add --dim N=1 --dim H=256 --dim W=256',
        '',
      ].join('\n'),
    });
  });

  it('has numbers where they are bound, with the memory that is needed at one time', () => {
    cli.put('up.onnx', upsampler());
    const { code, stdout, stderr } = inspect('up.onnx', '--dim', 'N=1', '--dim', 'H=8,W=6');
    expect(stdout).toContain(
      [
        'inputs   image  float32[1, 3, 8, 6]',
        'outputs  y  float32[1, 2, 16, 12]',
        '',
        'node  op             output          params    MACs    memory',
        'down  Conv           [1, 4, 8, 6]       112  5.18 k     768 B',
        'up    ConvTranspose  [1, 2, 16, 12]     128  6.14 k  1.50 KiB',
        '',
        'nodes        2',
        'parameters   240 (960 B)',
        'MACs         11.3 k',
        // The features (768 B) and the result (1536 B); the picture (576 B) is given up before.
        'activations  2.25 KiB in all, 2.25 KiB at most at one time',
        '',
      ].join('\n'),
    );
    expect(stdout).not.toContain('open sizes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('keeps what is left open beside what is bound', () => {
    cli.put('up.onnx', upsampler());
    const { stdout } = inspect('up.onnx', '--dim', 'H=8');
    expect(stdout).toContain('outputs  y  float32[N, 2, 16, 2*W]\n');
    expect(stdout).toContain('MACs         1.89 k·N·W\n');
    expect(stdout).toContain('open sizes: N, W; for numbers add --dim N=1 --dim W=256\n');
  });

  it('names the exporter, and every set of operators', () => {
    const unet = path.join(root, 'fixtures', 'unet');
    expect(inspect(path.join(unet, 'dynamo', 'model.onnx')).stdout.split('\n')[1]).toMatch(
      /^opset 18, IR 10, pytorch 2\.13\.0\S*, \d+ KiB$/,
    );
    expect(inspect(path.join(unet, 'keras', 'model.onnx')).stdout.split('\n')[1]).toMatch(/tf2onnx/);
  });

  it('says for which sizes the model is valid', () => {
    const { stdout } = inspect(path.join(root, 'fixtures', 'unet', 'dynamo', 'model.onnx'));
    expect(stdout).toMatch(/^legal sizes\n {2}N: any size\n {2}H, W: multiple of 16/m);
  });

  it('keeps to the width of the terminal', () => {
    const model = path.join(root, 'fixtures', 'segnet', 'odd-dynamo', 'model.onnx');
    const { stdout } = cli.run(['inspect', model], cli.folder, { env: { COLUMNS: '80' } });
    const lines = stdout.split('\n');
    const first = lines.findIndex((line) => line.startsWith('node '));
    const table = lines.slice(first, lines.indexOf('', first));
    expect(table.length).toBeGreaterThan(50);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('--json', () => {
  it('has the same as data', () => {
    cli.put('up.onnx', upsampler());
    const document = inspectJson('up.onnx', '--dim', 'N=1,H=8,W=6');
    expect(document).toMatchObject({
      code: 0,
      ok: true,
      file: 'up.onnx',
      producer: { name: 'tests', version: '' },
      irVersion: 8,
      opsets: { '': 18 },
      inputs: [{ name: 'image', elementType: 'float32', shape: [1, 3, 8, 6] }],
      outputs: [{ name: 'y', elementType: 'float32', shape: [1, 2, 16, 12] }],
      symbols: [],
      nodes: [
        { name: 'down', opType: 'Conv', parameters: 112, macs: 5184, activationBytes: 768 },
        { name: 'up', opType: 'ConvTranspose', parameters: 128, macs: 6144, activationBytes: 1536 },
      ],
      totals: {
        nodes: 2,
        unknownNodes: 0,
        parameters: 240,
        parameterBytes: 960,
        macs: 11_328,
        activationBytes: 2304,
        peakActivationBytes: 2304,
      },
      diagnostics: [],
    });
  });

  it('has expressions where sizes are open', () => {
    cli.put('up.onnx', upsampler());
    expect(inspectJson('up.onnx')).toMatchObject({
      symbols: ['N', 'H', 'W'],
      outputs: [{ shape: ['N', 2, '2*H', '2*W'] }],
      totals: { peakActivationBytes: null },
    });
  });

  it('is a document of its errors when there is no model', () => {
    expect(inspectJson('gone.onnx')).toMatchObject({ code: 1, ok: false, diagnostics: [{ code: 'US1002' }] });
  });
});

describe('a file that is no model', () => {
  it.each([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
      'error US1001 the file is a Git LFS pointer, not the model itself\n  file      m.onnx\n  expected  an ONNX model\n  hint      fetch it with git lfs pull\n',
    ],
    [
      '<!DOCTYPE html>\n<html></html>',
      'error US1001 the file is an HTML page\n  file      m.onnx\n  expected  an ONNX model\n  hint      the download gave a page about the model: look for the address of the file itself\n',
    ],
    [
      '',
      'error US1001 the file is empty\n  file      m.onnx\n  expected  an ONNX model\n  hint      the download or the export was cut off: make it again\n',
    ],
  ])('%j', (content, message) => {
    cli.put('m.onnx', content);
    expect(inspect('m.onnx')).toEqual({ code: 1, stdout: '', stderr: message });
  });

  it('is missing', () => {
    const { code, stdout, stderr } = inspect('gone.onnx');
    expect(stderr).toMatch(
      /^error US1002 the file cannot be read\n {2}file {6}gone\.onnx\n {2}got {7}there is no such file\n {2}hint {6}relative paths start at .*unstride-inspect-.*\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(inspect('.').stderr).toContain('  got       it is a folder\n');
  });

  it('is cut off', () => {
    const whole = upsampler();
    cli.put('m.onnx', whole.subarray(0, whole.length - 100));
    const { code, stdout, stderr } = inspect('m.onnx');
    expect(stderr).toMatch(
      new RegExp(
        `^error US1003 the model is cut off at byte ${whole.length - 100}, or damaged\n {2}file {6}m\\.onnx\n`,
      ),
    );
    expect(stderr).toContain(
      `  got       a file of ${whole.length - 100} bytes\n  hint      fetch or export it again\n`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('a model at fault', () => {
  it('is shown all the same, and every fault is told with its node', () => {
    cli.put(
      'bad.onnx',
      modelBytes({
        inputs: { x: [1, 3, 8, 8], z: [1, 5] },
        outputs: { y: [1, 3, 8, 8], t: undefined },
        initializers: { w: zeros([5]), m: zeros([9, 2]) },
        nodes: [
          nodeProto('Add', 'x w', 'y', {}, { name: 'plus' }),
          nodeProto('MatMul', 'z m', 't', {}, { name: 'times' }),
        ],
      }),
    );
    const { code, stdout, stderr } = inspect('bad.onnx');
    expect(stdout).toMatch(/^plus +Add /m);
    expect(stderr).toMatch(/^error US\d+ .*\n {2}file {6}bad\.onnx\n {2}node {6}plus \(Add\)\n {2}expected /m);
    expect(stderr).toMatch(/^error US\d+ .*\n {2}file {6}bad\.onnx\n {2}node {6}times \(MatMul\)\n {2}expected /m);
    expect(stderr).toMatch(/^2 errors/m);
    expect(code).toBe(1);
  });

  it('is not at fault for an operator of another domain', () => {
    cli.put(
      'custom.onnx',
      modelBytes({
        domains: { 'com.acme': 1 },
        inputs: { x: [1, 4] },
        outputs: { y: [1, 4] },
        nodes: [nodeProto('Blend', 'x', 'y', {}, { domain: 'com.acme', name: 'blend' })],
      }),
    );
    const { code, stdout, stderr } = inspect('custom.onnx');
    expect(stdout).toContain('opset 18, com.acme 1, IR 8');
    expect(stdout).toMatch(/^blend {2}com\.acme\.Blend \(unknown\) {2}\[1, 4\] .* \? {4}16 B$/m);
    expect(stdout).toContain('nodes        1, 1 of unknown operators\n');
    expect(stderr).toMatch(/^warning US1305 .*\n {2}file {6}custom\.onnx\n {2}node {6}blend \(com\.acme\.Blend\)\n/);
    expect(code).toBe(0);
  });
});

describe('wrong usage', () => {
  it.each([
    [['up.onnx', '--dim', 'Q=3'], "--dim Q=3: the model has no open size 'Q'; its open sizes are N, H, W"],
    [
      ['up.onnx', '--dim', 'H=0'],
      "--dim H=0: 0 is no size for 'H', which takes a whole number of at least 1; for example --dim H=256",
    ],
    [['up.onnx', '--dim', 'H=8', '--dim', 'H=9'], '--dim gives H two sizes, 8 and 9'],
    [['up.onnx', '--dim'], "the option '--dim' needs a value"],
    [['up.onnx', '--color'], "unknown option '--color'"],
    [['up.onnx', '--seed', '3'], "unknown option '--seed'; it is one of run"],
    [['up.onnx', 'b.onnx'], "inspect is given 'b.onnx' beyond what it takes; usage: unstride inspect <model>"],
    [[], 'inspect is given no <model>; usage: unstride inspect <model>'],
  ])('%j', (args, message) => {
    cli.put('up.onnx', upsampler());
    const { code, stdout, stderr } = inspect(...args);
    expect(stderr).toContain(`error ${message}`);
    expect(stderr).toMatch(/\nsee unstride inspect --help\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('paths', () => {
  it('may have blanks and any letters', () => {
    cli.put('my models/größe 模型.onnx', upsampler());
    const { code, stdout } = inspect('my models/größe 模型.onnx');
    expect(stdout.split('\n')[0]).toBe('my models/größe 模型.onnx');
    expect(code).toBe(0);
  });

  it('of weights beside the model are found from any folder', () => {
    for (const name of ['model.onnx', 'weights.bin'])
      cpSync(path.join(root, 'fixtures', 'unet', 'external-data', name), path.join(cli.folder, name));
    expect(inspect('model.onnx').stdout).toContain('parameters   121,653 (475 KiB)\n');
  });
});

it.skipIf(process.platform === 'win32')('a reader that has seen enough ends it quietly', () => {
  const model = path.join(root, 'fixtures', 'segnet', 'odd-dynamo', 'model.onnx');
  const { stdout, stderr } = cli.shell(`(unstride inspect '${model}'; echo "code $?" >&2) | head -1`, cli.folder);
  expect(stdout).toBe(`${model}\n`);
  expect(stderr).toBe('code 0\n');
  // Nobody reads at all.
  expect(cli.shell(`(unstride inspect '${model}'; echo "code $?" >&2) | true`, cli.folder).stderr).toBe('code 0\n');
});

it('has a help that says how it ends', () => {
  const { code, stdout } = inspect('--help');
  expect(stdout).toContain('$ unstride inspect <model>');
  for (const option of ['--dim <name=size>', '--json']) expect(stdout).toContain(option);
  expect(stdout).toContain('Exit code: 0 the model is sound, 1 it is not, 2 wrong usage');
  expect(code).toBe(0);
});

describe('inspect --after and --plan', () => {
  const known = ['--dim', 'N=1,H=16,W=16'];

  it('print the graph after a pass, with its notes', () => {
    cli.put('model.onnx', upsampler());
    const { stdout, code } = inspect('model.onnx', '--after', 'remove-dead', ...known);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'y = ConvTranspose(features, v) {strides: 2, 2; pads: 1, 1, 1, 1} → float32[1, 2, 32, 32]',
    );
    const json = JSON.parse(inspect('model.onnx', '--after', 'remove-dead', '--json').stdout) as object;
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  });

  it('name the passes when there is no such', () => {
    cli.put('model.onnx', upsampler());
    const { stderr, code } = inspect('model.onnx', '--after', 'nothing');
    expect(code).toBe(2);
    expect(stderr).toContain("there is no pass 'nothing'");
    expect(stderr).toContain('fold-constants');
  });

  it('print the steps with what the algorithms are expected to take', () => {
    cli.put('model.onnx', upsampler());
    const { stdout, code } = inspect('model.onnx', '--plan', '--tier', 'baseline', ...known);
    expect(code).toBe(0);
    expect(stdout).toMatch(/up +ConvTranspose +\S.*4 subconvolutions/);
    // What the layer means stands above what runs of it.
    expect(stdout).toMatch(
      /up by its definition:\n {4}input {5}16×16, 4 channels\n {4}dilate.*→ 31×31\n {4}pad.*→ 37×37\n {4}crop.*→ 35×35\n {4}convolve.*→ 32×32, 2 channels\n *\d+ {2}up/,
    );
    expect(stdout).toMatch(/memory of a run .*iB/);
    const json = JSON.parse(inspect('model.onnx', '--plan', '--json', '--tier', 'baseline', ...known).stdout) as {
      transposed: unknown;
    };
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(json.transposed).toMatchObject([
      { node: { name: 'up' }, axes: [{ dilated: 31, padded: 37, cropped: 35, output: 32 }, {}] },
    ]);
  });

  it('says how many weights the plan keeps in 16 bits', () => {
    cli.put('model.onnx', upsampler());
    const plan = inspect('model.onnx', '--plan', '--tier', 'baseline', '--weights', 'bfloat16', ...known);
    expect(plan.stdout).toMatch(/\d+ of \d+ packed weights are bfloat16/);
    const wrong = inspect('model.onnx', '--plan', '--weights', 'bf16', ...known);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('--weights bf16 is not known; it is one of float32, float16, bfloat16');
  });

  it('ask for the sizes that a plan needs', () => {
    cli.put('model.onnx', upsampler());
    const { stderr, code } = inspect('model.onnx', '--plan', '--dim', 'N=1');
    expect(code).toBe(2);
    expect(stderr).toContain('H, W are open');
  });
});
