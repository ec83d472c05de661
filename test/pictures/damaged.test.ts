/** Damaged pictures: a picture or a problem, never anything else; and no memory for what headers merely claim. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { pictureInfo, readPicture } from '../../src/pictures/read-picture.js';
import { cases, isAbsent, titleFor } from '../support/shared-data.js';
import { rejectedProblem, withChecksums } from './support.js';

const folder = path.join(import.meta.dirname, '../../fixtures/pictures/formats');
const claimingJpeg = path.join(cases, 'jpeg-that-claims', 'claims.jpg');
const read = (name: string) => new Uint8Array(readFileSync(path.join(folder, name)));

/** What became of the file: its size, or the message. Other errors go on. */
async function outcome(bytes: Uint8Array, maxPixels = 1_000_000): Promise<string> {
  pictureInfo(bytes);
  try {
    const { width, height, channels, data } = await readPicture(bytes, { maxPixels });
    expect(data.length).toBe(width * height * channels);
    return `${width}×${height}`;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.problem.code).toBe('US2005');
    return error.problem.message;
  }
}

const files = readdirSync(folder).filter((name) => name !== 'expected.npz');

describe.each(['png', 'jpg', 'webp', 'tif'])('a .%s file', (ending) => {
  const samples = files.filter((name) => name.endsWith(`.${ending}`)).map(read);
  const sample = fc.constantFrom(...samples);

  it('is a picture or a problem, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(sample, fc.double({ min: 0, max: 1, noNaN: true }), async (bytes, share) => {
        await outcome(bytes.subarray(0, Math.floor(share * bytes.length)));
      }),
      { numRuns: 60 },
    );
  });

  it('is a picture or a problem with bytes changed', async () => {
    const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(sample, changes, async (bytes, list) => {
        const changed = bytes.slice();
        for (const [share, value] of list) changed[Math.floor(share * (bytes.length - 1))] = value;
        await outcome(ending === 'png' ? withChecksums(changed) : changed);
      }),
      { numRuns: 150 },
    );
  });

  it('is a picture or a problem with parts moved, repeated and replaced', async () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(sample, place, place, place, fc.uint8Array({ maxLength: 40 }), async (bytes, a, b, c, noise) => {
        const [from, to, at] = [a, b, c].map((share) => Math.floor(share * bytes.length)) as [number, number, number];
        const part = [...bytes.subarray(Math.min(from, to), Math.max(from, to)), ...noise];
        const head = bytes.slice(0, Math.max(12, at));
        await outcome(Uint8Array.from([...head, ...part, ...bytes.subarray(at)]));
      }),
      { numRuns: 60 },
    );
  });
});

describe('headers that lie', () => {
  /** The file with a size of `size` × `size` in its frame header. */
  function claiming(bytes: Uint8Array, size: number): Uint8Array {
    const changed = bytes.slice();
    const frame = changed.findIndex((byte, i) => byte === 0xff && (changed[i + 1] === 0xc0 || changed[i + 1] === 0xc2));
    new DataView(changed.buffer).setUint32(frame + 5, (size << 16) | size);
    return changed;
  }

  it.each(['gray.jpg', 'rgb-420.jpg', 'progressive.jpg', 'cmyk.jpg'])('%s cannot hold 10000 × 10000', async (name) => {
    expect(await rejectedProblem(readPicture(claiming(read(name), 10_000)))).toMatchObject({
      message: 'the JPEG picture is truncated, or its header claims too much',
    });
  });

  it.skipIf(isAbsent(claimingJpeg))(titleFor('619 bytes of JPEG hold no 10000 × 10000', claimingJpeg), async () => {
    expect(await rejectedProblem(readPicture(new Uint8Array(readFileSync(claimingJpeg))))).toMatchObject({
      message: 'the JPEG picture is truncated, or its header claims too much',
      actual: expect.stringMatching(/^\d+$/),
    });
  });

  it('of PNG are held against what its data can unpack to', async () => {
    const bytes = read('rgb.png');
    const view = new DataView(bytes.buffer);
    view.setUint32(16, 10_000);
    view.setUint32(20, 10_000);
    expect(await outcome(withChecksums(bytes), 100_000_000)).toBe('the PNG picture is truncated');
  });

  it('of TIFF are held against what its strips can unpack to', async () => {
    const bytes = read('rgb-lzw.tif');
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    for (let entry = directory + 2; view.getUint16(entry, true) <= 278; entry += 12)
      if ([256, 257, 278].includes(view.getUint16(entry, true))) view.setUint16(entry + 8, 9999, true);
    expect(await outcome(bytes, 100_000_000)).toBe('the TIFF picture is damaged');
  });
});

describe('the limit of pixels', () => {
  it.each(['rgb.png', 'rgb-444.jpg', 'progressive.jpg', 'cmyk.jpg', 'lossless.webp', 'lossy.webp', 'tiles.tif'])(
    'refuses %s before it is decoded',
    async (name) => {
      const bytes = read(name);
      expect(await rejectedProblem(readPicture(bytes, { maxPixels: 436 }))).toMatchObject({
        expected: 'at most 436 pixels',
        actual: '23×19',
      });
      expect(await outcome(bytes, 437)).toBe('23×19');
    },
  );
});

describe('truncated files', () => {
  it.each([
    ['rgb.png', 'the PNG picture is truncated'],
    ['rgb-444.jpg', 'the JPEG picture is truncated'],
    ['progressive.jpg', 'the JPEG picture is truncated'],
    ['cmyk.jpg', 'the JPEG picture is truncated'],
    ['lossy.webp', 'the WebP picture is truncated'],
    ['lossless.webp', 'the WebP picture is truncated'],
    ['strips.tif', 'the TIFF picture is truncated'],
  ])('are said to be: %s', async (name, message) => {
    const bytes = read(name);
    expect(await outcome(bytes.subarray(0, bytes.length - 200))).toBe(message);
  });

  it('are said to be where the data end and the file goes on', async () => {
    const bytes = read('rgb-444.jpg');
    const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
    const ended = Uint8Array.from([...bytes.subarray(0, scan + 100), 0xff, 0xd9]);
    expect(await rejectedProblem(readPicture(ended))).toMatchObject({
      message: 'the JPEG picture is damaged',
      actual: expect.stringContaining('premature end'),
    });
  });
});

describe('decoders', () => {
  it('read the next picture after a damaged one, also at the same time', async () => {
    for (const [good, ending] of [
      ['rgb-444.jpg', 'jpg'],
      ['lossless.webp', 'webp'],
    ] as const) {
      const bytes = read(good);
      const damaged = bytes.slice();
      // Behind the headers, which are checked before.
      const start =
        ending === 'jpg' ? damaged.findIndex((byte, i) => byte === 0xff && damaged[i + 1] === 0xc4) + 5 : 30;
      damaged.fill(0xaa, start, start + 12);
      const results = await Promise.all([bytes, damaged, bytes, damaged, bytes].map((item) => outcome(item)));
      expect([results[0], results[2], results[4]]).toEqual(['23×19', '23×19', '23×19']);
      expect(results[1]).toContain('damaged');
      expect(results[3]).toContain('damaged');
    }
  });
});
