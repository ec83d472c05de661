/** `unstride extract --list`, `--decoder`, `--encoder` and `--split`, and the same halves in `unstride run`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const fixture = (name: string) => path.join(fixtures, name, 'model.onnx');
const vae = fixture('vae/torchscript');

const cli = useCli('decoders');
const place = (name: string) => path.join(cli.folder, name);

function outputs(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.npy'));
  return new Map(files.map((file) => [file, readFileSync(path.join(folder, file))]));
}

function inputs(name: string, files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([input, file]) => ['--input', `${input}=${path.join(fixtures, name, file)}`]);
}

/** Two hourglasses, one after the other. */
function stacked(): Uint8Array {
  const window = { kernel_shape: [2, 2], strides: [2, 2] };
  const scales = { t: { dims: [4], dataType: 1, floatData: [1, 1, 2, 2] } };
  return modelBytes({
    inputs: { x: [1, 2, 16, 16] },
    outputs: { y: [1, 2, 16, 16] },
    nodes: [
      nodeProto('Constant', '', 'scales', { value: scales }),
      nodeProto('MaxPool', 'x', 'low1', window),
      nodeProto('Resize', 'low1 _ scales', 'up1'),
      nodeProto('Add', 'x up1', 'middle'),
      nodeProto('MaxPool', 'middle', 'low2', window),
      nodeProto('Resize', 'low2 _ scales', 'up2'),
      nodeProto('Add', 'middle up2', 'y'),
    ],
  });
}

