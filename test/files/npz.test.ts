import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/files/npy.js';
import { npzNames, npzPieces, readNpz } from '../../src/files/npz.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
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

describe.each([
  ['packed', 6, 1032],
  ['stored', 0, 1],
] as const)('an entry that is %s', (_, level, ratio) => {
  it('is refused before memory is taken where it claims more than its bytes can be', () => {
    const claiming = zipSync({ 'x.npy': writeNpy(image).bytes }, { level });
    const view = new DataView(claiming.buffer, claiming.byteOffset, claiming.byteLength);
    const directory = claiming.length - 22 - view.getUint32(claiming.length - 10, true);
    const bytes = view.getUint32(directory + 20, true);
    view.setUint32(directory + 24, 2 ** 30, true);
    expect(problemOf(() => readNpz(claiming, () => true))).toMatchObject({
      code: 'US2005',
      data: { array: 'x.npy', claimed: 2 ** 30, bytes, most: bytes * ratio },
    });
  });
});

describe('npzPieces', () => {
  const arrays = new Map<string, Tensor>([
    ['__proto__', image],
    ['a/b:0', lengths],
    ['empty', float32([0, 3], [])],
    ['größe', float32([300_000], new Float32Array(300_000))],
  ]);

  it.each([false, true])('make an archive that is read back as it was (packed: %s)', (compress) => {
    const pieces = [...npzPieces(arrays, { compress })];
    const bytes = new Uint8Array(Buffer.concat(pieces));
    expect(pieces.length).toBeGreaterThan(5);
    expect(npzNames(bytes)).toEqual([...arrays.keys()]);
    expect(readNpz(bytes, () => true)).toEqual(arrays);
    expect(bytes.length < 100_000).toBe(compress);
    expect([...npzPieces(arrays, { compress })]).toEqual(pieces);
  });

  it('refuse what has no NumPy form', () => {
    const text = new Tensor('string', [1], ['a']);
    expect(problemOf(() => [...npzPieces(new Map([['x', text]]))]).code).toBe('US2010');
  });
});
