/** `unstride explain`, of models and of layers by hand. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';

const root = path.join(import.meta.dirname, '..', '..');
const fixture = (name: string) => path.join(root, 'fixtures', name, 'model.onnx');
const cli = useCli('explain');
const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'explain.schema.json'), 'utf8')) as Record<string, unknown>,
);

function explain(...args: string[]) {
  return cli.run(['explain', ...args], undefined, { env: { COLUMNS: '80' } });
}

interface Document {
  readonly layers: readonly { readonly kind: string; readonly node: { readonly index: number } | null }[];
  readonly unexplained: readonly { readonly reason: string }[];
}

function json(...args: string[]): Document {
  const { stdout } = explain(...args, '--json');
  const document = JSON.parse(stdout) as Document;
  expect(validate(document), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return document;
}

describe('a model', () => {
  const unet = fixture('unet/torchscript');

  it('lists every layer that changes sizes, and says how to see one whole', () => {
    const { code, stdout } = explain(unet);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '/up.0/up/ConvTranspose (ConvTranspose #24)  4×4 → 8×8\n  out = (4 − 1)·2 − 2·0 + 2 = 8\n  runs as 4 subconvolutions; no checkerboard',
    );
    expect(stdout.match(/#\d+\)/g)).toHaveLength(8);
    expect(stdout).toContain('One whole, by name, value or number: unstride explain');
  });

  it('explains one by name, value, number and pattern', () => {
    const byName = explain(unet, '/up.0/up/ConvTranspose');
    expect(byName.stdout).toContain('1 dilate    1 zero between → 7');
    expect(byName.stdout).toContain('An output is computed from 140×140 positions of image; the total stride is 8.');
    for (const name of ['/up.0/up/ConvTranspose_output_0', '24', '#24']) expect(explain(unet, name)).toEqual(byName);
    expect(json(unet, '/up.*').layers.map(({ node }) => node?.index)).toEqual([24, 30, 36, 42]);
  });

  it('fits 80 columns', () => {
    for (const name of ['fcn8s/torchscript', 'segnet/odd-torchscript', 'vae/torchscript']) {
      const { stdout } = explain(fixture(name), '*');
      expect(stdout.length).toBeGreaterThan(1000);
      // Expressions of open sizes are no words that a line could be broken in.
      const long = stdout
        .split('\n')
        .filter((line) => line.length > 80 && line.trim().includes(' ') && !line.includes('floor('));
      expect(long).toEqual([]);
    }
  });

  it('writes pictures, one for each layer, and a page', () => {
    const { code, stderr } = cli.run(
      ['explain', unet, '24', '30', '--svg', 'layer.svg', '--html', 'out/page.html', '--json'],
      cli.folder,
    );
    expect([code, stderr]).toEqual([0, 'wrote layer.24.svg\nwrote layer.30.svg\nwrote out/page.html\n']);
    const read = (file: string) => readFileSync(path.join(cli.folder, file), 'utf8');
    expect(read('layer.24.svg')).toMatch(/<title[^>]*>[^<]*\/up\.0\/up\/ConvTranspose/);
    const page = read('out/page.html');
    expect(page).toContain('out = (4 − 1)·2 − 2·0 + 2 = 8');
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(8);
    expect(page).not.toContain('<script');
    const alone = cli.run(['explain', unet, '24', '--svg', 'alone.svg'], cli.folder);
    expect([alone.code, alone.stderr]).toEqual([0, 'wrote alone.svg\n']);
    expect(cli.run(['explain', unet, '--html', unet], cli.folder)).toMatchObject({ code: 2 });
  });

  it('says what is near a name that is not there, and why another operator is not explained', () => {
    const missing = explain(unet, '/up.0/up/ConvTranspos');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("near it are '/up.0/up/ConvTranspose'");
    const other = explain(unet, '/down.0/Relu');
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toMatch(/is a Relu, and what is explained is ConvTranspose/);
    expect(json(unet, '/down.0/Relu').unexplained).toHaveLength(1);
  });
});

describe('a layer by hand', () => {
  it('computes an example step by step', () => {
    const { code, stdout } = explain('--kernel', '4', '--stride', '2', '--padding', '1', '--input', '3');
    expect(code).toBe(0);
    expect(stdout).toContain('out = (3 − 1)·2 − 2·1 + 4 = 6');
    expect(stdout).toContain('4 convolved: the output 6\n     2  5  8  9 14  9\n');
    expect(stdout).toContain('Output 4, for example, is 2·4 + 3·2 = 14.');
    expect(stdout).toContain('torch.nn.ConvTranspose1d(1, 1, kernel_size=4, stride=2, padding=1)');
  });

  it('reads numbers as the framework means them, and prints its form first', () => {
    const { stdout } = explain(
      '--kernel',
      '3x3',
      '--stride',
      '2',
      '--padding',
      'same',
      '--input',
      '2,3',
      '--framework',
      'keras',
    );
    expect(stdout).toMatch(/In the words of each framework\n {2}Keras/);
    expect(stdout).toContain("Conv2DTranspose(1, kernel_size=3, strides=2, padding='same')");
    const [layer] = json(
      '--kernel',
      '3x3',
      '--stride',
      '2',
      '--padding',
      '1,0,1,0',
      '--input',
      '3',
      '--framework',
      'webnn',
    ).layers;
    expect(layer).toMatchObject({
      axes: [
        { padBegin: 1, padEnd: 0 },
        { padBegin: 1, padEnd: 0 },
      ],
    });
  });

  it('refuses what does not go together, with the exit code of wrong usage', () => {
    const { code, stdout, stderr } = explain(
      '--kernel',
      '4',
      '--input',
      '3',
      '--framework',
      'pytorch',
      '--output-padding',
      '1',
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--output-padding 1 is too large for PyTorch');
  });
});