describe('extract --list', () => {
  it('shows the place, what crosses, and what both halves cost', () => {
    const { code, stdout, stderr } = cli.run(['extract', fixture('unet/dynamo'), '--list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('model.onnx: an encoder and a decoder\n');
    expect(stdout).toMatch(
      /1 {2}relu_9 {6}float32\[N, 64, floor\(H\/16\), floor\(W\/16\)\] {2}1\/16 {6}4 {2}31 B·N·H·W {2}73\.9 k \+ 47\.8 k/,
    );
    expect(stdout).toContain("1. the grid is smallest at 'relu_9', at 1/16 of 'image'");
    expect(stdout).toContain('   skip  relu_1  float32[N, 4, H, W]  at 1\n');
  });

  it('says what has no decoder, and what is one', () => {
    writeFileSync(
      place('pool.onnx'),
      modelBytes({
        inputs: { x: [1, 2, 8, 8] },
        outputs: { y: [1, 2, 1, 1] },
        nodes: [nodeProto('GlobalAveragePool', 'x', 'y')],
      }),
    );
    const list = cli.run(['extract', place('pool.onnx'), '--list']);
    expect(list.code).toBe(0);
    expect(list.stdout).toContain('an encoder alone');
    const cut = cli.run(['extract', place('pool.onnx'), '--decoder']);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toContain('US2111');
    const generator = cli.run(['extract', fixture('dcgan/dynamo'), '--list']);
    expect(generator.stdout).toContain('a decoder as a whole');
    expect(cli.run(['extract', fixture('dcgan/dynamo'), '--encoder']).stderr).toContain('US2112');
  });
});

describe('extract --decoder, --encoder, --split', () => {
  it('halves give what the whole gives, in processes of their own', () => {
    const halves = place('halves');
    mkdirSync(halves);
    const split = cli.run(['extract', vae, '--split', '-o', halves]);
    expect(split.stderr).toBe('');
    expect(split.stdout).toContain('bottleneck  /Add_output_0  float32[N, 8]  one vector');
    expect(readdirSync(halves).sort()).toEqual(['model.decoder.onnx', 'model.encoder.onnx', 'model.split.json']);
    const join = JSON.parse(readFileSync(path.join(halves, 'model.split.json'), 'utf8')) as Record<string, unknown>;
    expect(join).toMatchObject({
      file: 'model.onnx',
      kind: 'encoder-decoder',
      encoder: { file: 'model.encoder.onnx' },
      decoder: { file: 'model.decoder.onnx' },
      values: [{ role: 'bottleneck', encoder: '/Add_output_0', decoder: '/Add_output_0' }],
      modelInputs: { encoder: ['image', 'eps'], decoder: [] },
      modelOutputs: { encoder: ['mu', 'logvar'], decoder: ['reconstruction'] },
    });

    const feeds = inputs('vae/torchscript', firstCase('vae/torchscript'));
    const run = (model: string, folder: string, ...args: string[]) => {
      const result = cli.run(['run', model, ...args, '--precision', 'strict', '--output-dir', place(folder)]);
      expect(result.code, result.stderr).toBe(0);
      return outputs(place(folder));
    };
    const whole = run(vae, 'whole', ...feeds);
    const encoded = run(path.join(halves, 'model.encoder.onnx'), 'encoded', ...feeds);
    expect(encoded.get('mu.npy')).toEqual(whole.get('mu.npy'));
    const code = ['--input', path.join(place('encoded'), '_Add_output_0.npy')];
    const decoded = run(path.join(halves, 'model.decoder.onnx'), 'decoded', ...code);
    expect(decoded.get('reconstruction.npy')).toEqual(whole.get('reconstruction.npy'));
    // Without files of the halves in between.
    expect(run(vae, 'encoded2', '--encoder', ...feeds)).toEqual(encoded);
    expect(run(vae, 'decoded2', '--decoder', ...code)).toEqual(decoded);
  });

  it('are written beside the model under their names, and say where they were cut', () => {
    const model = place('vae.onnx');
    writeFileSync(model, readFileSync(vae));
    const decoder = cli.run(['extract', model, '--decoder']);
    expect(decoder.code).toBe(0);
    expect(decoder.stderr).toContain("US2114 the decoder begins at '/Add_output_0'");
    expect(cli.run(['extract', model, '--encoder']).code).toBe(0);
    expect(cli.run(['extract', model, '--split']).code).toBe(0);
    const names = readdirSync(path.dirname(model)).filter((file) => file.startsWith('vae.'));
    expect(names.sort()).toEqual(['vae.decoder.onnx', 'vae.encoder.onnx', 'vae.onnx', 'vae.split.json']);
    const list = cli.run(['extract', place('vae.decoder.onnx'), '--list']);
    expect(list.stdout).toContain('a decoder as a whole');
  });

  it('of several the one that is asked for', () => {
    const model = place('stacked.onnx');
    writeFileSync(model, stacked());
    const first = cli.run(['extract', model, '--split', '-o', place('first')]);
    expect(first.stdout).toMatch(/bottleneck +low2 /);
    expect(first.stdout).toContain("not certain: 'low1' would do as well");
    const second = cli.run(['extract', model, '--split', '--candidate', '2', '-o', place('second')]);
    expect(second.stdout).toMatch(/bottleneck +low1 /);
    const third = cli.run(['extract', model, '--decoder', '--candidate', '3']);
    expect(third.code).toBe(1);
    expect(third.stderr).toContain('there is no candidate 3: they are numbered from 1 to 2');
  });

  it.each([
    [['--decoder', '--encoder'], 'extract --split writes both'],
    [['--decoder', '--from', 'x'], 'leave --from, --to and --auto out'],
    [['--candidate', '2'], '--candidate is for'],
    [['--decoder', '--candidate', '0'], 'has to be a number from 1'],
    [['--list', '--candidate', '2'], 'cannot be given together'],
    [['--list', '--share-weights'], 'cannot be given together'],
    [['--list', '--split'], 'cannot be given together'],
    [['--split', '--to', 'y'], 'cannot be given together'],
    [[], '--decoder, --encoder, --split, --list'],
  ])('%j is wrong usage', (args, message) => {
    const { code, stderr } = cli.run(['extract', vae, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('nothing is written over the model, or half written', () => {
    const model = place('x.decoder.onnx');
    writeFileSync(model, readFileSync(vae));
    const over = cli.run(['extract', model, '--split', '-o', place('x')]);
    expect(over.code).toBe(2);
    expect(over.stderr).toContain('is the model itself');
    expect(readFileSync(model)).toEqual(readFileSync(vae));
    expect(readdirSync(path.dirname(model)).filter((file) => file.startsWith('x.'))).toEqual(['x.decoder.onnx']);
    writeFileSync(place('file'), '');
    const inFile = cli.run(['extract', vae, '--split', '-o', path.join(place('file'), 'x')]);
    expect(inFile.code).toBe(1);
    expect(inFile.stderr).toContain('the folder cannot be made');
  });
});

function firstCase(name: string): Readonly<Record<string, string>> {
  const { cases } = JSON.parse(readFileSync(path.join(fixtures, name, 'fixture.json'), 'utf8')) as {
    cases: { inputs: Record<string, string> }[];
  };
  return cases[0]!.inputs;
}
