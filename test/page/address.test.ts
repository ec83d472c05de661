import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAddress, writeAddress } from '../../src/page/address.js';

it('holds the example, sizes and the layer, and comes back as it was', () => {
  const address = fc.record({
    example: fc.option(fc.string(), { nil: undefined }),
    sizes: fc.array(fc.tuple(fc.string(), fc.integer({ min: 1 }))).map((entries) => new Map(entries)),
    layer: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(address, (given) => {
      expect(readAddress(writeAddress(given))).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['', { example: undefined, sizes: new Map(), layer: undefined }],
  ['#example=unet&size.H=256&layer=3', { example: 'unet', sizes: new Map([['H', 256]]), layer: 3 }],
  ['#size.H=0&size.W=-1&layer=x', { example: undefined, sizes: new Map(), layer: undefined }],
  ['#size.layer=2', { example: undefined, sizes: new Map([['layer', 2]]), layer: undefined }],
])('reads %j', (hash, address) => {
  expect(readAddress(hash)).toEqual(address);
});
