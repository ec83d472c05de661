/** `unstride run --grid` and `--interpolate`, run as a user runs them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readGridSettings } from '../../src/cli/run/grid/settings.js';
import { int64 } from '../../src/ir/tensor.js';
import type { RunReport } from '../../src/report/run.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const root = path.join(import.meta.dirname, '..', '..');
const fixture = (name: string) => path.join(root, 'fixtures', name, 'model.onnx');
const decoder = fixture('vae/decoder-dynamo');

const cli = useCli('run-grid');

function run(...args: readonly string[]) {
  const result = cli.run(['run', ...args], cli.folder);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result;
}

const file = (name: string) => readFileSync(path.join(cli.folder, name));
const sheet = (name: string) => decode(file(name));

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'run.schema.json'), 'utf8')),
);

describe('--grid', () => {
  it('is a sheet of what the latents of the seed become, however many run together', () => {
    const make = (folder: string, ...more: readonly string[]) =>
      run(decoder, '--grid', '2x3', '--seed', '5', '--precision', 'strict', '--output-dir', folder, ...more);
    expect(make('all')).toMatchObject({ code: 0, stderr: '' });
    expect(make('two', '--batch', '2').code).toBe(0);
    const picture = sheet('all/image.grid.png');
    // 16 pixels magnified four times, two white ones around each.
    expect([picture.width, picture.height, picture.channels]).toEqual([3 * 66 + 2, 2 * 66 + 2, 1]);
    expect(file('two/image.grid.png').equals(file('all/image.grid.png'))).toBe(true);
    const latents = ['1-1', '1-2', '1-3', '2-1', '2-2', '2-3'].map((name) => `${name}.npy`);
    expect(readdirSync(path.join(cli.folder, 'all/latents')).sort()).toEqual(latents);
  });

  it('keeps latents from which a picture can be made again, and a row from one to another', () => {
    expect(run(decoder, '--grid', '1x2', '--precision', 'strict').code).toBe(0);
    const latent = (column: number) => `unstride-out/latents/1-${column}.npy`;
    expect(
      run(decoder, '--input', latent(2), '--as', 'image', '--precision', 'strict', '--output-dir', 'again').code,
    ).toBe(0);
    const ends = ['--interpolate', latent(1), latent(2), '--steps', '3'];
    const { code, stdout } = run(decoder, ...ends, '--precision', 'strict', '--output-dir', 'way', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as RunReport;
    expect({ valid: validate(report), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(report.inputs[0]).toMatchObject({ name: 'z', shape: [1, 8], source: 'way/latents' });
    expect(report.outputs[0]!.shape).toEqual([3, 1, 16, 16]);
    const [grid, row, again] = ['unstride-out/image.grid.png', 'way/image.interpolation.png', 'again/image.png'].map(
      sheet,
    );
    /** Every fourth pixel of a cell, which are those before they were magnified. */
    const cell = ({ data, width }: { data: ArrayLike<number>; width: number }, column: number) =>
      Array.from(
        { length: 256 },
        (_, i) => data[(2 + 4 * Math.floor(i / 16)) * width + 2 + column * 66 + 4 * (i % 16)],
      );
    expect(cell(grid!, 1)).toEqual([...again!.data]);
    expect(cell(row!, 0)).toEqual(cell(grid!, 0));
    expect(cell(row!, 2)).toEqual(cell(grid!, 1));
    expect(cell(row!, 1)).not.toEqual(cell(row!, 0));
    expect(file('way/latents/step-3.npy').equals(file(latent(2)))).toBe(true);
  });

  it('takes what else the model needs from files, and batches that are fixed', () => {
    // [2, 3] times `scale`, spread over 8 rows and columns.
    cli.put(
      'scaled.onnx',
      modelBytes({
        inputs: { z: [2, 3], scale: [1, 3] },
        outputs: { y: [2, 3, 8, 8] },
        initializers: { shape: int64([4], [2, 3, 1, 1]), wide: int64([4], [2, 3, 8, 8]) },
        nodes: [
          nodeProto('Mul', 'z scale', 'product'),
          nodeProto('Reshape', 'product shape', 'four'),
          nodeProto('Expand', 'four wide', 'y'),
        ],
      }),
    );
    expect(run('scaled.onnx', '--grid', '1x3', '--input', 'scale=random').code).toBe(0);
    const picture = sheet('unstride-out/y.grid.png');
    expect([picture.width, picture.height, picture.channels]).toEqual([3 * 66 + 2, 68, 3]);
    expect(readdirSync(path.join(cli.folder, 'unstride-out/latents')).sort()).toEqual(['1-1.npy', '1-2.npy']);
  });
});

describe('what is no generator', () => {
  it('is said to be none', () => {
    const result = run(fixture('unet/dynamo'), '--grid', '2x2');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('the model has no input that takes a latent');
  });

  it('are not drawn for what takes pictures, which is asked for', () => {
    const vae = fixture('vae/dynamo');
    const { code, stderr } = run(vae, '--grid', '2x2');
    expect(code).toBe(1);
    expect(stderr).toContain(`for example: unstride run ${vae} --input image=picture.png\n`);
  });

  it('nor are ends that are not there, or are one', () => {
    const gone = run(decoder, '--interpolate', 'a.npy', 'b.npy');
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such file') });
    const one = run(decoder, '--interpolate', 'a.npy');
    expect(one).toMatchObject({ code: 2, stderr: expect.stringContaining("'--interpolate' needs two values") });
  });

  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ grid: '2' }, '--grid 2 is not ROWSxCOLUMNS'],
    [{ grid: '0x2' }, '--grid 0x2 is not ROWSxCOLUMNS'],
    [{ grid: '101x100' }, 'more than 10000 pictures'],
    [{ grid: '1x1', interpolate: ['a', 'b'] }, 'cannot both be had'],
    [{ interpolate: ['a', 'b'], steps: '1' }, '--steps 1 is not a whole number from 2 to 10000'],
    [{ grid: '1x1', as: 'array' }, '--grid and --as cannot be given together'],
    [{ grid: '1x1', pictures: false }, '--grid and --no-pictures cannot be given together'],
    [{ interpolate: ['a', 'b'], jsonLines: true }, '--interpolate and --json-lines cannot be given together'],
    [{ steps: '3' }, '--steps is for --interpolate'],
  ])('%j is wrong', (options, message) => {
    expect(() => readGridSettings(options)).toThrow(message);
  });
});
