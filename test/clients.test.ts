/** What `npm run clients` makes of answers; the clients themselves want a registry, and are run by it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clients } from '../bench/clients/clients.js';
import { difference } from '../bench/clients/compare.js';

const folder = path.join(import.meta.dirname, '..', 'bench', 'clients');

describe('answers of clients', () => {
  const exact = { numbers: 0 };

  it('are the same where numbers are near and texts equal', () => {
    const there = { values: [1, -2, 0.5], texts: ['a', 'b'] };
    expect(difference(there, { values: [1.01, -2.01, 0.49], texts: ['a', 'b'] }, { numbers: 0.011 })).toBeUndefined();
  });

  it.each([
    [{ x: [1, 2] }, { x: [1, 2.5] }, 'x: 1 of 2 differ, first [1]: 2, and 2.5 with unstride'],
    [{ x: [1] }, { x: [Number.NaN] }, 'x: 1 of 1 differ, first [0]: 1, and null with unstride'],
    [{ x: ['1'] }, { x: [1] }, 'x: 1 of 1 differ, first [0]: "1", and 1 with unstride'],
    [{ x: [1, 2] }, { x: [1] }, 'x: 2 elements, and 1 with unstride'],
    [{ x: [1] }, {}, 'x: 1 elements, and 0 with unstride'],
    [{}, { x: [1] }, 'x: onnxruntime gave nothing, so nothing is compared'],
    [{ x: [] }, { x: [] }, 'x: onnxruntime gave nothing, so nothing is compared'],
    [{}, {}, 'there are no results'],
  ])('differ: %j and %j', (there, here, words) => {
    expect(difference(there, here, exact)).toBe(words);
  });

  it('differ by one element too many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(100), (count, percent) => {
        const outliers = percent / 100;
        const allowed = Math.floor(count * outliers);
        const zeros = new Array<number>(count).fill(0);
        const changed = (few: number) => zeros.map((_, i) => (i < few ? 1 : 0));
        const verdict = (few: number) => difference({ x: zeros }, { x: changed(few) }, { numbers: 0.5, outliers });
        expect(verdict(allowed)).toBeUndefined();
        if (allowed < count) expect(verdict(allowed + 1)).toContain(`${allowed + 1} of ${count} differ`);
      }),
    );
  });
});

describe('the list of clients', () => {
  const list = clients({ product: 'product.onnx', bert: 'tiny-bert' });

  it('names programs that are there', () => {
    for (const { name, program } of list)
      if (program !== undefined) expect(existsSync(path.join(folder, 'programs', `${program}.ts`)), name).toBe(true);
  });

  it('has a client for every package that is installed for one', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const packages = Object.keys(dependencies).filter((name) => name.startsWith('@'));
    for (const name of packages) {
      const client = path.posix.basename(name).replace(/^background-removal-node$/, 'background-removal');
      expect(
        list.some((entry) => entry.name.startsWith(client)),
        name,
      ).toBe(true);
    }
  });
});
