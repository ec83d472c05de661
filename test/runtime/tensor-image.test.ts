/** Pictures as tensors and back, where there is no canvas; test/browser has what needs one. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ImageFormat } from '../../src/runtime/tensor/factory-types.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';

/** Two pixels: red 10, green 20, blue 30, alpha 40, and so on. */
const picture = imageOf(2, 1, [10, 20, 30, 40, 50, 60, 70, 80]);

function imageOf(width: number, height: number, samples: readonly number[]): ImageData {
  return { width, height, data: Uint8ClampedArray.from(samples), colorSpace: 'srgb' };
}

describe('a tensor of a picture', () => {
  it('has planes of red, green and blue from 0 to 1', async () => {
    const tensor = await Tensor.fromImage(picture);
    expect(tensor.type).toBe('float32');
    expect(tensor.dims).toEqual([1, 3, 1, 2]);
    expect(tensor.data).toEqual(Float32Array.from([10, 50, 20, 60, 30, 70], (x) => x / 255));
  });

  it('has the channels, the order and the layout that are asked for', async () => {
    const data = async (options: Parameters<typeof Tensor.fromImage>[1]) => {
      const { dims, data } = await Tensor.fromImage(picture, { norm: { mean: 1 }, ...options });
      return { dims, data: [...data] };
    };
    expect(await data({ tensorFormat: 'BGR' })).toEqual({ dims: [1, 3, 1, 2], data: [30, 70, 20, 60, 10, 50] });
    expect(await data({ tensorFormat: 'RBG' })).toEqual({ dims: [1, 3, 1, 2], data: [10, 50, 30, 70, 20, 60] });
    expect(await data({ tensorFormat: 'RGBA' })).toEqual({
      dims: [1, 4, 1, 2],
      data: [10, 50, 20, 60, 30, 70, 40, 80],
    });
    expect(await data({ tensorLayout: 'NHWC' })).toEqual({ dims: [1, 1, 2, 3], data: [10, 20, 30, 50, 60, 70] });
    expect(await data({ tensorLayout: 'NHWC', dataType: 'uint8', tensorFormat: 'BGR' })).toEqual({
      dims: [1, 1, 2, 3],
      data: [30, 20, 10, 70, 60, 50],
    });
  });

  it('is normalized by (sample + bias) / mean, for each colour where there are several', async () => {
    const { data } = await Tensor.fromImage(picture, { norm: { mean: [2, 4, 5], bias: [-10, 0, 10] } });
    expect([...data]).toEqual([0, 20, 5, 15, 8, 16]);
  });

  it('is resized', async () => {
    const gray = imageOf(3, 2, new Array(24).fill(120));
    const tensor = await Tensor.fromImage(gray, { resizedHeight: 5, resizedWidth: 4, norm: { mean: 1 } });
    expect(tensor.dims).toEqual([1, 3, 5, 4]);
    expect(new Set(tensor.data)).toEqual(new Set([120]));
    expect((await Tensor.fromImage(gray, { resizedWidth: 6 })).dims).toEqual([1, 3, 2, 6]);
  });

  it('is refused for what is no picture', async () => {
    const refused = (image: unknown, options?: object) => expect(Tensor.fromImage(image as ImageData, options)).rejects;
    await refused({ width: 2, height: 2, data: new Uint8Array(3) }).toThrow('an ImageData, an HTMLImageElement');
    await refused(1).toThrow('an ImageData');
    await refused('https://example.org/a.png').toThrow('only browsers read pictures at an address');
    await refused(picture, { tensorFormat: 'GRB' }).toThrow("the format is 'GRB', and has to be one of RGB, RGBA");
    await refused(picture, { tensorLayout: 'HWC' }).toThrow("the tensorLayout is 'HWC'");
    await refused(picture, { dataType: 'int8' }).toThrow("the dataType is 'int8'");
    await refused(picture, { resizedWidth: 0 }).toThrow('cannot be resized to 0 × 1');
  });
});

describe('the picture of a tensor', () => {
  it('has opaque pixels of three channels, from 0 to 1', () => {
    const { width, height, data } = new Tensor('float32', [0, 1, 0.5, 1, 1, 2], [1, 3, 1, 2]).toImageData();
    expect({ width, height, data: [...data] }).toEqual({
      width: 2,
      height: 1,
      data: [0, 128, 255, 255, 255, 255, 255, 255],
    });
  });

  it('is gray of one channel, and takes the first of a batch', () => {
    const tensor = new Tensor('float16', [0, 1, 0.2, 0.3], [2, 1, 1, 2]);
    expect([...tensor.toImageData().data]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });

  it('undoes fromImage for every format and layout', async () => {
    const samples = fc.uint8Array({ minLength: 24, maxLength: 24 });
    const formats = fc.constantFrom<ImageFormat[]>('RGB', 'BGR', 'RBG', 'RGBA');
    await fc.assert(
      fc.asyncProperty(
        samples,
        formats,
        fc.constantFrom('NCHW' as const, 'NHWC' as const),
        async (bytes, format, tensorLayout) => {
          const image = imageOf(3, 2, [...bytes]);
          const tensor = await Tensor.fromImage(image, { tensorFormat: format, tensorLayout });
          const { data } = tensor.toImageData({ format, tensorLayout });
          const isOpaque = format !== 'RGBA';
          expect([...data]).toEqual([...bytes].map((byte, i) => (isOpaque && i % 4 === 3 ? 255 : byte)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is made by the ImageData that a decoder has defined in Node', () => {
    class Defined {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    }
    vi.stubGlobal('ImageData', Defined);
    const image = new Tensor('float32', [1, 0.5, 0, 1], [1, 4, 1, 1]).toImageData();
    vi.unstubAllGlobals();
    expect(image).toBeInstanceOf(Defined);
    expect([...image.data]).toEqual([255, 128, 0, 255]);
  });

  it('is refused for a tensor that is none', () => {
    const refused = (dims: number[], options?: object) =>
      expect(() => new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims).toImageData(options));
    refused([2, 2]).toThrow('a tensor of shape [2, 2] is no picture');
    refused([1, 5, 2, 2]).toThrow('NCHW with 1, 3 or 4 channels');
    refused([1, 3, 2, 2], { format: 'RGBA' }).toThrow('the format RGBA has 4 channels, and the tensor 3');
    refused([1, 3, 2, 2], { tensorLayout: 'NHWC' }).toThrow('NHWC with 1, 3 or 4 channels');
    expect(() => new Tensor('float32', new Float32Array(12), [1, 3, 2, 2]).toDataURL()).toThrow('the canvas of a page');
  });
});
