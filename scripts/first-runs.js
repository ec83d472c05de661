// First runs of networks that the project has; scripts/eager-functions.js learns which functions they call. The weights of the
// larger ones are zeros: their layers are as wide as those of real networks, and take the algorithms that these take.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist] = process.argv.slice(2);
const { InferenceSession, Tensor } = await import(pathToFileURL(path.resolve(dist, 'node.js')));
const fixtures = path.join(import.meta.dirname, '..', 'fixtures');
const { twins } = JSON.parse(readFileSync(path.join(fixtures, 'twins/twins.json'), 'utf8'));

/** What open sizes are: of pictures something that all of these networks halve evenly. */
const openSizes = { batch: 1, picture: 64 };

async function firstRun(file, options = {}) {
  const session = await InferenceSession.create(path.join(fixtures, file), options);
  const feeds = session.inputMetadata.map(({ name, shape }) => {
    const dims = shape.map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      return axis === 0 ? openSizes.batch : openSizes.picture;
    });
    return [name, new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.5), dims)];
  });
  await session.run(Object.fromEntries(feeds));
  await session.release();
}

for (const name of ['dcgan-64', 'vae-64', 'unet-256']) {
  const { weights } = twins.find((twin) => twin.name === name);
  const externalData = [{ path: weights.file, data: new Uint8Array(weights.bytes) }];
  await firstRun(`twins/${name}.onnx`, { externalData });
}
for (const name of ['unet/external-data', 'segnet/torchscript', 'fcn8s/torchscript'])
  await firstRun(`${name}/model.onnx`);
for (const name of ['mobilevit.dynamo', 'swinunetr.torchscript']) await firstRun(`lookalikes/${name}.onnx`);
await firstRun('quantized/qdq-u8s8-channels.onnx');
