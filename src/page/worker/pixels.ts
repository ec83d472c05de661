/** Pictures as a canvas takes them: red, green, blue and alpha, 8 bits each. */
import { isDeep, type Picture } from '../../pictures/picture.js';

/** @param palette the colors of the picture's one channel */
export function shownPixels(
  { width, height, channels, data }: Picture,
  palette?: readonly (readonly number[])[],
): ImageData {
  const shift = palette === undefined && isDeep(data) ? 8 : 0;
  const image = new ImageData(width, height);
  const shown = image.data;
  const hasAlpha = channels === 2 || channels === 4;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    const to = 4 * pixel;
    const color = palette?.[data[from] ?? 0];
    for (let channel = 0; channel < 3; channel++) {
      const sample = data[from + (channels >= 3 ? channel : 0)] ?? 0;
      shown[to + channel] = color?.[channel] ?? sample >> shift;
    }
    shown[to + 3] = hasAlpha ? (data[from + channels - 1] ?? 0) >> shift : 255;
  }
  return image;
}
