/** `unstride diff`, run as a user runs it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../src/ir/dim.js';
import type { Shape } from '../../src/ir/shape.js';
import { modelBytes } from '../../src/onnx/write.js';
import { NamedGraph } from '../contract/support.js';
import { useCli } from '../support/cli.js';

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');

const cli = useCli('diff');

interface Choice {
  readonly shape?: Shape;
  readonly channels?: number;
  readonly kernel?: number;
  readonly normalized?: boolean;
  readonly fill?: number;
}

/** stem → relu → head, with a normalization before the head when wanted. */
function put(
  name: string,
  { shape = [1, 3, 8, 8], channels = 4, kernel = 3, normalized = false, fill = 1 }: Choice = {},
) {
  const builder = new NamedGraph();
  const x = builder.input('x', shape);
  const pad = (kernel - 1) / 2;
  const stem = builder.add('Conv', 'stem', [x, builder.weight('stem.weight', [channels, 3, kernel, kernel], fill)], {
    attributes: { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] },
  });
  let last = builder.add('Relu', 'relu', [stem]);
  if (normalized) {
    const vector = (part: string) => builder.weight(`norm.${part}`, [channels]);
    last = builder.add('BatchNormalization', 'norm', [last, ...['scale', 'bias', 'mean', 'var'].map(vector)]);
  }
  writeFileSync(path.join(cli.folder, name), modelBytes(builder.model(builder.conv('head', last, [2, channels]))));
}

function diff(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return cli.run(['diff', ...args], cli.folder, { env });
}

