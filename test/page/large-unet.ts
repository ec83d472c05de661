/** A U-Net of 120 MB, made when it is needed: the twin of one, whose weights are nowhere, with zeros for weights. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
// CommonJS, whose names Node alone does not see.
import onnxProto from 'onnx-proto';

const twin = path.join(import.meta.dirname, '..', '..', 'fixtures', 'twins', 'unet-256.onnx');

/** @returns bytes of the file */
export function writeLargeUnet(file: string): number {
  const { ModelProto, TensorProto } = onnxProto.onnx;
  const model = ModelProto.decode(readFileSync(twin));
  for (const initializer of model.graph?.initializer ?? []) {
    if (!initializer.externalData?.length) continue;
    const elements = (initializer.dims ?? []).reduce<number>((product, dim) => product * Number(dim), 1);
    initializer.externalData = [];
    initializer.dataLocation = TensorProto.DataLocation.DEFAULT;
    initializer.rawData = new Uint8Array(4 * elements);
  }
  const bytes = ModelProto.encode(model).finish();
  writeFileSync(file, bytes);
  return bytes.length;
}
