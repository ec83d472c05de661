/**
 * Random networks of the encoder-decoder kind: an input goes through convolutions and poolings, what it was before is
 * kept, and after upsampling joined again. Every attribute that decides a size takes part; weights are zeros.
 */
import fc from 'fast-check';
import type { Inference } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { boundAs } from '../../src/ops/bind.js';
import { windowAxes } from '../../src/ops/convolution/window.js';
import { overhangOf, pooling } from '../../src/ops/pooling/pool.js';
import { GraphBuilder } from './graph.js';

export const channels = 2;

type PerAxis = readonly number[];

interface WindowStep {
  readonly kernel: PerAxis;
  readonly stride: PerAxis;
  readonly dilation: PerAxis;
  /** Begins of all axes, then ends. */
  readonly pads: PerAxis;
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
}

export type Step =
  | ({ readonly kind: 'conv' } & WindowStep)
  | ({ readonly kind: 'pool'; readonly isAverage: boolean; readonly ceil: boolean } & WindowStep)
  | ({ readonly kind: 'up'; readonly outputPadding: PerAxis; readonly outputShape: PerAxis | undefined } & WindowStep)
  | { readonly kind: 'resize'; readonly scales: PerAxis }
  | { readonly kind: 'resizeLike' }
  | { readonly kind: 'pad'; readonly pads: PerAxis }
  | {
      readonly kind: 'slice';
      readonly start: number;
      readonly end: number;
      readonly step: number;
      readonly axis: number;
    }
  | { readonly kind: 'cropLike' }
  | { readonly kind: 'relu' }
  /** Remembers what is there. */
  | { readonly kind: 'keep' }
  /** Joins what was remembered last, and not joined yet. */
  | { readonly kind: 'concat' }
  | { readonly kind: 'add' };

export interface EncoderDecoder {
  readonly graph: Graph;
  /** The open sizes of its input: of each spatial axis. */
  readonly symbols: readonly string[];
  /** What failing properties print. */
  readonly [fc.toStringMethod]: () => string;
}

/**
 * Whether a pooling has a single window that overhangs its input at these sizes. onnxruntime counts it and the
 * specification does not, so such sizes run, and need not be among the legal ones.
 */
export function hasOverhang({ nodes }: Graph, { types }: Inference): boolean {
  return nodes.some((node) => {
    const pool = boundAs(pooling.MaxPool, node) ?? boundAs(pooling.AveragePool, node);
    const sizes = pool && types.get(pool.inputs.X)?.shape?.slice(2);
    if (pool === undefined || sizes === undefined) return false;
    const axes = windowAxes(pool.attributes, pool.attributes.kernel_shape);
    return sizes.some((size, i) => typeof size === 'number' && overhangOf(axes[i]!, size) !== undefined);
  });
}

const names = ['H', 'W', 'D'];

/** @param rank spatial axes */
export function encoderDecoders(rank: number, maxSteps = 10): fc.Arbitrary<EncoderDecoder> {
  return fc.array(steps(rank), { minLength: 1, maxLength: maxSteps }).map((list) => buildNetwork(list, rank));
}

/** Poolings by 2 with convolutions that keep sizes, and their mirror: what people mean by a U-Net, odd details apart. */
export function uNets(rank: number): fc.Arbitrary<EncoderDecoder> {
  return fc
    .tuple(
      fc.array(fc.oneof(level(rank), matchedLevel(rank), matchedLevel(rank)), { minLength: 1, maxLength: 4 }),
      fc.array(steps(rank), { maxLength: 1 }),
    )
    .map(([levels, middle]) => {
      const down = levels.flatMap((item): Step[] => [{ kind: 'keep' }, item.down]);
      const up = levels.toReversed().flatMap((item): Step[] => [...item.up, { kind: item.join }]);
      return buildNetwork([...down, ...middle, ...up], rank);
    });
}

interface Level {
  readonly down: Step;
  readonly up: readonly Step[];
  readonly join: 'concat' | 'add';
}

/** What goes down by a factor comes up by it. */
function matchedLevel(rank: number): fc.Arbitrary<Level> {
  const all = (value: number) => new Array<number>(rank).fill(value);
  return fc
    .record({ factor: fc.constantFrom(2, 2, 2, 3), extra: fc.nat({ max: 2 }), ceil: fc.boolean() })
    .map((item) => {
      const window = { stride: all(item.factor), dilation: all(1), autoPad: 'NOTSET' as const };
      const none = new Array<number>(2 * rank).fill(0);
      const pads = [...all(Math.floor(item.extra / 2)), ...all(Math.ceil(item.extra / 2))];
      const up = { outputPadding: all(0), outputShape: undefined, ...window };
      return {
        down: { kind: 'pool', isAverage: false, ceil: item.ceil, kernel: all(item.factor), pads: none, ...window },
        up: [{ kind: 'up', kernel: all(item.factor + item.extra), pads, ...up }],
        join: 'concat',
      };
    });
}

