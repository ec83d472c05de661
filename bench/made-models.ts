/** Models that measurements are made with: as many nodes, or as many bytes of weights, as wanted. */
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

const root = protobuf.loadSync(path.join(import.meta.dirname, '..', 'schemas', 'onnx.proto'));
const ModelProto = root.lookupType('onnx.ModelProto');

export interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly external?: { readonly offset: number; readonly length: number };
}

export function modelBytes(
  nodes: readonly object[],
  weights: readonly Weight[],
  outputs: readonly string[],
): Uint8Array {
  const symbolic = ['N', '', 'H', 'W'].map((dimParam, axis) => (axis === 1 ? { dimValue: 8 } : { dimParam }));
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion: 9,
      opsetImport: [{ domain: '', version: 18 }],
      graph: {
        name: 'bench',
        node: nodes,
        initializer: weights.map(({ name, dims, external }) => ({
          name,
          dims,
          dataType: 1,
          ...(external === undefined
            ? { rawData: new Uint8Array(4 * dims.reduce((product, dim) => product * dim, 1)) }
            : {
                dataLocation: 1,
                externalData: Object.entries({ location: 'weights.bin', ...external }).map(([key, value]) => ({
                  key,
                  value: String(value),
                })),
              }),
        })),
        input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: symbolic } } } }],
        output: outputs.map((name) => ({ name })),
      },
    }),
  ).finish();
}

/** Blocks of a pooling, a convolution, a transposed convolution, a sum with what went in, and an activation. */
export function blocks(count: number): Uint8Array {
  const nodes: object[] = [];
  const ints = (name: string, ...values: number[]) => ({ name, type: 7, ints: values });
  let value = 'x';
  for (let block = 0; nodes.length < count; block++) {
    const name = (part: string) => `${part}${block}`;
    const node = (opType: string, input: string[], output: string, attribute: object[] = []) =>
      nodes.push({ opType, name: output, input, output: [output], attribute });
    node('MaxPool', [value], name('pool'), [ints('kernel_shape', 2, 2), ints('strides', 2, 2)]);
    node('Conv', [name('pool'), 'w'], name('conv'), [ints('pads', 1, 1, 1, 1)]);
    node('ConvTranspose', [name('conv'), 'u'], name('up'), [ints('strides', 2, 2)]);
    node('Add', [name('up'), value], name('sum'));
    node('Relu', [name('sum')], name('relu'));
    value = name('relu');
  }
  return modelBytes(
    nodes,
    [
      { name: 'w', dims: [8, 8, 3, 3] },
      { name: 'u', dims: [8, 8, 2, 2] },
    ],
    [value],
  );
}

/**
 * A chain of 3x3 convolutions of 256 channels, y0 … yN, whose weights are `byteLength` bytes in a file of their own (a sparse
 * one, of zeros). Writes model.onnx and weights.bin.
 */
export function writeLargeModel(
  folder: string,
  byteLength: number,
): { readonly model: string; readonly layers: number } {
  const layer = 256 * 256 * 9 * 4;
  const layers = Math.ceil(byteLength / layer);
  const file = openSync(path.join(folder, 'weights.bin'), 'w');
  ftruncateSync(file, layers * layer);
  closeSync(file);
  const weights: Weight[] = [{ name: 'first', dims: [256, 8, 3, 3] }];
  const nodes: object[] = [{ opType: 'Conv', input: ['x', 'first'], output: ['y0'] }];
  for (let i = 0; i < layers; i++) {
    weights.push({ name: `w${i}`, dims: [256, 256, 3, 3], external: { offset: i * layer, length: layer } });
    nodes.push({
      opType: 'Conv',
      input: [`y${i}`, `w${i}`],
      output: [`y${i + 1}`],
      attribute: [{ name: 'pads', type: 7, ints: [1, 1, 1, 1] }],
    });
  }
  const model = path.join(folder, 'model.onnx');
  writeFileSync(model, modelBytes(nodes, weights, [`y${layers}`]));
  return { model, layers };
}
