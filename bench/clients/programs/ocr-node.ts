/** @gutenye/ocr-node reads two lines with the three networks that it comes with. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ocr from '@gutenye/ocr-node';
import { measure, print } from './answer.js';
import { writing } from './pictures.js';

const file = path.join(import.meta.dirname, 'writing.png');
writeFileSync(file, await writing(['THE PLAN', 'SEALS 4 7 1']));
print(
  await measure(
    () => Ocr.create(),
    async (ocr) => {
      const lines = await ocr.detect(file);
      return {
        texts: lines.map(({ text }) => text),
        corners: lines.flatMap(({ box }) => box.flat()),
        certainties: lines.map(({ mean }) => mean),
      };
    },
  ),
);
rmSync(file);