function level(rank: number): fc.Arbitrary<Level> {
  const all = (value: number) => new Array<number>(rank).fill(value);
  return fc.record({
    down: fc.record({
      kind: fc.constant('pool' as const),
      isAverage: fc.boolean(),
      ceil: fc.boolean(),
      kernel: fc.constantFrom(all(2), all(3)),
      stride: fc.constantFrom(all(2), all(2), all(3)),
      dilation: fc.constant(all(1)),
      pads: fc.constantFrom(new Array<number>(2 * rank).fill(0), new Array<number>(2 * rank).fill(1)),
      autoPad: fc.constantFrom('NOTSET' as const, 'NOTSET' as const, 'SAME_UPPER' as const),
    }),
    up: fc.oneof(
      upStep(rank).map((step): Step[] => [step]),
      fc.constantFrom<Step[]>([{ kind: 'resize', scales: all(2) }], [{ kind: 'resizeLike' }]),
      upStep(rank).map((step): Step[] => [step, { kind: 'cropLike' }]),
    ),
    join: fc.constantFrom('concat' as const, 'add' as const),
  });
}

function perAxis(rank: number, values: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  return fc.array(values, { minLength: rank, maxLength: rank });
}

function windows(rank: number): fc.Arbitrary<WindowStep> {
  return fc.record({
    kernel: perAxis(rank, fc.integer({ min: 1, max: 4 })),
    stride: perAxis(rank, fc.integer({ min: 1, max: 3 })),
    dilation: perAxis(rank, fc.constantFrom(1, 1, 2, 3)),
    pads: perAxis(2 * rank, fc.integer({ min: 0, max: 2 })),
    autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'),
  });
}

function upStep(rank: number): fc.Arbitrary<Step> {
  return fc
    .tuple(
      windows(rank),
      perAxis(rank, fc.nat({ max: 2 })),
      fc.option(perAxis(rank, fc.integer({ min: 1, max: 20 })), { nil: undefined, freq: 12 }),
    )
    .map(([window, wish, outputShape]) => {
      const outputPadding = wish.map((value, i) =>
        Math.min(value, Math.max(window.stride[i]!, window.dilation[i]!) - 1),
      );
      return { kind: 'up', ...window, outputPadding, outputShape };
    });
}

function steps(rank: number): fc.Arbitrary<Step> {
  const simple = fc.constantFrom<Step>(
    ...[{ kind: 'relu' } as const, { kind: 'keep' } as const, { kind: 'keep' } as const],
    ...[{ kind: 'concat' } as const, { kind: 'add' } as const, { kind: 'resizeLike' } as const],
    { kind: 'cropLike' },
  );
  return fc.oneof(
    { arbitrary: simple, weight: 4 },
    { arbitrary: windows(rank).map((window): Step => ({ kind: 'conv', ...window })), weight: 2 },
    {
      arbitrary: fc
        .tuple(windows(rank), fc.boolean(), fc.boolean())
        .map(([window, isAverage, ceil]): Step => ({ kind: 'pool', ...window, isAverage, ceil })),
      weight: 3,
    },
    { arbitrary: upStep(rank), weight: 3 },
    {
      arbitrary: perAxis(rank, fc.constantFrom(0.5, 0.75, 1, 1.5, 2, 2.5, 3)).map(
        (scales): Step => ({ kind: 'resize', scales }),
      ),
      weight: 1,
    },
    {
      arbitrary: perAxis(2 * rank, fc.integer({ min: -2, max: 3 })).map((pads): Step => ({ kind: 'pad', pads })),
      weight: 1,
    },
    {
      arbitrary: fc
        .record({
          start: fc.integer({ min: -6, max: 6 }),
          end: fc.oneof(fc.integer({ min: -6, max: 12 }), fc.constant(2 ** 31 - 1)),
          step: fc.constantFrom(1, 1, 2, 3, -1, -2),
          axis: fc.nat({ max: rank - 1 }),
        })
        .map((slice): Step => ({ kind: 'slice', ...slice })),
      weight: 1,
    },
  );
}

export function buildNetwork(list: readonly Step[], rank: number): EncoderDecoder {
  const symbols = names.slice(0, rank);
  const writer = new Writer(
    rank,
    symbols.map((name) => symbol(name)),
  );
  for (const step of list) writer.step(step);
  const text = list.map((step) => JSON.stringify(step)).join('\n');
  return { graph: writer.graph(), symbols, [fc.toStringMethod]: () => `\n${text}\n` };
}

class Writer {
  private readonly builder = new GraphBuilder(18);
  private readonly kept: Value[] = [];
  private value: Value;
  /** Joined values grow. */
  private width = channels;
  private readonly widths = new Map<Value, number>();

