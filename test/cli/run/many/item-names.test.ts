import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemStems } from '../../../../src/cli/run/many/item-names.js';

const stems = (...files: readonly (readonly [file: string, base: string])[]) =>
  itemStems(files.map(([file, base]) => ({ file, base })));

describe('names for results', () => {
  it('are those of the files, in folders as theirs', () => {
    expect(stems(['photos/a.jpg', 'photos'], ['photos/2020/b.png', 'photos'], ['c', '.'])).toEqual([
      'a',
      '2020/b',
      'c',
    ]);
    expect(stems(['photos/größe 1.tar.png', 'photos'])).toEqual(['größe 1.tar']);
    expect(stems(['/x/y/a.npy', '/x/y'])).toEqual(['a']);
  });

  it('begin at the common folder where two would be the same', () => {
    expect(stems(['x/a.jpg', 'x'], ['y/a.jpg', 'y'], ['y/b.jpg', 'y'])).toEqual(['x/a', 'y/a', 'y/b']);
  });

  it('keep their endings where they differ by these only', () => {
    expect(stems(['x/a.jpg', 'x'], ['x/a.png', 'x'], ['x/b.png', 'x'])).toEqual(['a.jpg', 'a.png', 'b']);
    expect(stems(['x/a.jpg', 'x'], ['x/A.png', 'x'])).toEqual(['a.jpg', 'A.png']);
  });

  it('are names that other systems take, too', () => {
    expect(stems(['x/a:b*c.png', 'x'], ['x/new\nline.png', 'x'], ['x/back\\slash.png', 'x'])).toEqual([
      'a_b_c',
      'new_line',
      'back_slash',
    ]);
    expect(stems(['x/nul.png', 'x'], ['x/Con.tar/aux ./a.png', 'x'])).toEqual(['_nul', '_Con.tar/aux__/a']);
  });

  it('are never the same, and never lead elsewhere', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
      fc.constantFrom('a', 'A', 'a.png', 'a.jpg', '.a', '...', 'é', 'e\u0301', 'é'.repeat(120)),
    );
    const name = part.map((text) => text.replace(/[/\0]/g, '_')).filter((text) => text !== '.' && text !== '..');
    const file = fc.tuple(fc.constantFrom('p', 'q', 'p/r'), fc.array(name, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 12 }), (files) => {
        const sources = files.map(([base, parts]) => ({ base, file: [base, ...parts].join('/') }));
        const unique = sources.filter(
          (source, i) => sources.findIndex((other) => path.resolve(other.file) === path.resolve(source.file)) === i,
        );
        const found = itemStems(unique);
        expect(new Set(found.map((stem) => stem.normalize('NFC').toLowerCase())).size).toBe(unique.length);
        for (const stem of found) {
          const place = path.resolve('/out', `${stem}.npy`);
          expect(place.startsWith('/out/')).toBe(true);
          for (const item of stem.split('/')) {
            expect(item).toMatch(/^[^\p{Cc}\\:*?"<>|]+$/u);
            expect(['.', '..']).not.toContain(item);
            expect(Buffer.byteLength(item)).toBeLessThanOrEqual(190);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