describe('two exports', () => {
  it('that are the same end with 0', () => {
    put('a.onnx');
    put('b.onnx');
    expect(diff(['a.onnx', 'b.onnx'])).toEqual({ code: 0, stdout: 'a.onnx → b.onnx\nno difference\n', stderr: '' });
  });

  it('that differ end with 1: causes first, then what follows', () => {
    put('a.onnx');
    put('b.onnx', { channels: 8, kernel: 5, normalized: true });
    const { code, stdout, stderr } = diff(['a.onnx', 'b.onnx']);
    expect(stderr).toBe('');
    // Weights: 4·3·9 + 2·4·9 = 180, then 8·3·25 + 4·8 + 2·8·9 = 776. MACs: 64 places each: 11,520 and 47,616.
    expect(stdout).toBe(
      [
        'a.onnx → b.onnx',
        '',
        'parameters   180 → 776 (+331 %)',
        'MACs         11.5 k → 47.6 k (+313 %)',
        // 64 places of 4 and 4 channels, then of 8 and 8, in float32.
        'peak memory  2.00 KiB → 4.00 KiB (+100 %)',
        '',
        '~ stem  Conv',
        '    kernel_shape  [3, 3] → [5, 5]',
        '    pads          [1, 1, 1, 1] → [2, 2, 2, 2]',
        '    stem.weight   float32[4, 3, 3, 3] → [8, 3, 5, 5]',
        '    stem          float32[1, 4, 8, 8] → [1, 8, 8, 8]',
        '+ norm  BatchNormalization  float32[1, 8, 8, 8]',
        '~ head  Conv',
        '    head.weight  float32[2, 4, 3, 3] → [2, 8, 3, 3]',
        '',
        'shapes that change as a consequence',
        '  relu  Relu  float32[1, 4, 8, 8] → [1, 8, 8, 8]',
        '',
        '2 layers changed, 1 added; 1 with a shape that changes as a consequence; 0 are the same',
        '',
      ].join('\n'),
    );
    expect(code).toBe(1);
  });

  it('of two exporters align, though not one node has kept its name', () => {
    const [torchscript, dynamo] = ['torchscript', 'dynamo'].map((kind) =>
      path.join(fixtures, 'unet', kind, 'model.onnx'),
    );
    const { code, stdout } = diff([torchscript!, dynamo!]);
    expect(code).toBe(1);
    expect(stdout).toContain('input       image float32[1, 1, 64, 64] → [N, 1, H, W]\n');
    expect(stdout).toContain('\nno layer changed; 49 are the same; 49 have another name\n');
  });

  it('count nodes that only compute sizes', () => {
    const file = (kind: string) => path.join(fixtures, 'unet', kind, 'model.onnx');
    const { stdout } = diff([file('dynamo'), file('odd-dynamo')], { COLUMNS: '80' });
    expect(stdout).toMatch(/^\+ \d+ nodes that compute sizes \(.*Div/m);
    expect(stdout).toMatch(/^\+ node_slice_1 {2}Slice {2}float32\[/m);
    expect(stdout).toMatch(/^ {2}… and \d+ more; --json has them all$/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('have weights of other values only when these are looked at', () => {
    put('a.onnx');
    put('b.onnx', { fill: 2 });
    expect(diff(['a.onnx', 'b.onnx']).code).toBe(0);
    const { code, stdout } = diff(['a.onnx', 'b.onnx', '--weights']);
    expect(code).toBe(1);
    expect(stdout).toContain('    stem.weight  float32[4, 3, 3, 3] → [4, 3, 3, 3] with other values\n');
  });

  it('can be given sizes', () => {
    put('a.onnx', { shape: [1, 3, symbol('H'), 8] });
    put('b.onnx', { shape: [1, 3, 16, 8] });
    expect(diff(['a.onnx', 'b.onnx']).stdout).toContain('input  x float32[1, 3, H, 8] → [1, 3, 16, 8]\n');
    expect(diff(['a.onnx', 'b.onnx', '--dim', 'H=16']).code).toBe(0);
    expect(diff(['a.onnx', 'b.onnx', '--dim', 'Q=16'])).toMatchObject({
      code: 2,
      stderr: "error --dim Q=16: neither model has an open size 'Q'; the open sizes are H\nsee unstride diff --help\n",
    });
  });
});

describe('formats', () => {
  it('Markdown has tables, and what follows folded away', () => {
    put('a.onnx');
    put('b.onnx', { channels: 8 });
    expect(diff(['a.onnx', 'b.onnx', '--format', 'markdown']).stdout).toBe(
      [
        '## `a.onnx` → `b.onnx`',
        '',
        '2 layers changed; 1 with a shape that changes as a consequence; 0 are the same.',
        '',
        '|  | old → new |',
        '|---|---|',
        '| parameters | `180 → 360 (+100 %)` |',
        '| MACs | `11.5 k → 23.0 k (+100 %)` |',
        '| peak memory | `2.00 KiB → 4.00 KiB (+100 %)` |',
        '',
        '|  | layer | operator | old → new |',
        '|---|---|---|---|',
        '| changed | `stem` | Conv | `stem.weight` `float32[4, 3, 3, 3] → [8, 3, 3, 3]`<br>`stem` `float32[1, 4, 8, 8] → [1, 8, 8, 8]` |',
        '| changed | `head` | Conv | `head.weight` `float32[2, 4, 3, 3] → [2, 8, 3, 3]` |',
        '',
        '<details><summary>Shapes that change as a consequence</summary>',
        '',
        '|  | layer | operator | old → new |',
        '|---|---|---|---|',
        '| changed | `relu` | Relu | `relu` `float32[1, 4, 8, 8] → [1, 8, 8, 8]` |',
        '',
        '</details>',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [['a.onnx'], 'diff is given no <new>; usage: unstride diff <old> <new>'],
    [['a.onnx', 'a.onnx', '--format', 'sarif'], "--format: 'sarif' is no format; they are pretty, json, markdown"],
    [['a.onnx', 'a.onnx', '--json', '--format', 'markdown'], '--json and --format markdown exclude one another'],
    [['-', '-'], 'only one of the two models can come from standard input'],
  ])('%j is wrong usage', (args, message) => {
    put('a.onnx');
    const { code, stderr } = diff(args);
    expect(stderr).toContain(`error ${message}`);
    expect(code).toBe(2);
  });

  it('a model that cannot be read is an error, in JSON too', () => {
    put('a.onnx');
    expect(diff(['a.onnx', 'gone.onnx'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('error US1002'),
    });
    const { code, stdout } = diff(['a.onnx', 'gone.onnx', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, diagnostics: [{ code: 'US1002', file: 'gone.onnx' }] });
    expect(code).toBe(1);
  });
});
