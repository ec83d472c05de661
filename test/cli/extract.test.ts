/** `unstride extract`, and the options of it that `unstride run` has too. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../src/ir/tensor.js';
import { openModel } from '../../src/runtime/open.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const unet = path.join(fixtures, 'unet', 'valid-torchscript', 'model.onnx');
const skips = [3, 2, 1, 0].map((level) => `/down.${level}/Relu_1_output_0`);

describe('unstride extract', () => {
  const cli = useCli('extract');
  const files = () => readdirSync(cli.folder).sort();
  const place = (name: string) => path.join(cli.folder, name);

  it('writes a decoder, and says what it is', async () => {
    const names = ['/down.4/Relu_1_output_0', ...skips].join(',');
    const { code, stdout, stderr } = cli.run(
      ['extract', unet, '--from', names, '--to', 'logits', '-o', 'decoder.onnx'],
      cli.folder,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('float32[N, 64, floor((H - 124)/16), floor((W - 124)/16)]');
    expect(stdout).toMatch(/^whole +185 +122 k +475 KiB/m);
    expect(stdout).toMatch(/^part +161 +47\.8 k +187 KiB/m);
    expect(stdout).toMatch(/^wrote decoder\.onnx, 2\d\d KiB$/m);
    const { model } = await openModel(place('decoder.onnx'));
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(names.split(','));
    expect(model.producer.name).toBe('pytorch');
    // Another codec reads it, with types for what is inside.
    const proto = onnx.ModelProto.decode(readFileSync(place('decoder.onnx')));
    expect(proto.graph?.valueInfo?.length).toBeGreaterThan(100);
    expect(proto.graph?.output?.[0]?.type?.tensorType?.elemType).toBe(1);
    expect(cli.run(['check', 'decoder.onnx'], cli.folder)).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is missing, and takes it with --auto', () => {
    const args = ['extract', unet, '--from', '/down.4/Relu_1', '-o', 'decoder.onnx'];
    const failed = cli.run(args, cli.folder);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      `error US2102 '/down.4/Relu_1_output_0' alone does not reach 'logits': also needs ${skips.map((name) => `'${name}'`).join(', ')} (skips), or start earlier at`,
    );
    expect(files()).toEqual([]);
    const { code, stdout, stderr } = cli.run([...args, '--auto'], cli.folder);
    expect(code).toBe(0);
    expect(stdout.match(/\(added\)/g)).toHaveLength(4);
    expect(stderr).toContain('info US2108');
    const json = JSON.parse(cli.run([...args, '--auto', '--json'], cli.folder).stdout) as { added: string[] };
    expect(json.added).toEqual(skips);
  });

  it('offers names that are near', () => {
    const { code, stderr } = cli.run(['extract', unet, '--from', '/down.4/Relu_l_output_0'], cli.folder);
    expect(code).toBe(1);
    expect(stderr).toContain("US2101 the model has no value and no node named '/down.4/Relu_l_output_0'");
    expect(stderr).toContain("near it are '/down.4/Relu_1_output_0'");
  });

  it('takes commas as they are in names', () => {
    const model = modelBytes({
      inputs: { x: [2] },
      outputs: { y: [2] },
      nodes: [nodeProto('Relu', 'x', 'a'), nodeProto('Neg', 'a', 'b,c'), nodeProto('Add', 'b,c a', 'y')].map((node) =>
        node.opType === 'Neg' ? { ...node, output: ['b,c'] } : node,
      ),
    });
    cli.put('model.onnx', model);
    const { code, stdout } = cli.run(['extract', 'model.onnx', '--from', 'a,b,c'], cli.folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^input +a +float32\[2\]\ninput +b,c +float32\[2\]$/m);
    expect(files()).toEqual(['model.onnx', 'model.part.onnx']);
  });

  it('copies the external weights that the part needs, or shares them where they are', async () => {
    const source = path.join(fixtures, 'unet', 'external-data');
    for (const name of ['model.onnx', 'weights.bin']) copyFileSync(path.join(source, name), place(name));
    mkdirSync(place('elsewhere'));
    const args = ['extract', 'model.onnx', '--from', 'relu_9', '--auto'];
    const copied = cli.run([...args, '-o', 'elsewhere/part.onnx', '--json'], cli.folder);
    expect(copied.code).toBe(0);
    const { weights } = JSON.parse(copied.stdout) as { weights: { file: string; byteLength: number } };
    expect(weights.file).toBe(path.join('elsewhere', 'part.onnx.data'));
    expect(readFileSync(place(weights.file)).length).toBe(weights.byteLength);
    const whole = readFileSync(place('weights.bin')).length;
    expect(weights.byteLength).toBeLessThan(whole / 2);

    expect(cli.run([...args, '-o', 'shared.onnx', '--share-weights'], cli.folder).code).toBe(0);
    expect(files()).toEqual(['elsewhere', 'model.onnx', 'shared.onnx', 'weights.bin']);
    const [a, b] = await Promise.all(['elsewhere/part.onnx', 'shared.onnx'].map((name) => openModel(place(name))));
    const elements = (model: typeof a) =>
      [...model!.model.graph.constants].map(([{ name }, constant]) => [name, constant.load().data]);
    expect(elements(b)).toEqual(elements(a));
    const far = cli.run([...args, '-o', 'elsewhere/other.onnx', '--share-weights'], cli.folder);
    expect(far).toMatchObject({ code: 1, stdout: '' });
    expect(far.stderr).toContain('US1012 the weights cannot be shared');
  });

  it('never writes over the model or its weights', () => {
    const source = path.join(fixtures, 'unet', 'external-data');
    for (const name of ['model.onnx', 'weights.bin']) copyFileSync(path.join(source, name), place(name));
    const before = ['model.onnx', 'weights.bin'].map((name) => readFileSync(place(name)));
    for (const [output, code, message] of [
      ['model.onnx', 2, '--output model.onnx is the model itself'],
      [path.join('..', path.basename(cli.folder), 'model.onnx'), 2, 'is the model itself'],
      ['./weights.bin', 1, 'US1012'],
    ] as const) {
      const result = cli.run(['extract', 'model.onnx', '--from', 'relu_9', '--auto', '-o', output], cli.folder);
      expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
    }
    expect(['model.onnx', 'weights.bin'].map((name) => readFileSync(place(name)))).toEqual(before);
  });

  it('is told where to cut', () => {
    writeFileSync(place('model.onnx'), 'nonsense');
    for (const [args, message] of [
      [[], 'extract is given neither --from nor --to'],
      [['--auto'], '--auto is for parts of a model'],
      [['--to', 'y', '--auto'], '--auto adds to --from'],
      [['--from', 'x,,y'], '--from has an empty name in it'],
      [['--from', 'x', '-o', 'a', '--output', 'b'], "the option '--output' is given 2 times"],
      [['--from', 'x', '-o'], "the option '-o' needs a value"],
    ] as const) {
      const { code, stderr } = cli.run(['extract', 'model.onnx', ...args], cli.folder);
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(message);
    }
    expect(cli.run(['extract', 'model.onnx', '--from', 'x', '-o', 'no/such/folder/p.onnx'], cli.folder).code).toBe(1);
  });

  it('says what of the disk is in the way', () => {
    cli.put('in-the-way', 'x');
    const { code, stderr } = cli.run(['extract', unet, '--to', '/down.0/Relu', '-o', 'in-the-way/p.onnx'], cli.folder);
    expect(code).toBe(1);
    expect(stderr).toContain('US2010');
  });
});

describe('unstride run of a part', () => {
  const cli = useCli('run-part');

  it('gives what the whole gives, an encoder after the other half', () => {
    const sizes = ['--dim', 'N=1,H=196,W=204', '--precision', 'strict'];
    const encoded = ['/down.4/Relu_1_output_0', ...skips];
    const run = (args: readonly string[]) => {
      const { code, stderr } = cli.run(['run', unet, '--precision', 'strict', ...args], cli.folder);
      expect(code, stderr).toBe(0);
    };
    run(['--input', 'random', '--seed', '5', ...sizes.slice(0, 2), '--output-dir', 'whole']);
    run(['--to', encoded.join(','), '--input', 'random', '--seed', '5', ...sizes.slice(0, 2), '--output-dir', 'codes']);
    const inputs = encoded.flatMap((name) => ['--input', `${name}=codes/${name.replaceAll('/', '_')}.npy`]);
    run(['--from', encoded[0]!, '--auto', ...inputs, '--output-dir', 'decoded']);
    const result = (folder: string) => readFileSync(path.join(cli.folder, folder, 'logits.npy'));
    expect(result('decoded').equals(result('whole'))).toBe(true);
  });

  it('looks at an inner value', () => {
    cli.put(
      'model.onnx',
      modelBytes({
        inputs: { x: [2], unneeded: [2] },
        outputs: { y: [2] },
        nodes: [nodeProto('Mul', 'x three', 'inner'), nodeProto('Add', 'inner unneeded', 'y')],
        initializers: { three: float32([], [3]) },
      }),
    );
    const { code, stdout } = cli.run(['run', 'model.onnx', '--to', 'inner', '--input', 'random', '--json'], cli.folder);
    expect(code).toBe(0);
    const { inputs, outputs } = JSON.parse(stdout) as { inputs: { name: string }[]; outputs: { name: string }[] };
    expect([inputs, outputs].map((list) => list.map(({ name }) => name))).toEqual([['x'], ['inner']]);
  });
});
