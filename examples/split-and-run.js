/**
 * Splits a model where its decoder begins, runs both halves one after the other, and compares with the whole.
 *
 *     node examples/split-and-run.js [MODEL.onnx] [INPUT.npy]
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findDecoder, formatShape, InferenceSession, openModel, splitModel } from 'unstride';
import { readFloatArray } from './float-array.js';

const unet = fileURLToPath(new URL('../fixtures/unet/dynamo', import.meta.url));
const [file = join(unet, 'model.onnx'), array = join(unet, '64x64/image.npy')] = process.argv.slice(2);

const { model } = await openModel(file);

// Where the decoder may begin, the outermost first, each with its reasons.
const { kind, candidates } = findDecoder(model);
const [first] = candidates;
if (first === undefined) throw new Error(`${file} has no decoder`);
console.log(`${kind}, decoder from '${first.bottleneck}': ${first.reasons[0]}`);
for (const { name, role, shape, scale } of first.crossing)
  console.log(`  ${role} '${name}' ${shape === undefined ? '' : formatShape(shape)} at ${scale}`);

const { encoder, decoder, join: halves } = splitModel(model);
const [whole, encoding, decoding] = await Promise.all([model, encoder, decoder].map((m) => InferenceSession.create(m)));

const feeds = { [whole.inputNames[0]]: readFloatArray(array) };
const expected = await whole.run(feeds);

const encoded = await encoding.run(feeds);
// What crosses may have another name in each half. Inputs of the model that the decoder reads itself it is given as well.
const code = Object.fromEntries(halves.values.map((value) => [value.decoder, encoded[value.encoder]]));
const direct = Object.fromEntries(halves.inputs.decoder.map((name) => [name, feeds[name]]));
const decoded = await decoding.run({ ...code, ...direct });

for (const name of halves.outputs.decoder) {
  const [a, b] = [expected[name].data, decoded[name].data];
  const difference = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  console.log(`${name}: the halves differ from the whole by at most ${difference}`);
}
await Promise.all([whole, encoding, decoding].map((session) => session.release()));
