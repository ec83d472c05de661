/** `unstride draw`: files whole, words about what was drawn, faults of usage. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const cli = useCli('draw');
const unet = path.resolve('fixtures/unet/dynamo/model.onnx');
const draw = (...args: string[]) => cli.run(['draw', unet, ...args], cli.folder);
const written = (file: string) => readFileSync(path.join(cli.folder, file), 'utf8');

describe('draw', () => {
  it('writes a picture, says what is on it, and writes numbers for sizes that are given', () => {
    const { code, stdout } = draw('-o', 'unet.svg', '--dim', 'N=1,H=256,W=128');
    expect(code).toBe(0);
    expect(stdout).toBe('unet.svg  style u: 9 blocks at 5 resolutions, 4 skips\n');
    const svg = written('unet.svg');
    for (const text of ['>16 × 8<', '>down.4<', 'prefers-color-scheme:dark', '<desc']) expect(svg).toContain(text);
  });

  it('writes a page without script', () => {
    expect(draw('-o', 'made/unet.html', '--theme', 'dark', '--title', 'A <U>').code).toBe(0);
    const html = written('made/unet.html');
    expect(html).toContain('A &lt;U&gt;');
    expect(html).not.toMatch(/<script|prefers-color-scheme/);
    expect(html.match(/<tr>/g)).toHaveLength(10);
  });

  it('writes pixels, with text in a font of the machine, or says what to install', () => {
    const { code, stderr } = draw('-o', 'unet.png');
    const noFont = cli.run(['draw', unet, '-o', 'x.png'], cli.folder, { env: { UNSTRIDE_FONT: 'absent.ttf' } });
    expect(noFont).toMatchObject({ code: 2, stderr: expect.stringContaining('absent.ttf') });
    expect(existsSync(path.join(cli.folder, 'x.png'))).toBe(false);
    if (code !== 0) return expect(stderr).toContain('install DejaVu or Liberation');
    const { width, height, data, channels } = decode(readFileSync(path.join(cli.folder, 'unet.png')));
    expect(width).toBeGreaterThan(1200);
    // The title's letters: without a font there would be nothing dark.
    const top = data.subarray(0, width * channels * Math.round(height * 0.035));
    expect(top.some((value, i) => i % channels === 0 && value < 64)).toBe(true);
  });

  it('colors by the time of a profile', () => {
    const args = ['--input', 'random', '--dim', 'N=1,H=32,W=32', '--profile', 'trace.json', '--threads', '1'];
    expect(cli.run(['run', unet, ...args], cli.folder).code).toBe(0);
    expect(draw('-o', 'time.svg', '--profile', 'trace.json')).toMatchObject({ code: 0 });
    expect(written('time.svg')).toMatch(/class="slab h8"/);
    const other = cli.run(
      ['draw', path.resolve('fixtures/dcgan/torchscript/model.onnx'), '-o', 'other.svg', '--profile', 'trace.json'],
      cli.folder,
    );
    expect(other).toMatchObject({ code: 0, stderr: expect.stringContaining('no step of the trace') });
  });

  it.each([
    [['-o', 'x.gif'], 'it ends in'],
    [['-o', 'x.svg', '--style', 'v'], 'u, flow, table'],
    [['-o', 'x.svg', '--color', 'time'], 'run --profile'],
    [['-o', 'x.svg', '--profile', 'absent.json'], "the trace 'absent.json' cannot be read"],
    [['-o', 'x.svg', '--dim', 'Q=1'], "no open size 'Q'"],
  ])('refuses %j', (args, hint) => {
    const { code, stderr } = draw(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
    expect(existsSync(path.join(cli.folder, 'x.svg'))).toBe(false);
  });

  it('shows names as text, whatever they are', () => {
    const name = '</title><script>alert(1)</script>&\u202e\u0007';
    cli.put(
      'names.onnx',
      modelBytes({
        inputs: { [name]: [1, 3, 8, 8] },
        nodes: [nodeProto('MaxPool', name, 'y', { kernel_shape: [2, 2], strides: [2, 2] })],
        outputs: { y: [1, 3, 4, 4] },
      }),
    );
    expect(cli.run(['draw', 'names.onnx', '-o', 'names.html'], cli.folder).code).toBe(0);
    const html = written('names.html');
    for (const text of ['<script', '\u202e', '\u0007']) expect(html).not.toContain(text);
    expect(html).toContain('&lt;/title&gt;&lt;script&gt;');
  });
});