  constructor(
    private readonly rank: number,
    sizes: readonly ReturnType<typeof symbol>[],
  ) {
    this.value = this.builder.input('x', [1, channels, ...sizes]);
  }

  graph(): Graph {
    return this.builder.graph(this.value);
  }

  step(step: Step): void {
    const { builder, value, rank } = this;
    switch (step.kind) {
      case 'conv':
        this.value = builder.add('Conv', [value, this.weights(step.kernel)], windowAttributes(step));
        break;
      case 'pool': {
        const { dilations, ...attributes } = windowAttributes(step);
        const ceil = { ceil_mode: Number(step.ceil && step.autoPad === 'NOTSET') };
        this.value = step.isAverage
          ? builder.add('AveragePool', [value], { ...attributes, ...ceil })
          : builder.add('MaxPool', [value], { ...attributes, ...ceil, dilations });
        break;
      }
      case 'up': {
        const extra = {
          output_padding: step.outputPadding,
          ...(step.outputShape && { output_shape: step.outputShape }),
        };
        const attributes = { ...windowAttributes(step), ...extra };
        this.value = builder.add('ConvTranspose', [value, this.weights(step.kernel)], attributes);
        break;
      }
      case 'resize': {
        const scales = float32([rank + 2], [1, 1, ...step.scales]);
        const attributes = { coordinate_transformation_mode: 'asymmetric' };
        this.value = builder.add('Resize', [value, undefined, builder.constant(scales)], attributes);
        break;
      }
      case 'pad': {
        const begins = [0, 0, ...step.pads.slice(0, rank)];
        const pads = [...begins, 0, 0, ...step.pads.slice(rank)];
        this.value = builder.add('Pad', [value, builder.constant(int64([pads.length], pads))]);
        break;
      }
      case 'slice': {
        const parts = [step.start, step.end, step.axis + 2, step.step].map((item) =>
          builder.constant(int64([1], [item])),
        );
        this.value = builder.add('Slice', [value, ...parts]);
        break;
      }
      case 'relu':
        this.value = builder.add('Relu', [value]);
        break;
      case 'keep':
        this.kept.push(value);
        this.widths.set(value, this.width);
        break;
      case 'resizeLike':
        this.like((shape) => {
          const own = builder.add('Slice', [builder.add('Shape', [value]), ...this.range(0, 2)]);
          const sizes = builder.add('Concat', [own, builder.add('Slice', [shape, ...this.range(2, rank + 2)])], {
            axis: 0,
          });
          const attributes = { coordinate_transformation_mode: 'asymmetric' };
          return builder.add('Resize', [value, undefined, undefined, sizes], attributes);
        });
        break;
      case 'cropLike':
        this.like((shape) => {
          const ends = builder.add('Slice', [shape, ...this.range(2, rank + 2)]);
          const axes = Array.from({ length: rank }, (_, i) => i + 2);
          const starts = builder.constant(int64([rank], new Array<number>(rank).fill(0)));
          return builder.add('Slice', [value, starts, ends, builder.constant(int64([rank], axes))]);
        });
        break;
      case 'concat': {
        const skip = this.kept.pop();
        if (skip === undefined) break;
        this.value = builder.add('Concat', [skip, value], { axis: 1 });
        this.width += this.widths.get(skip)!;
        this.narrow();
        break;
      }
      case 'add': {
        const skip = this.kept.pop();
        if (skip === undefined) break;
        this.value = builder.add('Add', [skip, value]);
        break;
      }
    }
  }

  /** Back to the usual channels, so that weights fit. */
  private narrow(): void {
    const shape = [channels, this.width, ...new Array<number>(this.rank).fill(1)];
    this.value = this.builder.add('Conv', [this.value, this.builder.constant(zeros(shape))]);
    this.width = channels;
  }

  private like(make: (shape: Value) => Value): void {
    const skip = this.kept.at(-1);
    if (skip !== undefined) this.value = make(this.builder.add('Shape', [skip]));
  }

  private range(from: number, to: number): [Value, Value] {
    return [this.builder.constant(int64([1], [from])), this.builder.constant(int64([1], [to]))];
  }

  private weights(kernel: PerAxis): Value {
    return this.builder.constant(zeros([channels, channels, ...kernel]));
  }
}

function zeros(dims: readonly number[]): Tensor {
  return new Tensor('float32', dims, new Float32Array(dims.reduce((product, dim) => product * dim, 1)));
}

/** What excludes the rest is alone: SAME and VALID have no pads, and SAME with dilation is not defined alike everywhere. */
function windowAttributes({ kernel, stride, dilation, pads, autoPad }: WindowStep) {
  const common = { kernel_shape: kernel, strides: stride, dilations: dilation };
  return autoPad === 'NOTSET' ? { ...common, pads } : { ...common, auto_pad: autoPad };
}
