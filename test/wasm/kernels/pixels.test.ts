/** The kernels that go over pixels: elementwise, layouts, halos, pooling, resampling. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementwise } from '../../../src/wasm/kernels/elementwise.js';
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  leakyRelu,
  unary,
  where,
} from '../../../src/wasm/kernels/elementwise-expression.js';
import type { TranscendentalName } from '../../../src/wasm/kernels/functions.js';
import { fromOnnxOrder, toOnnxOrder, zeroHalo } from '../../../src/wasm/kernels/layout.js';
import { type PoolingParams, pooling } from '../../../src/wasm/kernels/pooling.js';
import { type ResampleTap, resample, resampleTable } from '../../../src/wasm/kernels/resample.js';
import type { CircularName } from '../../../src/wasm/kernels/trigonometry.js';
import type { Halo } from '../../../src/wasm/kernels/views.js';
import { noise } from './noise.js';
import { runKernel, tiers } from './run-kernel.js';
import { elementCount, elementsOf, forEachElement, isOnlyViewChanged, nhwc8Tensor, type Size } from './tensors.js';

const size = fc.record<Size>({
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 21 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 11 }),
});
/** Images, or volumes of several slices. */
const volumeSize = fc
  .tuple(size, fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }))
  .map(
    ([image, depth]): Size => (depth === undefined ? image : { ...image, height: Math.min(image.height, 5), depth }),
  );
const slice = fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { nil: undefined });
const halo = fc.record({ top: fc.nat(2), left: fc.nat(2), bottom: fc.nat(2), right: fc.nat(2) });
const volumeHalo = fc
  .tuple(halo, fc.option(fc.record({ front: fc.nat(2), back: fc.nat(2) }), { nil: undefined }))
  .map(([plane, slices]): Halo => ({ ...plane, ...slices }));
const cuts = fc.array(fc.nat(20), { maxLength: 3 });

type Chain = readonly [Elementwise, (a: number, b: number) => number];
const chains: readonly Chain[] = [
  [input(0), (a) => a],
  [binary('add', input(0), input(1)), (a, b) => a + b],
  [
    binary('mul', input(0), clip(binary('add', input(0), constant(3)), 0, 6)),
    (a) => a * Math.min(Math.max(a + 3, 0), 6),
  ],
  [leakyRelu(binary('sub', input(0), input(1)), 0.2), (a, b) => (a - b > 0 ? a - b : 0.2 * (a - b))],
  [where(binary('less', input(0), input(1)), constant(5), unary('neg', input(1))), (a, b) => (a < b ? 5 : -b)],
  [
    binary('max', unary('relu', input(0)), unary('reciprocal', binary('add', constant(2), input(1)))),
    (a, b) => Math.max(a, 0, 1 / (2 + b)),
  ],
  [unary('sqrt', unary('abs', binary('div', input(0), constant(3)))), (a) => Math.sqrt(Math.abs(a / 3))],
  [binary('min', unary('floor', input(0)), unary('ceil', input(1))), (a, b) => Math.min(Math.floor(a), Math.ceil(b))],
  [binary('mul', input(0), unary('sigmoid', input(0))), (a) => a / (1 + Math.exp(-a))],
];

/** Of words the largest first bytes, second bytes, and so on, as one word. */
function largestBytes(words: readonly number[]): number {
  const bytes = words.map((word) => new Uint8Array(Float32Array.of(word).buffer));
  const largest = [0, 1, 2, 3].map((place) => Math.max(...bytes.map((word) => word[place]!)));
  return new Float32Array(Uint8Array.from(largest).buffer)[0]!;
}

