import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/files/npy.js';
import { npzNames, readNpz } from '../../src/files/npz.js';
import { float32, int64, type Tensor } from '../../src/ir/tensor.js';
import { problemOf } from './support.js';

const image = float32([1, 2], [0.5, 1]);
const lengths = int64([1], [3]);
const archive = zipSync({ 'image.npy': writeNpy(image).bytes, 'lengths.npy': writeNpy(lengths).bytes });

describe('readNpz', () => {
  it('reads arrays by name, packed or stored', () => {
    expect(npzNames(archive)).toEqual(['image', 'lengths']);
    expect(readNpz(archive, () => true)).toEqual(
      new Map<string, Tensor>([
        ['image', image],
        ['lengths', lengths],
      ]),
    );
    const stored = zipSync({ 'x.npy': writeNpy(image).bytes }, { level: 0 });
    expect(readNpz(stored, () => true).get('x')).toEqual(image);
  });

  it('unpacks only what is wanted', () => {
    const damaged = zipSync({ 'good.npy': writeNpy(image).bytes, 'bad.npy': new Uint8Array(5) });
    expect(readNpz(damaged, (name) => name === 'good').get('good')).toEqual(image);
    expect(problemOf(() => readNpz(damaged, () => true)).message).toBe("the array 'bad': the file is not a .npy array");
  });

  it('refuses damaged archives', () => {
    for (const bytes of [archive.subarray(0, 60), archive.subarray(30), Uint8Array.of(0x50, 0x4b, 3, 4)]) {
      expect(problemOf(() => readNpz(bytes, () => true))).toMatchObject({ code: 'US2005' });
    }
  });

  it('refuses an archive that unpacks to too much', () => {
    const bomb = zipSync({ 'x.npy': new Uint8Array(1000) });
    const view = new DataView(bomb.buffer, bomb.byteOffset, bomb.byteLength);
    const directory = bomb.length - 22 - view.getUint32(bomb.length - 10, true);
    view.setUint32(directory + 24, 0xfffffff0, true);
    expect(problemOf(() => readNpz(bomb, () => true)).message).toBe('the archive unpacks to too much');
  });
});
