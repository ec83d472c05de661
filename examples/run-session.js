/**
 * Runs the bundled U-Net on a picture that is an array, [N, 1, H, W] in 0..1, and tells how much of it is cells.
 *
 *     node examples/run-session.js [MODEL.onnx] [IMAGE.npy]
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, ModelError } from 'unstride';
import { readFloatArray } from './float-array.js';

const unet = fileURLToPath(new URL('../fixtures/unet/dynamo', import.meta.url));
const [model = join(unet, 'model.onnx'), array = join(unet, '64x64/image.npy')] = process.argv.slice(2);

try {
  const session = await InferenceSession.create(model, { onNote: ({ text }) => process.stderr.write(`${text}\n`) });
  const [input] = session.inputNames;
  const [output] = session.outputNames;

  const results = await session.run({ [input]: readFloatArray(array) });

  const { type, dims, data } = results[output];
  const above = data.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  console.log(`${output} ${type}[${dims.join(', ')}]`);
  console.log(`above 0: ${((100 * above) / data.length).toFixed(1)} %`);
  await session.release();
} catch (error) {
  // What is wrong with a model or with what it is fed is said for people; anything else is a fault of the program.
  if (!(error instanceof ModelError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