describe.each(tiers)('pixel kernels, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('elementwise chains, with slices, halos and inputs of one channel', () => {
    const secondKind = fc.constantFrom('same', 'one channel', 'a pixel for all');
    fc.assert(
      fc.property(
        size,
        slice,
        halo,
        cuts,
        secondKind,
        fc.constantFrom(...chains),
        fc.integer(),
        (s, sl, hl, c, kind, chain, seed) => {
          const [tree, compute] = chain;
          const x = noise(elementCount(s), seed);
          const second: Size =
            kind === 'same'
              ? s
              : kind === 'one channel'
                ? { ...s, channels: 1 }
                : { images: 1, channels: s.channels, height: 1, width: 1 };
          const b = noise(elementCount(second), seed + 1);
          const first = nhwc8Tensor(s, x, { halo: hl });
          const other = nhwc8Tensor(second, b);
          const output = nhwc8Tensor(s, undefined, { slice: sl, fill: 7 });
          const isFixed = kind === 'a pixel for all';
          const stride = (value: number) => (isFixed ? 0 : value);
          const axes = [
            {
              size: s.images,
              strides: [first.view.imageStride, stride(other.view.imageStride), output.view.imageStride],
            },
            { size: s.height, strides: [first.view.rowStride, stride(other.view.rowStride), output.view.rowStride] },
            {
              size: s.width,
              strides: [first.view.pixelStride, stride(other.view.pixelStride), output.view.pixelStride],
            },
          ];
          const [, , y] = runKernel(
            tier,
            (target) =>
              elementwise(target, {
                tree,
                axes,
                channels: s.channels,
                writable: output.view.writable,
                isBroadcast: [false, kind === 'one channel'],
              }),
            {
              arrays: [first.data, other.data, output.data],
              offsets: [first.offset, other.offset, output.offset],
              cuts: c,
            },
          );
          const actual = elementsOf(output, y!);
          const plane = s.height * s.width;
          for (const [i, value] of actual.entries()) {
            const channel = Math.floor(i / plane) % s.channels;
            const image = Math.floor(i / plane / s.channels);
            const at = kind === 'same' ? i : kind === 'one channel' ? image * plane + (i % plane) : channel;
            const expected = compute(x[i]!, b[at]!);
            expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
          }
          if (sl !== undefined) expect(isOnlyViewChanged(output, y!)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.skipIf(isMissing)('long runs are cut in segments', () => {
    const s = { images: 1, channels: 8, height: 50, width: 50 };
    const x = nhwc8Tensor(s, noise(elementCount(s), 1));
    const y = nhwc8Tensor(s, undefined);
    const axes = [{ size: 2500, strides: [8, 8] }];
    const run = (where: number[]) =>
      runKernel(
        tier,
        (target) =>
          elementwise(target, { tree: unary('neg', input(0)), axes, channels: 8, writable: 8, isBroadcast: [false] }),
        { arrays: [x.data, y.data], cuts: where },
      )[1]!;
    expect([...elementsOf(y, run([]))]).toEqual([...elementsOf(x, x.data)].map((value) => -value));
    expect(run([1, 2])).toEqual(run([]));
  });

  it.skipIf(isMissing)('and so are those with which one pixel is broadcast', () => {
    const s = { images: 1, channels: 24, height: 50, width: 51 };
    const x = nhwc8Tensor(s, noise(elementCount(s), 1));
    const pixel = nhwc8Tensor({ ...s, height: 1, width: 1 }, noise(24, 2));
    const y = nhwc8Tensor(s, undefined);
    const axes = [{ size: 50 * 51, strides: [24, 0, 24] }];
    const tree = binary('add', input(0), input(1));
    const params = { tree, axes, channels: 24, writable: 24, isBroadcast: [false, false] };
    let units = 0;
    const run = (cuts: number[]) =>
      runKernel(
        tier,
        (target) => {
          const kernel = elementwise(target, params);
          units = kernel.units;
          return kernel;
        },
        { arrays: [x.data, pixel.data, y.data], cuts },
      )[2]!;
    const whole = run([]);
    const [a, b] = [elementsOf(x, x.data), elementsOf(pixel, pixel.data)];
    expect([...elementsOf(y, whole)]).toEqual([...a].map((value, i) => Math.fround(value + b[Math.floor(i / 2550)]!)));
    expect(units).toBeGreaterThan(4);
    expect(run([1, 3])).toEqual(whole);
  });

  it.skipIf(isMissing)('functions are accurate to a few units in the last place', () => {
    const unit = (value: number) => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23);
    const erf = (x: number) => {
      // By its series, for |x| <= 3; by the continued fraction of erfc beyond.
      if (Math.abs(x) > 3) {
        let fraction = 0;
        for (let k = 60; k >= 1; k--) fraction = k / 2 / (Math.abs(x) + fraction);
        const tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction);
        return Math.sign(x) * (1 - tail);
      }
      let term = x;
      let sum = x;
      for (let k = 1; k < 120; k++) {
        term *= (-x * x) / k;
        sum += term / (2 * k + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    };
    const cases = {
      exp: { from: -100, to: 88.7, f: Math.exp, units: 2.5 },
      tanh: { from: -12, to: 12, f: Math.tanh, units: 4 },
      sigmoid: { from: -80, to: 80, f: (x: number) => 1 / (1 + Math.exp(-x)), units: 4 },
      erf: { from: -5, to: 5, f: erf, units: 4 },
      softplus: { from: -80, to: 80, f: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), units: 5 },
      log: { from: 1e-3, to: 40, f: Math.log, units: 4 },
      sin: { from: -1000, to: 1000, f: Math.sin, units: 2.5 },
      cos: { from: -1e9, to: 1e9, f: Math.cos, units: 2.5 },
    } as const;
    for (const [name, { from, to, f, units }] of Object.entries(cases)) {
      const count = 20000;
      const x = Float32Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
      // Densely around 0, or around 1 for the logarithm.
      for (let i = 0; i < count; i += 4) x[i] = name === 'log' ? 1 + x[i]! / 100 : x[i]! / 100;
      const [, y] = runKernel(
        tier,
        (target) =>
          elementwise(target, {
            tree: unary(name as keyof typeof cases, input(0)),
            axes: [{ size: count / 8, strides: [8, 8] }],
            channels: 8,
            writable: 8,
            isBroadcast: [false],
          }),
        { arrays: [x, new Float32Array(count)] },
      );
      let worst = 0;
      for (const [i, value] of y!.entries()) worst = Math.max(worst, Math.abs(value - f(x[i]!)) / unit(f(x[i]!)));
      expect({ name, isAccurate: worst <= units, worst }).toMatchObject({ isAccurate: true });
    }
  });

  it.skipIf(isMissing)('functions at their limits', () => {
    const { POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minusInf, NaN: nan } = Number;
    const at = (name: TranscendentalName | CircularName, values: number[]) => {
      const x = Float32Array.from({ length: 8 }, (_, i) => values[i] ?? 0);
      const params = { tree: unary(name, input(0)), axes: [], channels: 8, writable: 8, isBroadcast: [false] };
      return [
        ...runKernel(tier, (target) => elementwise(target, params), { arrays: [x, new Float32Array(8)] })[1]!,
      ].slice(0, values.length);
    };
    expect(at('exp', [inf, minusInf, nan, 0, 100, -150])).toEqual([inf, 0, nan, 1, inf, 0]);
    expect(at('log', [inf, 0, nan, 1, -1])).toEqual([inf, minusInf, nan, 0, nan]);
    expect(at('tanh', [inf, minusInf, nan, 0])).toEqual([1, -1, nan, 0]);
    expect(at('sigmoid', [inf, minusInf, nan, 0])).toEqual([1, 0, nan, 0.5]);
    expect(at('erf', [inf, minusInf, nan, 0])).toEqual([1, -1, nan, 0]);
    expect(at('softplus', [inf, minusInf, nan])).toEqual([inf, 0, nan]);
    expect(at('sin', [inf, minusInf, nan, 0])).toEqual([nan, nan, nan, 0]);
    expect(at('cos', [inf, minusInf, nan, 0])).toEqual([nan, nan, nan, 1]);
    const far = [3e9, -3e9, 1e12].map(Math.fround);
    const [a, b, c] = at('sin', far);
    expect([a! - Math.sin(far[0]!), b! - Math.sin(far[1]!)].every((error) => Math.abs(error) < 1e-7)).toBe(true);
    expect(Math.abs(c! - Math.sin(far[2]!))).toBeLessThan(1e-4);
  });

  /** To NHWC8 and back: what lies there is returned. */
  const expectThereAndBack = (
    s: Size,
    slice: readonly [number, number] | undefined,
    halo: Halo,
    cuts: number[],
    seed: number,
  ) => {
    const x = noise(elementCount(s), seed);
    const tensor = nhwc8Tensor(s, undefined, { slice, halo, fill: Number.NaN });
    const [, there] = runKernel(tier, (target) => fromOnnxOrder(target, tensor.view), {
      arrays: [Float32Array.of(...x, 0, 0, 0, 0), tensor.data],
      offsets: [0, tensor.offset],
      cuts,
    });
    expect(elementsOf(tensor, there!)).toEqual(x);
    const [, back] = runKernel(tier, (target) => toOnnxOrder(target, tensor.view), {
      arrays: [there!, new Float32Array(x.length)],
      offsets: [tensor.offset, 0],
      cuts,
    });
    expect(back).toEqual(x);
    return { tensor, there: there! };
  };

  it.skipIf(isMissing)('to NHWC8 and back', () => {
    fc.assert(
      fc.property(volumeSize, slice, volumeHalo, cuts, fc.integer(), (s, sl, hl, c, seed) => {
        const { tensor, there } = expectThereAndBack(s, sl, hl, c, seed);
        if (sl !== undefined) expect(isOnlyViewChanged(tensor, there)).toBe(true);
        else {
          const { pixelStride, rowStride, imageStride, channels } = tensor.view;
          forEachElement({ ...tensor.view, channels: pixelStride }, (_, place) => {
            const channel = ((place % imageStride) % rowStride) % pixelStride;
            if (channel >= channels) expect(there[tensor.offset + place]).toBe(0);
          });
        }
      }),
      { numRuns: 80 },
    );
  });

  it.skipIf(isMissing)('to NHWC8 where so many channels that rows go in pieces', () => {
    for (const width of [8, 19]) {
      const x = noise(1021 * width, width);
      const tensor = nhwc8Tensor({ images: 1, channels: 1021, height: 1, width }, undefined, { fill: Number.NaN });
      const [, there] = runKernel(tier, (target) => fromOnnxOrder(target, tensor.view), {
        arrays: [Float32Array.of(...x, 0, 0, 0, 0), tensor.data],
      });
      expect(elementsOf(tensor, there!)).toEqual(x);
      for (let pixel = 0; pixel < width; pixel++)
        expect(there!.subarray(pixel * 1024 + 1021, pixel * 1024 + 1024)).toEqual(new Float32Array(3));
    }
  });

  it.skipIf(isMissing)('rows of several lines to NHWC8 and back', () => {
    const wide = fc.record<Size>({
      images: fc.constant(1),
      channels: fc.integer({ min: 1, max: 70 }),
      height: fc.integer({ min: 1, max: 2 }),
      width: fc.integer({ min: 12, max: 90 }),
    });
    fc.assert(
      fc.property(wide, slice, halo, cuts, fc.integer(), (s, sl, hl, c, seed) => {
        expectThereAndBack(s, sl, hl, c, seed);
      }),
      { numRuns: 40 },
    );
  });

  it.skipIf(isMissing)('zeros in the halo, nothing else', () => {
    fc.assert(
      fc.property(volumeSize, volumeHalo, cuts, (s, hl, c) => {
        const tensor = nhwc8Tensor(s, new Float32Array(elementCount(s)).fill(3), { halo: hl, fill: 9 });
        const [after] = runKernel(tier, (target) => zeroHalo(target, tensor.view, hl), {
          arrays: [tensor.data],
          offsets: [tensor.offset],
          cuts: c,
        });
        const expected = new Float32Array(tensor.data.length);
        forEachElement({ ...tensor.view, channels: tensor.view.pixelStride }, (_, place) => {
          expected[tensor.offset + place] = tensor.data[tensor.offset + place]!;
        });
        // What lies after the last row is not of the tensor.
        const end = s.images * tensor.view.imageStride;
        expect(after!.subarray(0, end)).toEqual(expected.subarray(0, end));
        expect(after!.subarray(end).every((value) => value === 9)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(isMissing)('pooling, windows over the border included', () => {
    const axis = fc.record({
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      before: fc.nat(2),
      after: fc.nat(2),
      ceil: fc.boolean(),
    });
    type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;
    const single: Axis = { kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, ceil: false };
    const outputs = (length: number, a: Axis) => {
      const steps = (length + a.before + a.after - (a.kernel - 1) * a.dilation - 1) / a.stride;
      const count = (a.ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
      // ONNX: a window that starts after the input and its first padding is left out.
      return a.ceil && (count - 1) * a.stride >= length + a.before ? count - 1 : count;
    };
    type Kind = PoolingParams['kind'];
    const kinds = fc.constantFrom<[Kind, boolean]>(
      ['max', false],
      ['max of bytes', false],
      ['average', false],
      ['average', true],
    );
    const problem = fc
      .record({ s: volumeSize, sl: slice, slices: axis, high: axis, wide: axis, kinds, cuts, seed: fc.integer() })
      // Images are pooled in their plane.
      .map((given) => (given.s.depth === undefined ? { ...given, slices: single } : given))
      .filter(({ s, slices, high, wide }) =>
        [[s.depth ?? 1, slices] as const, [s.height, high] as const, [s.width, wide] as const].every(
          ([length, a]) => a.before < a.kernel && a.after < a.kernel && outputs(length, a) > 0,
        ),
      );
    fc.assert(
      fc.property(problem, ({ s, sl, slices, high, wide, kinds: [kind, countsPadding], cuts: c, seed }) => {
        const x = noise(elementCount(s), seed);
        const source = nhwc8Tensor(s, x);
        const depth = s.depth ?? 1;
        const [od, oh, ow] = [outputs(depth, slices), outputs(s.height, high), outputs(s.width, wide)];
        const result = nhwc8Tensor({ ...s, depth: od, height: oh, width: ow }, undefined, { slice: sl, fill: 7 });
        const expected: number[] = [];
        let isEmpty = false;
        /** The places that the taps of a window are at, outside of the input too. */
        const places = (output: number, a: Axis) =>
          Array.from({ length: a.kernel }, (_, k) => output * a.stride - a.before + k * a.dilation);
        for (let volume = 0; volume < s.images * s.channels; volume++) {
          for (let o = 0; o < od; o++) {
            for (let p = 0; p < oh; p++) {
              for (let q = 0; q < ow; q++) {
                const inside: number[] = [];
                let counted = 0;
                for (const z of places(o, slices)) {
                  for (const i of places(p, high)) {
                    for (const j of places(q, wide)) {
                      if (z < depth + slices.after && i < s.height + high.after && j < s.width + wide.after) counted++;
                      if (z >= 0 && i >= 0 && j >= 0 && z < depth && i < s.height && j < s.width) {
                        inside.push(x[((volume * depth + z) * s.height + i) * s.width + j]!);
                      }
                    }
                  }
                }
                isEmpty ||= inside.length === 0;
                const sum = inside.reduce((t, value) => t + value, 0);
                if (kind === 'max of bytes') expected.push(largestBytes(inside));
                else if (kind === 'max') expected.push(Math.max(...inside));
                else expected.push(sum / (countsPadding ? counted : inside.length));
              }
            }
          }
        }
        fc.pre(!isEmpty);
        const [, y] = runKernel(
          tier,
          (target) =>
            pooling(target, {
              input: source.view,
              output: result.view,
              kind,
              kernel: [high.kernel, wide.kernel],
              strides: [high.stride, wide.stride],
              dilations: [high.dilation, wide.dilation],
              pads: [high.before, wide.before],
              padsEnd: [high.after, wide.after],
              countsPadding,
              ...(s.depth === undefined
                ? {}
                : {
                    depth: {
                      kernel: slices.kernel,
                      stride: slices.stride,
                      dilation: slices.dilation,
                      pad: slices.before,
                      padEnd: slices.after,
                    },
                  }),
            }),
          { arrays: [source.data, result.data], offsets: [source.offset, result.offset], cuts: c },
        );
        for (const [i, value] of elementsOf(result, y!).entries()) {
          if (kind === 'average') expect(value).toBeCloseTo(expected[i]!, 5);
          else expect(value).toBe(expected[i]!);
        }
        if (sl !== undefined) expect(isOnlyViewChanged(result, y!)).toBe(true);
      }),
      { numRuns: 120 },
    );
  });

  it.skipIf(isMissing)('resampling by any tables', () => {
    const problem = fc
      .record({
        s: volumeSize,
        sl: slice,
        taps: fc.tuple(fc.constantFrom(1, 2, 4), fc.constantFrom(1, 2, 4)),
        deepTaps: fc.constantFrom(1, 2),
        outputs: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        deepOutputs: fc.integer({ min: 1, max: 4 }),
        cuts,
        seed: fc.integer(),
      })
      .map((p) => {
        const random = noise(1000, p.seed);
        let at = 0;
        const axis = (length: number, count: number, taps: number): ResampleTap[][] =>
          Array.from({ length: count }, () =>
            Array.from({ length: taps }, () => ({
              position: Math.floor(Math.abs(random[at++]!) * length) % length,
              weight: taps === 1 ? 1 : random[at++]!,
            })),
          );
        const high = axis(p.s.height, p.outputs[0], p.taps[0]);
        const wide = axis(p.s.width, p.outputs[1], p.taps[1]);
        // Images have one slice, which stays.
        const deep = p.s.depth === undefined ? axis(1, 1, 1) : axis(p.s.depth, p.deepOutputs, p.deepTaps);
        return { ...p, high, wide, deep };
      });
    fc.assert(
      fc.property(problem, ({ s, sl, taps, outputs, high, wide, deep, cuts: c, seed }) => {
        const x = noise(elementCount(s), seed);
        const source = nhwc8Tensor(s, x);
        const onto = { ...s, depth: deep.length, height: outputs[0], width: outputs[1] };
        const result = nhwc8Tensor(onto, undefined, { slice: sl, fill: 7 });
        const isVolume = s.depth !== undefined;
        const table = (rows: ResampleTap[][], stride: number) => new Float32Array(resampleTable(rows, stride).buffer);
        const { sliceStride, rowStride, pixelStride } = source.view;
        const params = {
          input: source.view,
          output: result.view,
          taps,
          ...(isVolume ? { slices: deep[0]!.length } : {}),
        };
        const tables = [table(high, rowStride), table(wide, pixelStride)];
        const [, y] = runKernel(tier, (target) => resample(target, params), {
          arrays: [source.data, result.data, ...tables, ...(isVolume ? [table(deep, sliceStride)] : [])],
          offsets: [source.offset, result.offset, 0, 0, 0],
          cuts: c,
        });
        const actual = elementsOf(result, y!);
        let i = 0;
        const { depth } = source.view;
        for (let volume = 0; volume < s.images * s.channels; volume++) {
          for (const slices of deep) {
            for (const rows of high) {
              for (const columns of wide) {
                let sum = 0;
                for (const { position: z, weight } of slices) {
                  for (const row of rows) {
                    for (const column of columns) {
                      const value = x[((volume * depth + z) * s.height + row.position) * s.width + column.position]!;
                      sum += weight * row.weight * column.weight * value;
                    }
                  }
                }
                expect(actual[i++]).toBeCloseTo(sum, 5);
              }
            }
          }
        }
        if (sl !== undefined) expect(isOnlyViewChanged(result, y!)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });
});
