/** Which axes of a result are rows, columns and channels where it is asked to be a picture. */
import { describe, expect, it } from 'vitest';
import { wantedAxes } from '../../src/present/axes.js';

const any = () => true;
const first = { batch: 0, channels: 1, rows: 2, columns: 3 };
const last = { batch: 0, channels: 3, rows: 1, columns: 2 };

describe('wantedAxes', () => {
  it.each([
    // Activations deep in a network have few rows and columns, and many channels.
    [[1, 64, 4, 3], { width: 48, height: 64 }, first],
    [[1, 64, 4, 4], { width: 64, height: 64 }, first],
    [[1, 4, 3, 64], { width: 48, height: 64 }, last],
    [[1, 4, 4, 64], { width: 65, height: 63 }, last],
    [[1, 3, 4, 40], { width: 160, height: 16 }, first],
    [[1, 512, 1, 4], { width: 5008, height: 16 }, first],
    // A picture's size comes before its proportions.
    [[1, 8, 8, 4], { width: 8, height: 8 }, last],
  ])('%j of a picture of %j', (dims, picture, axes) => {
    expect(wantedAxes(dims, any, [picture])).toEqual(axes);
  });

  it('without a picture goes by pixels, and by the layout where it is told', () => {
    expect(wantedAxes([1, 3, 20, 30], any, [])).toEqual(first);
    expect(wantedAxes([1, 20, 30, 3], any, [])).toEqual(last);
    expect(wantedAxes([1, 20, 30, 3], any, [], 'nchw')).toEqual(first);
  });
});
