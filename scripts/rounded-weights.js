// Examples that come with the package are small: their weights keep the nine bits that one sees in pictures, and the zeros after
// them are compressed.
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const float = 1;

/** @param bytes of a model with its weights in it @returns those of one whose weights are multiples of a power of two */
export function withRoundedWeights(bytes) {
  const model = onnx.ModelProto.decode(bytes);
  for (const tensor of model.graph.initializer) {
    if (tensor.dataType === float && tensor.rawData?.length > 0) tensor.rawData = rounded(tensor.rawData);
  }
  return onnx.ModelProto.encode(model).finish();
}

function rounded(raw) {
  const values = new Float32Array(Uint8Array.from(raw).buffer);
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (most === 0) return raw;
  const unit = 2 ** Math.ceil(Math.log2(most / 255));
  return new Uint8Array(values.map((value) => Math.round(value / unit) * unit).buffer);
}
