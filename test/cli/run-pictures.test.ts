/** `unstride run` on pictures: what they become before the network is fed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decode as decodePng, encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { beforeEach, describe, expect, it } from 'vitest';
import { tensorTypeProto } from '../support/model.js';
import { cells, count, fixture, npy, same, unet, useRun } from './run-support.js';

const { cli, done, fault, array } = useRun();

describe('pictures', () => {
  it('PNG as 0 to 1, colors in planes', () => {
    cli.put('same.onnx', same([1, 3, 'H', 'W']));
    cli.put('p.png', encodePng({ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51, 0, 102, 255) }));
    const stdout = done('same.onnx', '--input', 'p.png');
    expect(stdout).toContain('inputs   x  float32[1, 3, 1, 2]  from p.png (values 0..1)\nsizes    H = 1, W = 2\n');
    const { shape, values } = array('unstride-out/y.npy');
    expect(shape).toEqual([1, 3, 1, 2]);
    [1, 0, 0, 0.4, 0.2, 1].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 6);
    });
  });

  it('JPEG', () => {
    cli.put('same.onnx', same([1, 3, 16, 16]));
    const data = new Uint8Array(16 * 16 * 4).fill(255);
    for (let i = 0; i < data.length; i += 4) data.set([128, 64, 32], i);
    cli.put('p.jpg', encodeJpeg({ width: 16, height: 16, data }, 100).data);
    done('same.onnx', '--input', 'x=p.jpg');
    const { shape, values } = array('unstride-out/y.npy');
    expect(shape).toEqual([1, 3, 16, 16]);
    for (const [channel, value] of [128, 64, 32].entries()) {
      for (const actual of values.slice(256 * channel, 256 * (channel + 1)))
        expect(Math.abs(255 * actual - value)).toBeLessThan(4);
    }
  });

  it('--normalize, with --mean after it; --channels bgr', () => {
    cli.put('open.onnx', same([1, 3, 'H', 'W']));
    cli.put('p.png', encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51) }));
    const options = ['--channels', 'bgr', '--normalize', 'bytes', '--mean', '100,110,120'];
    expect(done('open.onnx', '--input', 'p.png', ...options)).toContain(
      'from p.png (as BGR; values 0..255, less 100 110 120)\n',
    );
    expect(array('unstride-out/y.npy').values).toEqual([-49, -110, 135]);
    expect(fault('open.onnx', '--input', 'p.png', '--mean', '1,2')).toContain(
      'error US2003 --mean does not fit the channels of the input\n',
    );
  });

  it('--layout where the shape leaves it open; the place of 1, 3 or 4 channels where it does not', () => {
    cli.put('nhwc.onnx', same(['N', 'H', 'W', 3]));
    cli.put('open.onnx', same(['N', 'A', 'B', 'C']));
    cli.put('p.png', encodePng({ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51, 0, 102, 255) }));
    const interleaved = [1, 0, 0.2, 0, 0.4, 1];
    const planes = [1, 0, 0, 0.4, 0.2, 1];
    for (const [args, shape, expected] of [
      [['nhwc.onnx'], [1, 1, 2, 3], interleaved],
      [['open.onnx', '--layout', 'nhwc'], [1, 1, 2, 3], interleaved],
      [['open.onnx'], [1, 3, 1, 2], planes],
    ] as const) {
      done(...args, '--input', 'p.png');
      const result = array('unstride-out/y.npy');
      expect(result.shape).toEqual(shape);
      expected.forEach((value, i) => {
        expect(result.values[i]).toBeCloseTo(value, 6);
      });
    }
  });

  it('uint8 takes the bytes; a gray picture becomes RGB and the other way round, which is said', () => {
    const bytes = tensorTypeProto([1, 'H', 'W', 3], 'uint8');
    cli.put('bytes.onnx', same([], { inputs: { x: bytes }, outputs: { y: bytes } }));
    cli.put('gray.onnx', same([1, 1, 'H', 'W']));
    cli.put('gray.png', encodePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 200) }));
    cli.put('red.png', encodePng({ width: 1, height: 2, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 0) }));
    expect(done('bytes.onnx', '--input', 'gray.png')).toContain(
      'from gray.png (gray is repeated as RGB; values 0..255)\n',
    );
    expect(array('unstride-out/y.npy')).toEqual({
      descr: '|u1',
      shape: [1, 1, 2, 3],
      values: [7, 7, 7, 200, 200, 200],
    });
    expect(done('gray.onnx', '--input', 'red.png')).toContain('from red.png (RGB is made gray (');
    const { values } = array('unstride-out/y.npy');
    expect(values[0]).toBeCloseTo(0.299, 5);
    expect(values[1]).toBeCloseTo(0.587, 5);
  });
});

describe('of another size', () => {
  beforeEach(() => cli.put('fixed.onnx', same([1, 3, 8, 8])));

  it('are resized to the size of the input, and that is said with the reason', () => {
    cli.put('p.png', encodePng({ width: 9, height: 8, channels: 3, data: new Uint8Array(216).fill(51) }));
    cli.put('p.jpg', encodeJpeg({ width: 9, height: 8, data: new Uint8Array(288).fill(51) }, 90).data);
    for (const file of ['p.png', 'p.jpg']) {
      expect(done('fixed.onnx', '--input', file)).toContain(
        `from ${file} (resized 9×8 → 8×8: the input takes 8×8; see --fit; values 0..1)\n`,
      );
      const { shape, values } = array('unstride-out/y.npy');
      expect(shape).toEqual([1, 3, 8, 8]);
      for (const value of values) expect(Math.abs(255 * value - 51)).toBeLessThan(2);
    }
  });

  it('are resized to the nearest size that the model takes', () => {
    const gray = (width: number, height: number) =>
      encodePng({ width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => i % 251) });
    cli.put('p.png', gray(57, 41));
    const run = (...args: string[]) => done(unet, '--input', 'p.png', ...args);
    expect(run()).toContain('(resized 57×41 → 64×48: H and W must be multiples of 16; see --fit; ');
    expect(array('unstride-out/logits.npy').shape).toEqual([1, 1, 48, 64]);
    expect(run('--fit', 'crop')).toContain('(cropped 57×41 → 48×32: H and W must be multiples of 16; ');
    expect(array('unstride-out/logits.npy').shape).toEqual([1, 1, 32, 48]);
    expect(run('--dim', 'W=64')).toContain(
      '(resized 57×41 → 64×48: the input takes a width of 64; H must be a multiple',
    );
    cli.put('legal.png', gray(64, 32));
    expect(done(unet, '--input', 'legal.png')).toContain('from legal.png (values 0..1)\n');
  });

  it('--fit none is strict', () => {
    cli.put('p.png', encodePng({ width: 9, height: 8, channels: 3, data: new Uint8Array(216) }));
    expect(fault('fixed.onnx', '--input', 'p.png', '--fit', 'none')).toBe(
      [
        "error US2003 the picture does not have the size of the input 'x'",
        '  file      p.png',
        '  value     x',
        '  expected  8×8 (width × height), float32[1, 3, 8, 8]',
        '  got       9×8',
        '  hint      scale or crop the picture first, or leave out --fit none: pictures are resized without it',
        '',
      ].join('\n'),
    );
    expect(existsSync(path.join(cli.folder, 'unstride-out'))).toBe(false);
    expect(fault(unet, '--input', 'p.png', '--fit', 'none')).toContain('error US1203 ');
  });

  it('that are too small to be cropped: what would do', () => {
    cli.put('p.png', encodePng({ width: 9, height: 33, channels: 1, data: new Uint8Array(297) }));
    expect(fault(unet, '--input', 'p.png', '--fit', 'crop')).toBe(
      [
        "error US2003 there is no smaller size that the model takes close to the picture's",
        '  file      p.png',
        '  expected  H and W must be multiples of 16',
        '  got       9×33',
        '  hint      try --fit resize or pad',
        '',
      ].join('\n'),
    );
  });

  it('of more pixels than --max-pixels are refused', () => {
    cli.put('p.png', encodePng({ width: 9, height: 8, channels: 3, data: new Uint8Array(216) }));
    expect(fault('fixed.onnx', '--input', 'p.png', '--max-pixels', '71')).toContain('  expected  at most 71 pixels');
    done('fixed.onnx', '--input', 'p.png', '--max-pixels', '72');
  });

  it('that claim to be far larger than what the model takes are refused', () => {
    const [width, height] = [8000, 6251];
    cli.put('p.png', encodePng({ width, height, channels: 1, data: new Uint8Array(width * height) }));
    expect(fault('fixed.onnx', '--input', 'p.png')).toContain(
      '  expected  at most 50000000 pixels\n  got       8000×6251',
    );
  });

  it('a picture for what takes none', () => {
    expect(fault(fixture('dcgan/dynamo/model.onnx'), '--input', cells)).toContain(
      "error US2003 the input 'z' takes no picture\n",
    );
  });
});

describe('out', () => {
  it('are PNG where pictures are asked for', () => {
    cli.put('same.onnx', same(['N', 3, 'H', 'W']));
    cli.put(
      'x.npy',
      npy(
        [2, 3, 8, 9],
        count([2, 3, 8, 9]).map((i) => (i % 256) / 255),
      ),
    );
    expect(done('same.onnx', '--input', 'x.npy', '--as', 'image', '--as', 'array')).toContain(
      'unstride-out/y-0.png  RGB, values 0..1\n',
    );
    expect(readdirSync(path.join(cli.folder, 'unstride-out')).sort()).toEqual(['y-0.png', 'y-1.png', 'y.npy']);
    const second = decodePng(readFileSync(path.join(cli.folder, 'unstride-out/y-1.png')));
    expect(second).toMatchObject({ width: 9, height: 8, channels: 3, depth: 8 });
    // Pixel (row 1, column 2) of the second picture: element 1·3·72 + channel·72 + 1·9 + 2.
    const at = 3 * (9 + 2);
    expect([...second.data.slice(at, at + 3)]).toEqual([0, 1, 2].map((c) => (216 + 72 * c + 11) % 256));
    cli.put('vector.onnx', same([1, 3]));
    cli.put('v.npy', npy([1, 3]));
    done('vector.onnx', '--input', 'v.npy', '--output-dir', 'vector');
    expect(readdirSync(path.join(cli.folder, 'vector'))).toEqual(['y.npy']);
  });

  it('of the U-Net on a picture are a mask, which agrees with what was drawn, and an overlay', () => {
    const stdout = done(unet, '--input', cells, '--overlay');
    expect(readdirSync(path.join(cli.folder, 'unstride-out')).sort()).toEqual([
      'logits.mask.png',
      'logits.npy',
      'logits.overlay.png',
    ]);
    expect(stdout).toMatch(/^ {2}unstride-out\/logits\.mask\.png +class 1 where above 0: class 0 \d+\.\d %, class 1 /m);
    const { values } = array('unstride-out/logits.npy');
    const truth = decodePng(readFileSync(fixture('pictures/cells-mask.png'))).data;
    const mask = decodePng(readFileSync(path.join(cli.folder, 'unstride-out/logits.mask.png'))).data;
    let both = 0;
    let either = 0;
    for (let i = 0; i < values.length; i++) {
      const found = values[i]! > 0;
      expect(mask[i]! > 0).toBe(found);
      if (found && truth[i]! > 0) both++;
      if (found || truth[i]! > 0) either++;
    }
    expect(both / either).toBeGreaterThan(0.8);
    const overlay = decodePng(readFileSync(path.join(cli.folder, 'unstride-out/logits.overlay.png')));
    expect(overlay).toMatchObject({ width: 256, height: 256, channels: 3 });
  });
});
