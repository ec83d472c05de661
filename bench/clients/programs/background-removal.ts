/** @imgly/background-removal-node cuts out a ball, with the network that its argument names. */
import { removeBackground } from '@imgly/background-removal-node';
import { measure, print } from './answer.js';
import { ball } from './pictures.js';

const [model] = process.argv.slice(2);
print(
  await measure(
    async () => new Blob([await ball()], { type: 'image/png' }),
    async (picture) => {
      const cut = await removeBackground(picture, { model, output: { format: 'image/x-rgba8' } });
      const pixels = new Uint8Array(await cut.arrayBuffer());
      return { alpha: [...pixels.filter((_, i) => i % 4 === 3)] };
    },
  ),
);
