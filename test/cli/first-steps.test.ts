/** What a user meets first: the program alone, a model without a command, help, typing errors, a first configuration. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/contract/config.js';
import { useCli } from '../support/cli.js';
import { brokenNetwork } from '../support/example-files.js';
import { modelBytes, nodeProto } from '../support/model.js';

const cli = useCli('first-steps');
const unet = path.join(import.meta.dirname, '..', '..', 'fixtures/unet/dynamo/model.onnx');

function putUNet(name = 'unet.onnx'): void {
  mkdirSync(path.dirname(path.join(cli.folder, name)), { recursive: true });
  copyFileSync(unet, path.join(cli.folder, name));
}

it('a model without a command is summed up and checked', () => {
  putUNet();
  const { code, stdout, stderr } = cli.run(['unet.onnx', '--dim', 'N=1'], cli.folder);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('\n    layers    49: 19 Conv, 18 Relu, 4 MaxPool, 4 ConvTranspose, 4 Concat\n');
  expect(stdout).toMatch(/\n {4}cost {6}122 k parameters \(475 KiB\), .* MACs\n/);
  expect(stdout).toContain('H, W: multiple of 16');
});

it('the program alone checks the models that it finds, and prints its help where there are none', () => {
  const none = cli.run([], cli.folder);
  expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('Commands:') });
  putUNet('a/b/unet.onnx');
  putUNet('node_modules/some/net.onnx');
  const found = cli.run([], cli.folder);
  expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ a/b/unet.onnx\n    model ') });
  expect(found.stdout).toContain('1 model: no findings');
  expect(found.stderr).toContain('found a model in this folder');
});

it('help explains a command', () => {
  expect(cli.run(['help', 'rules']).stdout).toBe(cli.run(['rules', '--help']).stdout);
  expect(cli.run(['help']).stdout).toContain('\n  completion <shell> ');
});

it.each([
  [['chekc', 'a.onnx'], "unknown command 'chekc'; did you mean 'check'?"],
  [['help', 'inspct'], "unknown command 'inspct'; did you mean 'inspect'?"],
  [['check', '--formt', 'json'], "unknown option '--formt'; did you mean '--format'?"],
  [['run', 'a.onnx', '--out', 'x'], "unknown option '--out'; did you mean '--output-dir' or '--output-npz'?"],
  [['completion', 'zhs'], "there is no completion for 'zhs'; did you mean 'zsh'?"],
  [['check', '--dim', 'N=-1'], "--dim N=-1: -1 is no size for 'N', which takes a whole number of at least 1"],
  [['check', '--dim', 'N=1.5,H=256'], "1.5 is no size for 'N'"],
])('%j', (args, message) => {
  const { code, stderr } = cli.run(args, cli.folder);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});

it('init writes a configuration that the models keep to', () => {
  putUNet('nets/unet [1].onnx');
  const nodes = [nodeProto('Relu', 'in', 'out')];
  const strange = { in: ['batch size', 3], out: ['batch size', 3] };
  cli.put('strange.onnx', modelBytes({ nodes, inputs: { in: strange.in }, outputs: { out: strange.out } }));
  cli.put('broken.onnx', 'no model');
  const { code, stdout, stderr } = cli.run(['init'], cli.folder);
  expect([code, stdout]).toEqual([0, 'wrote unstride.config.yaml with 2 models; unstride check holds them to it\n']);
  expect(stderr).toContain('broken.onnx');
  const text = readFileSync(path.join(cli.folder, 'unstride.config.yaml'), 'utf8');
  expect(text).toContain('image: "float32[N, 1, H, W]"');
  expect(text).toContain('in: "float32[*, 3]"');
  expect(parseConfig(text).models.map(({ files }) => files)).toEqual([['nets/unet \\[1\\].onnx'], ['strange.onnx']]);
  const checked = cli.run([], cli.folder);
  expect(checked.stdout).toContain('2 models: ');
  expect(checked.code, checked.stdout).toBe(0);
  expect(cli.run(['init'], cli.folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'there is a configuration, unstride.config.yaml; change it, or replace it with --force',
    ),
  });
  expect(cli.run(['init', 'strange.onnx', '--force'], cli.folder).code).toBe(0);
});

it('of many models --quiet prints those that fail, and the summary', () => {
  putUNet('a.onnx');
  cli.put('b.onnx', brokenNetwork());
  const { code, stdout } = cli.run(['check', '.', '--quiet'], cli.folder);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^✗ b\.onnx\n/);
  expect(stdout).not.toContain('a.onnx');
  expect(stdout).toMatch(/\n2 models, 1 fails: 1 error\b.*\n$/);
  expect(cli.run(['check', 'a.onnx', '--quiet'], cli.folder).stdout).toBe('1 model: no findings\n');
});

it('run --quiet writes files and says nothing, unless something is wrong', () => {
  cli.put('relu.onnx', modelBytes({ nodes: [nodeProto('Relu', 'x', 'y')], inputs: { x: [2] }, outputs: { y: [2] } }));
  const { code, stdout, stderr } = cli.run(['run', 'relu.onnx', '--input', 'random', '--quiet'], cli.folder);
  expect([code, stdout, stderr]).toEqual([0, '', '']);
  expect(existsSync(path.join(cli.folder, 'unstride-out/y.npy'))).toBe(true);
  expect(cli.run(['run', 'relu.onnx', '--quiet'], cli.folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("the input 'x' is not given"),
  });
});

it('a model comes from standard input alike, whatever the command', () => {
  const input = readFileSync(unet);
  expect(cli.run(['check', '-'], cli.folder, { input }).stdout).toContain('✓ <stdin>');
  expect(cli.run(['inspect', '-'], cli.folder, { input }).stdout).toMatch(/^<stdin>\n/);
  const ran = cli.run(['run', '-', '--input', 'random', '--dim', 'N=1,H=16,W=16'], cli.folder, { input });
  expect(ran.code, ran.stderr).toBe(0);
  expect(existsSync(path.join(cli.folder, 'unstride-out/logits.npy'))).toBe(true);
  expect(cli.run(['run', '-', '--input', '-'], cli.folder, { input })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the model and a list of files are to come from standard input'),
  });
});

it('--watch checks again after a change', { timeout: 90_000 }, async () => {
  putUNet('net.onnx');
  const watching = cli.start(['check', '.', '--watch'], cli.folder);
  let text = '';
  const until = (wanted: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => (wanted.test(text) ? resolve() : undefined);
      watching.stderr.on('data', look);
      watching.stdout.on('data', look);
      watching.on('exit', () => reject(new Error(`ended: ${text}`)));
      look();
    });
  watching.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
  watching.stderr.on('data', (chunk: Buffer) => (text += String(chunk)));
  await until(/1 model: no findings\n[\s\S]*watching/);
  text = '';
  cli.put('net.onnx', brokenNetwork());
  await until(/1 model: 1 error[\s\S]*watching/);
  watching.kill('SIGINT');
  expect(await new Promise((resolve) => watching.once('close', resolve))).toBe(0);
});
