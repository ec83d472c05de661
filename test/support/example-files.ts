/** Files of the names that examples in help texts give, for the examples to run on. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeNpy } from '../../src/files/npy.js';
import { float32 } from '../../src/ir/tensor.js';
import type { NodeProtoLike } from '../../src/onnx/proto.js';
import { modelBytes, nodeProto } from './model.js';

const root = path.join(import.meta.dirname, '..', '..');

export interface ExampleFiles {
  readonly folder: string;
  remove(): void;
}

/** A new folder with the files that the example may name. */
export function exampleFiles(example: string): ExampleFiles {
  const folder = mkdtempSync(path.join(tmpdir(), 'unstride-example-'));
  const put = (name: string, content: Uint8Array | string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  };
  const model = modelFor(example);
  for (const name of ['model.onnx', 'unet.onnx', 'old.onnx', 'new.onnx', 'models/unet.onnx', 'exports/unet.onnx'])
    put(name, model);
  for (const name of ['a.npy', 'b.npy']) put(name, writeNpy(float32([1, 8], new Array(8).fill(0.5))).bytes);
  put('voc.txt', Array.from({ length: 21 }, (_, i) => `class ${i}`).join('\n'));
  for (const name of ['picture.png', 'photo.jpg', 'photos/a.png', 'photos/b.png', 'photos/a.jpg', 'photos/b.jpg']) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    const source = name.endsWith('.png') ? 'fixtures/pictures/cells.png' : 'fixtures/pictures/formats/gray.jpg';
    copyFileSync(path.join(root, source), path.join(folder, name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** A U-Net for pictures; a sum for two arrays; a generator for what draws latents. */
function modelFor(example: string): Uint8Array {
  if (example.includes('a=a.npy')) {
    const nodes = [nodeProto('Add', 'a b', 'sum')];
    return modelBytes({ nodes, inputs: { a: ['N', 8], b: ['N', 8] }, outputs: { sum: ['N', 8] } });
  }
  if (example.includes('--grid')) {
    const weights = float32(
      [4, 1, 16, 16],
      Array.from({ length: 4 * 256 }, (_, i) => Math.sin(i)),
    );
    const nodes = [nodeProto('ConvTranspose', 'z weights', 'image')];
    return modelBytes({
      nodes,
      initializers: { weights },
      inputs: { z: ['N', 4, 1, 1] },
      outputs: { image: ['N', 1, 16, 16] },
    });
  }
  return modelBytes(uNet(example.includes('imagenet') ? 3 : 1));
}

/** A network that joins a value with its half, which does not fit (US1203). */
export function brokenNetwork(): Uint8Array {
  const weights = float32([3, 1, 1, 1], [1, 1, 1]);
  const nodes = [
    nodeProto('Conv', 'image weights', 'three'),
    nodeProto('MaxPool', 'three', 'half', { kernel_shape: [2, 2], strides: [2, 2] }),
    nodeProto('Concat', 'three half', 'mask', { axis: 1 }),
  ];
  const dims = (channels: number) => [1, channels, 8, 8];
  return modelBytes({ nodes, initializers: { weights }, inputs: { image: dims(1) }, outputs: { mask: dims(6) } });
}

/** Three levels, and scores of 21 classes. */
function uNet(channels: number) {
  const initializers: Record<string, ReturnType<typeof float32>> = {};
  const nodes: NodeProtoLike[] = [];
  const weights = (name: string, dims: readonly number[]) => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    initializers[name] = float32(
      dims,
      Array.from({ length: count }, (_, i) => Math.sin(i) / 4),
    );
    return name;
  };
  const conv = (input: string, output: string, from: number, to: number, activated = output) => {
    const made = activated === output ? `${output}_conv` : output;
    nodes.push(nodeProto('Conv', `${input} ${weights(`${output}_w`, [to, from, 3, 3])}`, made, { pads: [1, 1, 1, 1] }));
    nodes.push(nodeProto('Relu', made, activated));
  };
  const down = (input: string, output: string) =>
    nodes.push(nodeProto('MaxPool', input, output, { kernel_shape: [2, 2], strides: [2, 2] }));
  const up = (input: string, skip: string, output: string) => {
    nodes.push(
      nodeProto('ConvTranspose', `${input} ${weights(`${output}_up`, [4, 4, 2, 2])}`, `${output}_up_out`, {
        strides: [2, 2],
      }),
      nodeProto('Concat', `${skip} ${output}_up_out`, `${output}_cat`, { axis: 1 }),
    );
    conv(`${output}_cat`, output, 8, 4);
  };
  conv('image', 'enc1', channels, 4);
  down('enc1', 'pool1');
  conv('pool1', 'enc2', 4, 4);
  down('enc2', 'pool2');
  conv('pool2', 'enc3', 4, 4, '/down3/relu/Relu_output_0');
  nodes.push(nodeProto('Identity', '/down3/relu/Relu_output_0', 'enc3_out'));
  down('enc3_out', 'pool3');
  conv('pool3', 'bottleneck', 4, 4);
  up('bottleneck', 'enc3_out', 'dec3');
  up('dec3', 'enc2', 'dec2');
  up('dec2', 'enc1', 'dec1');
  nodes.push(nodeProto('Conv', `dec1 ${weights('head', [21, 4, 1, 1])}`, 'mask'));
  return { nodes, initializers, inputs: { image: ['N', channels, 'H', 'W'] }, outputs: { mask: ['N', 21, 'H', 'W'] } };
}
