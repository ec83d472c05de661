/** Sequences and optionals as ONNX's test cases have them: messages of onnx-data.proto. */
import { OptionalTensor, TensorSequence } from '../../src/ir/sequence.js';
import { readTensorProto } from '../../src/onnx/tensor-proto.js';

/** Tensors of a SequenceProto; the tensor and the sequence of an OptionalProto. */
const tensorValues = 3;
const tensorValue = 3;
const sequenceValue = 5;
const lengthDelimited = 2;

/** The messages in a message, by field. */
function* messagesIn(bytes: Uint8Array): Iterable<readonly [field: number, bytes: Uint8Array]> {
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
    const length = varint();
    if ((tag & 7) !== lengthDelimited) continue;
    yield [tag >> 3, bytes.slice(at, at + length)];
    at += length;
  }
}

export function readSequenceProto(bytes: Uint8Array): TensorSequence {
  const values = [...messagesIn(bytes)].filter(([field]) => field === tensorValues);
  const tensors = values.map(([, value]) => readTensorProto(value).tensor);
  return new TensorSequence(tensors[0]?.type ?? 'float32', tensors);
}

export function readOptionalProto(bytes: Uint8Array): OptionalTensor {
  for (const [field, value] of messagesIn(bytes)) {
    const element =
      field === tensorValue
        ? readTensorProto(value).tensor
        : field === sequenceValue
          ? readSequenceProto(value)
          : undefined;
    if (element !== undefined) return new OptionalTensor(element.type, element);
  }
  return new OptionalTensor('float32', undefined);
}
