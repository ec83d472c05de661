import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AxisWindow,
  convolutionAxis,
  depthwiseParams,
  directParams,
  haloOf,
  type LayerParams,
  onlyPosition,
  transposedPhases,
} from '../../../src/lower/convolution/geometry.js';
import {
  convolution,
  defaultTile,
  depthwiseColumns,
  packedBiasSize,
  packWeights,
} from '../../../src/wasm/kernels/convolution.js';
import { depthwise } from '../../../src/wasm/kernels/depthwise.js';
import { interleave } from '../../../src/wasm/kernels/interleave.js';
import { roundUp } from '../../../src/wasm/kernels/kernel.js';
import { noise } from '../../wasm/kernels/noise.js';
import { runKernel, tiers } from '../../wasm/kernels/run-kernel.js';
import { elementCount, elementsOf, isOnlyViewChanged, nhwc8Tensor } from '../../wasm/kernels/tensors.js';

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 4 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    pads: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    outputPadding: fc.integer({ min: 0, max: 2 }),
  })
  .map((a) => ({ ...a, outputPadding: Math.min(a.outputPadding, Math.max(a.stride, a.dilation) - 1) }));

type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

function outputSize(isTransposed: boolean, a: Axis): number {
  const extent = (a.kernel - 1) * a.dilation + 1;
  return isTransposed
    ? (a.size - 1) * a.stride - a.pads[0] - a.pads[1] + extent + a.outputPadding
    : Math.floor((a.size + a.pads[0] + a.pads[1] - extent) / a.stride) + 1;
}

const geometry = fc
  .record({
    isTransposed: fc.boolean(),
    kind: fc.constantFrom<'dense' | 'grouped' | 'depthwise'>('dense', 'grouped', 'depthwise'),
    images: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 2, max: 3 }),
    from: fc.integer({ min: 1, max: 18 }),
    to: fc.integer({ min: 1, max: 18 }),
    height: axis,
    width: axis,
    slice: fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { nil: undefined }),
    cuts: fc.array(fc.nat(60), { maxLength: 3 }),
    seed: fc.integer(),
  })
  .filter(
    ({ isTransposed, height, width }) => outputSize(isTransposed, height) > 0 && outputSize(isTransposed, width) > 0,
  );

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

/** Channels in all, and per group, of input and output. */
function channelsOf(g: Geometry) {
  if (g.kind === 'depthwise') return { groups: g.from, from: g.from, to: g.from };
  const groups = g.kind === 'grouped' ? g.groups : 1;
  return { groups, from: g.from * groups, to: g.to * groups };
}

/** The definitions of Conv and ConvTranspose, in double precision: every product, gathered or scattered. */
function naive(g: Geometry, x: Float32Array, w: Float32Array, bias: Float32Array): Float64Array {
  const { groups, from, to } = channelsOf(g);
  const { height: h, width: v } = g;
  const [oh, ow] = [outputSize(g.isTransposed, h), outputSize(g.isTransposed, v)];
  const y = Float64Array.from({ length: g.images * to * oh * ow }, (_, i) => bias[Math.floor(i / (oh * ow)) % to]!);
  // "Small" is the side that steps by one, "large" the side that steps by the stride.
  const [smallHeight, smallWidth] = g.isTransposed ? [h.size, v.size] : [oh, ow];
  const [largeHeight, largeWidth] = g.isTransposed ? [oh, ow] : [h.size, v.size];
  for (let n = 0; n < g.images; n++) {
    for (let c = 0; c < from; c++) {
      const group = Math.floor((c * groups) / from);
      for (let o = group * (to / groups); o < (group + 1) * (to / groups); o++) {
        const channelWeights = g.isTransposed
          ? (c * (to / groups) + (o % (to / groups))) * h.kernel * v.kernel
          : (o * (from / groups) + (c % (from / groups))) * h.kernel * v.kernel;
        for (let i = 0; i < smallHeight; i++) {
          for (let j = 0; j < smallWidth; j++) {
            for (let a = 0; a < h.kernel; a++) {
              for (let b = 0; b < v.kernel; b++) {
                const p = i * h.stride - h.pads[0] + a * h.dilation;
                const q = j * v.stride - v.pads[0] + b * v.dilation;
                if (p < 0 || q < 0 || p >= largeHeight || q >= largeWidth) continue;
                const small = i * smallWidth + j;
                const large = p * largeWidth + q;
                const [xAt, yAt] = g.isTransposed ? [small, large] : [large, small];
                y[(n * to + o) * oh * ow + yAt]! +=
                  x[(n * from + c) * h.size * v.size + xAt]! * w[channelWeights + a * v.kernel + b]!;
              }
            }
          }
        }
      }
    }
  }
  return y;
}

function windowsOf(isTransposed: boolean, a: Axis): AxisWindow[] {
  const size = outputSize(isTransposed, a);
  return isTransposed
    ? transposedPhases(size, a.kernel, a.stride, a.dilation, a.pads[0])
    : [convolutionAxis(size, a.kernel, a.stride, a.dilation, a.pads[0])];
}

