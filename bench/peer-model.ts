/** Models of one node, written as ONNX, for the peers. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

const schema = path.join(import.meta.dirname, '..', 'schemas', 'onnx.proto');
const modelProto = protobuf.parse(readFileSync(schema, 'utf8')).root.lookupType('onnx.ModelProto');

export interface SingleNode {
  readonly op: string;
  readonly attributes: Readonly<Record<string, readonly number[] | number>>;
  readonly input: readonly number[];
  readonly initializers: readonly { readonly dims: readonly number[]; readonly data: Float32Array }[];
}

const float = 1;
const attributeInt = 2;
const attributeInts = 7;

export function singleNodeModel({ op, attributes, input, initializers }: SingleNode): Uint8Array {
  const names = initializers.map((_, i) => `w${i}`);
  const tensorType = (dims: readonly number[]) => ({
    tensorType: { elemType: float, shape: { dim: dims.map((dimValue) => ({ dimValue })) } },
  });
  const model = modelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: op,
      input: [{ name: 'x', type: tensorType(input) }],
      output: [{ name: 'y', type: { tensorType: { elemType: float } } }],
      initializer: initializers.map(({ dims, data }, i) => ({
        name: names[i],
        dims,
        dataType: float,
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      node: [
        {
          opType: op,
          input: ['x', ...names],
          output: ['y'],
          attribute: Object.entries(attributes).map(([name, value]) =>
            typeof value === 'number'
              ? { name, type: attributeInt, i: value }
              : { name, type: attributeInts, ints: value },
          ),
        },
      ],
    },
  });
  return modelProto.encode(model).finish();
}
