/** `unstride run` with real models on real pictures: what they show is where it is in the picture. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decode as decodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';
import { fixture, useRun } from './run-support.js';

const { done, png } = useRun();
const model = (name: string) => path.join(realModels, name, 'model.onnx');

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it('a text detector marks the lines of text', () => {
    const file = path.join(realModels, 'ppocr-v3-det', 'input.png');
    done(model('ppocr-v3-det'), '--input', file, '--normalize', 'imagenet', '--as', 'mask');
    const page = decodePng(readFileSync(file));
    const mask = png('unstride-out/sigmoid_0.tmp_0.mask.png');
    expect(mask).toMatchObject({ width: page.width, height: page.height });
    /** The rows with more than a few pixels of which `isSet` holds. */
    const rows = (isSet: (pixel: number) => boolean, least: number) =>
      Array.from({ length: page.height }, (_, y) => y).filter(
        (y) => Array.from({ length: page.width }, (_, x) => y * page.width + x).filter(isSet).length > least,
      );
    const ink = rows((pixel) => page.data[pixel * page.channels]! < 100, 8);
    const marked = rows((pixel) => mask.data[pixel] === 1, 8);
    expect(marked.length).toBeGreaterThan(0.4 * ink.length);
    expect(marked.filter((row) => !ink.includes(row)).length).toBeLessThan(0.15 * marked.length);
  });

  it('an enlarger whose convolutions have no padding gives the picture, twice as large', () => {
    const cells = fixture('pictures/cells.png');
    done(model('waifu2x-upconv7'), '--input', cells, '--fit', 'crop', '--as', 'image');
    const large = png('unstride-out/conv7.png');
    // 156 pixels of the middle, less 7 on each side.
    expect(large).toMatchObject({ width: 284, height: 284, channels: 3 });
    const small = decodePng(readFileSync(cells));
    const offset = (256 - 156) / 2 + 7;
    let difference = 0;
    for (let y = 0; y < 142; y++) {
      for (let x = 0; x < 142; x++) {
        const corner = (2 * y * 284 + 2 * x) * 3;
        const mean =
          (large.data[corner]! + large.data[corner + 3]! + large.data[corner + 852]! + large.data[corner + 855]!) / 4;
        difference += Math.abs(mean - small.data[((y + offset) * 256 + x + offset) * small.channels]!);
      }
    }
    expect(difference / 142 ** 2).toBeLessThan(10);
  });
});