describe.each(tiers)('convolutions over views, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are Conv and ConvTranspose, with all attributes', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const { groups, from, to } = channelsOf(g);
        const { height: h, width: v, images } = g;
        const tile = defaultTile[tier];
        const x = noise(images * from * h.size * v.size, g.seed);
        const w = noise((from * to * h.kernel * v.kernel) / groups, g.seed + 1);
        const bias = noise(to, g.seed + 2);
        const windows = [windowsOf(g.isTransposed, h), windowsOf(g.isTransposed, v)] as const;
        const [high, wide] = [haloOf(windows[0], h.size), haloOf(windows[1], v.size)];
        const halo = { top: high.before, bottom: high.after, left: wide.before, right: wide.after };
        const input = nhwc8Tensor({ images, channels: from, height: h.size, width: v.size }, x, { halo });
        const size = {
          images,
          channels: to,
          height: outputSize(g.isTransposed, h),
          width: outputSize(g.isTransposed, v),
        };
        const output = nhwc8Tensor(size, undefined, { slice: g.slice, fill: 7 });
        const layer: LayerParams = { input: input.view, output: output.view, groups, bias: true };
        const perGroup = to / groups;
        const isDepthwise = g.kind === 'depthwise';
        const panelTile = isDepthwise ? { ...tile, columns: depthwiseColumns } : tile;
        const packedBias = isDepthwise
          ? Float32Array.from({ length: roundUp(to, 16) }, (_, i) => bias[i] ?? 0)
          : new Float32Array(groups * packedBiasSize(perGroup, tile));
        if (!isDepthwise) {
          for (let group = 0; group < groups; group++) {
            const own = bias.subarray(group * perGroup, (group + 1) * perGroup);
            packedBias.set(own, group * packedBiasSize(perGroup, tile));
          }
        }
        const pieces = windows[0].flatMap((height) => windows[1].map((width) => ({ height, width })));
        const packed = pieces.map(({ height, width }) => {
          const weightAt = (group: number, tap: number, c: number, o: number) => {
            const place =
              height.taps[Math.floor(tap / width.taps.length)]! * v.kernel + width.taps[tap % width.taps.length]!;
            const channel = g.isTransposed
              ? (group * (from / groups) + c) * perGroup + o
              : (group * perGroup + o) * (from / groups) + c;
            return w[channel * h.kernel * v.kernel + place]!;
          };
          const taps = height.taps.length * width.taps.length;
          if (isDepthwise) return packWeights(taps, to, panelTile, (tap, channel) => weightAt(channel, tap, 0, 0));
          const channels = from / groups;
          const parts = Array.from({ length: groups }, (_, group) =>
            packWeights(taps * channels, perGroup, tile, (k, o) =>
              weightAt(group, Math.floor(k / channels), k % channels, o),
            ),
          );
          return Float32Array.from(parts.flatMap((part) => [...part]));
        });
        const weights = new Float32Array(packed.reduce((sum, part) => sum + part.length, 0) + 16);
        const starts: number[] = [];
        let position = 0;
        for (const part of packed) {
          weights.set(part, position);
          starts.push(position);
          position += part.length;
        }
        const [, , , y] = runKernel(
          tier,
          (target) =>
            interleave(
              target,
              pieces.map(({ height, width }, i) => {
                const place = isDepthwise ? depthwiseParams : directParams;
                const placed = place(layer, { depth: onlyPosition, height, width }, panelTile, {
                  rows: 2,
                  panels: 100,
                });
                return {
                  kernel: (isDepthwise ? depthwise : convolution)(target, placed.params),
                  offsets: [placed.inputOffset, starts[i]!, 0, placed.outputOffset],
                };
              }),
            ),
          {
            arrays: [input.data, weights, packedBias, output.data],
            offsets: [input.offset, 0, 0, output.offset],
            cuts: g.cuts,
          },
        );
        const expected = naive(g, x, w, bias);
        const actual = elementsOf(output, y!);
        expect(actual.length).toBe(elementCount(size));
        const bound = 1e-6 * h.kernel * v.kernel * from + 1e-5;
        for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThan(bound);
        if (g.slice !== undefined) expect(isOnlyViewChanged(output, y!)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('transposedPhases', () => {
  it('splits k4 s2 p1 into phases of two taps, one reading before and one after', () => {
    const [first, second] = transposedPhases(8, 4, 2, 1, 1);
    expect(first).toEqual({
      size: 4,
      outputStart: 0,
      outputStep: 2,
      inputStart: -1,
      inputStep: 1,
      tapStep: 1,
      taps: [3, 1],
    });
    expect(second).toMatchObject({ inputStart: 0, taps: [2, 0] });
  });

  it('leaves phases without taps where the kernel is shorter than the stride', () => {
    expect(transposedPhases(6, 2, 3, 1, 0).map(({ taps }) => taps)).toEqual([[0], [1], []]);
  });
});
