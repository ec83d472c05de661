/** Sequences as ONNX's test cases have them: SequenceProto of onnx-data.proto, of which the tensors are field 3. */
import { TensorSequence } from '../../src/ir/sequence.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { readTensorProto } from '../../src/onnx/tensor-proto.js';

const tensorValues = 3;
const lengthDelimited = 2;

export function readSequenceProto(bytes: Uint8Array): TensorSequence {
  const tensors: Tensor[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const isMessage = (tag & 7) === lengthDelimited;
    const length = varint();
    if (!isMessage) continue;
    if (tag >> 3 === tensorValues) tensors.push(readTensorProto(bytes.slice(at, at + length)).tensor);
    at += length;
  }
  return new TensorSequence(tensors[0]?.type ?? 'float32', tensors);
}
