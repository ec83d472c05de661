/** The formats of pictures through the built program, whose decoders lie in packages of their own. */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { fixture, same, useRun } from './run-support.js';

const { cli, done, fault, array } = useRun();
const picture = (name: string) => fixture(`pictures/formats/${name}`);

beforeEach(() => {
  cli.put('same.onnx', same([1, 3, 'H', 'W']));
});

describe('a picture', () => {
  it('is fed the same as PNG, WebP and TIFF', () => {
    const values = ['rgb.png', 'lossless.webp', 'rgb-lzw.tif'].map((name) => {
      expect(done('same.onnx', '--input', picture(name), '--output-dir', name)).toContain('float32[1, 3, 19, 23]');
      return array(`${name}/y.npy`).values;
    });
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).toEqual(values[0]);
  });

  it('of a JPEG is turned as its EXIF data say, and that is said', () => {
    const stdout = done('same.onnx', '--input', picture('orientation-6.jpg'));
    expect(stdout).toContain('float32[1, 3, 23, 19]');
    expect(stdout).toContain('turned by 90° to the right, as its EXIF data say');
  });

  it('of another format is named', () => {
    const error = fault('same.onnx', '--input', picture('no-gif.gif'));
    expect(error).toContain('got       a GIF picture\n');
    expect(error).toContain('PNG, JPEG, WebP or TIFF');
  });

  it('whose header claims more than the file can hold is refused before memory is taken', () => {
    const bytes = readFileSync(picture('rgb-420.jpg'));
    const frame = bytes.indexOf(Uint8Array.of(0xff, 0xc0));
    bytes.writeUInt16BE(10_000, frame + 5);
    bytes.writeUInt16BE(10_000, frame + 7);
    cli.put('claims.jpg', bytes);
    const error = fault('same.onnx', '--input', 'claims.jpg');
    expect(error).toContain('error US2005 the JPEG picture is truncated, or its header claims too much');
  });
});
