/**
 * Random networks with views, windows, pixel shuffles, broadcasts and unpooling, and whether what is said of their sizes is what
 * the references do with them.
 */
import fc from 'fast-check';
import { ModelError } from '../../src/diagnostics.js';
import { type Inference, infer } from '../../src/infer/infer.js';
import { substitute, symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { float32, int64, Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { isLegal, legalSizes } from '../../src/solve/legal-sizes.js';
import { GraphBuilder } from './graph.js';

const channels = 2;
const bound = 8;

type Block =
  | {
      readonly kind:
        | 'pool'
        | 'double'
        | 'keep'
        | 'add'
        | 'gate'
        | 'views'
        | 'squeeze'
        | 'shuffle'
        | 'unpool'
        | 'scatter'
        | 'stride'
        | 'fill'
        | 'resize'
        | 'other';
    }
  | { readonly kind: 'windows'; readonly side: number; readonly isPadded: boolean };

const block: fc.Arbitrary<Block> = fc.oneof(
  fc.constantFrom<Block>(
    ...[{ kind: 'pool' } as const, { kind: 'double' } as const, { kind: 'keep' } as const, { kind: 'add' } as const],
    ...[{ kind: 'gate' } as const, { kind: 'views' } as const, { kind: 'squeeze' } as const],
    ...[{ kind: 'shuffle' } as const, { kind: 'unpool' } as const, { kind: 'scatter' } as const],
    ...[
      { kind: 'stride' } as const,
      { kind: 'fill' } as const,
      { kind: 'resize' } as const,
      { kind: 'other' } as const,
    ],
  ),
  fc.record({ kind: fc.constant('windows' as const), side: fc.integer({ min: 2, max: 4 }), isPadded: fc.boolean() }),
);

/** What a pooling takes and, after an unpooling, what that makes: the network fits where the dims are equal. */
interface Pair {
  readonly pooled: Value;
  readonly made: Value | undefined;
  /** Whether positions are counted within planes, so that rows at their end may be missing. */
  readonly isByPlane?: boolean;
}

/** A network over x of [1, 2, H, W], and over y of the same sizes, whose blocks all keep the channels. */
class NetworkBuilder extends GraphBuilder {
  readonly pairs: Pair[] = [];
  private readonly kept: Value[] = [];
  private y: Value | undefined;

  private int(...values: number[]): Value {
    return this.constant(int64([values.length], values));
  }

  private size(x: Value, axis: number): Value {
    return this.add('Gather', [this.add('Shape', [x]), this.int(axis)]);
  }

  private list(...items: (Value | number)[]): Value {
    const values = items.map((item) => (typeof item === 'number' ? this.int(item) : item));
    return this.add('Concat', values, { axis: 0 });
  }

  private by(op: string, a: Value, b: Value | number): Value {
    return this.add(op, [a, typeof b === 'number' ? this.int(b) : b]);
  }

  private convolved(x: Value, from: number, to: number): Value {
    return this.add('Conv', [x, this.constant(float32([to, from, 1, 1], new Float32Array(to * from)))]);
  }

  block(x: Value, { kind, ...more }: Block): Value {
    switch (kind) {
      case 'pool':
        this.pairs.push({ pooled: x, made: undefined });
        return this.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      case 'double': {
        const weight = float32([channels, channels, 2, 2], new Float32Array(4 * channels ** 2));
        return this.add('ConvTranspose', [x, this.constant(weight)], { strides: [2, 2] });
      }
      case 'keep':
        this.kept.push(x);
        return this.add('Relu', [x]);
      case 'add':
        return this.add('Add', [x, this.kept.pop() ?? x]);
      case 'gate':
        return this.add('Mul', [x, this.add('GlobalAveragePool', [x])]);
      case 'views':
        return this.views(x);
      case 'squeeze': {
        const deep = this.add('SpaceToDepth', [x], { blocksize: 2 });
        return this.convolved(deep, 4 * channels, channels);
      }
      case 'shuffle':
        return this.add('DepthToSpace', [this.convolved(x, channels, 4 * channels)], { blocksize: 2 });
      case 'unpool': {
        const [pooled, indices] = this.addMany('MaxPool', [x], 2, { kernel_shape: [2, 2], strides: [2, 2] });
        const inputs = [this.add('Relu', [pooled]), indices];
        const made = this.add('MaxUnpool', inputs, { kernel_shape: [2, 2], strides: [2, 2] });
        this.pairs.push({ pooled: x, made });
        return made;
      }
      case 'scatter':
        return this.scattered(x);
      case 'stride':
        return this.add('Slice', [x, this.int(1, 0), this.int(999, 999), this.int(2, 3), this.int(2, 2)]);
      case 'fill': {
        const below = this.by('Mod', this.add('Sub', [this.int(3), this.by('Mod', this.size(x, 2), 3)]), 3);
        return this.add('Pad', [x, this.list(0, 0, 0, 1, 0, 0, below, 0)]);
      }
      case 'resize': {
        const like = this.kept.at(-1) ?? x;
        const rows = this.by('Div', this.by('Mul', this.size(like, 2), 3), 2);
        const sizes = this.list(1, channels, rows, this.by('Mul', this.size(like, 3), 2));
        return this.add('Resize', [x, undefined, undefined, sizes], { mode: 'nearest' });
      }
      case 'other':
        this.y ??= this.input('y', [1, channels, symbol('H'), symbol('W')]);
        return this.add('Add', [x, this.y]);
      case 'windows':
        return this.windows(x, more as { side: number; isPadded: boolean });
    }
  }

  /** Pixels into channels by views, and back by DepthToSpace. */
  private views(x: Value): Value {
    const [n, h, w] = [0, 2, 3].map((axis) => this.size(x, axis)) as [Value, Value, Value];
    const [down, across] = [this.by('Div', h, 2), this.by('Div', w, 2)];
    const split = this.add('Reshape', [x, this.list(n, channels, down, 2, across, 2)]);
    const ordered = this.add('Transpose', [split], { perm: [0, 3, 5, 1, 2, 4] });
    const deep = this.add('Reshape', [ordered, this.list(n, -1, down, across)]);
    return this.add('DepthToSpace', [deep], { blocksize: 2 });
  }

  /** Unpooling as the dynamo exporter decomposes it: positions within planes, and where each plane begins. */
  private scattered(x: Value): Value {
    const two = { kernel_shape: [2, 2], strides: [2, 2] };
    const [pooled, indices] = this.addMany('MaxPool', [x], 2, two) as [Value, Value];
    const firsts = this.addMany('MaxPool', [x], 2, { kernel_shape: [1, 1] })[1];
    const starts = this.add('Slice', [firsts, this.int(0, 0), this.int(1, 1), this.int(2, 3)]);
    const [high, wide] = [2, 3].map((axis) => this.by('Mul', this.by('Div', this.size(x, axis), 2), 2)) as [
      Value,
      Value,
    ];
    const planes = this.constant(
      int64(
        [1, channels, 1, 1],
        Array.from({ length: channels }, (_, i) => i),
      ),
    );
    const offsets = this.add('Mul', [planes, this.add('Mul', [high, wide])]);
    const places = this.add('Add', [this.add('Sub', [indices, starts]), offsets]);
    const shape = this.list(1, channels, high, wide);
    const list = (value: Value) => this.add('Reshape', [value, this.int(-1)]);
    const zeros = this.add('ConstantOfShape', [shape]);
    const tuples = this.add('Unsqueeze', [list(places), this.int(-1)]);
    const filled = this.add('ScatterND', [list(zeros), tuples, list(this.add('Relu', [pooled]))]);
    this.pairs.push({ pooled: x, made: zeros, isByPlane: true });
    return this.add('Reshape', [filled, shape]);
  }

  /** Windows and back, with the batch as the number of windows by how many there are in a picture. */
  private windows(x: Value, { side, isPadded }: { side: number; isPadded: boolean }): Value {
    const [n, h, w] = [0, 2, 3].map((axis) => this.size(x, axis)) as [Value, Value, Value];
    const missing = (size: Value) =>
      isPadded
        ? this.by('Mod', this.add('Sub', [this.int(side), this.by('Mod', size, side)]), side)
        : this.by('Mul', size, 0);
    const [below, right] = [missing(h), missing(w)];
    const padded = this.add('Pad', [x, this.list(0, 0, 0, 0, 0, 0, below, right)]);
    const [high, wide] = [this.by('Add', h, below), this.by('Add', w, right)];
    const [down, across] = [this.by('Div', high, side), this.by('Div', wide, side)];
    const split = this.add('Reshape', [padded, this.list(n, channels, down, side, across, side)]);
    const apart = this.add('Transpose', [split], { perm: [0, 2, 4, 1, 3, 5] });
    const windows = this.add('Reshape', [apart, this.int(-1, channels, side, side)]);
    const count = this.by('Div', this.by('Div', this.by('Mul', high, wide), side), side);
    const batch = this.by('Div', this.size(windows, 0), count);
    const together = this.add('Reshape', [windows, this.list(batch, down, across, channels, side, side)]);
    const back = this.add('Transpose', [together], { perm: [0, 3, 1, 4, 2, 5] });
    const whole = this.add('Reshape', [back, this.list(batch, -1, high, wide)]);
    return this.add('Slice', [whole, this.int(0, 0), this.list(h, w), this.int(2, 3)]);
  }
}

type Sizes = ReadonlyMap<string, number>;

export interface SizedNetwork {
  readonly graph: Graph;
  readonly pairs: readonly Pair[];
  readonly [fc.toStringMethod]: () => string;
}

export const sizedNetworks: fc.Arbitrary<SizedNetwork> = fc
  .array(block, { minLength: 1, maxLength: 5 })
  .map((blocks) => {
    const builder = new NetworkBuilder(18);
    const x = builder.input('x', [1, channels, symbol('H'), symbol('W')]);
    const y = blocks.reduce((value, item) => builder.block(value, item), builder.add('Relu', [x]));
    const watched = builder.pairs.flatMap(({ pooled, made }) => (made === undefined ? [pooled] : [pooled, made]));
    const text = blocks.map((item) => JSON.stringify(item)).join(' ');
    return { graph: builder.graph(y, ...new Set(watched)), pairs: builder.pairs, [fc.toStringMethod]: () => text };
  });

/**
 * Whether the references compute the network, without inference, each unpooling makes what was pooled, and nothing is empty by
 * accident: a size of 0 in the target of a Reshape stands for the one that was there, so what comes out is of another shape.
 */
function runs({ graph, pairs }: SizedNetwork, open: Inference, sizes: Sizes, mayOverhang: boolean): boolean {
  const [height, width] = [sizes.get('H')!, sizes.get('W')!];
  const dims = [1, channels, height, width];
  const x = new Tensor('float32', dims, new Float32Array(height * width * channels));
  let outputs: readonly Tensor[];
  try {
    ({ outputs } = execute(
      scheduleReferences(graph),
      graph.inputs.map(() => x),
    ));
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
  const dimsOf = (value: Value) => outputs[graph.outputs.indexOf(value)]!.dims;
  const [output] = graph.outputs as [Value];
  const inferred = open.types.get(output)?.shape?.map((dim) => substitute(dim, sizes));
  const isOtherwise = inferred !== undefined && String(dimsOf(output)) !== String(inferred);
  if (isOtherwise && [...dimsOf(output), ...inferred].includes(0)) return false;
  return pairs.every(({ pooled, made, isByPlane = false }) => {
    const before = dimsOf(pooled);
    // A single window that overhangs is counted by some tools only.
    if (!mayOverhang && (before[2]! < 2 || before[3]! < 2)) return false;
    if (made === undefined) return true;
    const from = isByPlane ? 3 : 0;
    return String(dimsOf(made).slice(from)) === String(before.slice(from));
  });
}

export interface Judged {
  /** The first size of which something else is said than what is: `3 × 5: true, and the network does not run`. */
  readonly wrong: string | undefined;
  /** At how many sizes the network runs. */
  readonly legal: number;
}

/** Each size up to a bound is legal exactly when the references compute the network at it. */
export function judge(item: SizedNetwork): Judged {
  const open = infer(item.graph);
  const counted = infer(item.graph, { countsOverhangs: true });
  const { symbols, undecided, relations } = legalSizes(item.graph, open);
  const hasError = open.diagnostics.some(({ severity }) => severity === 'error');
  const isTold = !hasError && undecided.length === 0 && relations.length === 0;
  let legal = 0;
  for (let height = 1; height <= bound; height++) {
    for (let width = 1; width <= bound; width++) {
      const sizes = new Map([
        ['H', height],
        ['W', width],
      ]);
      const isRun = runs(item, open, sizes, false);
      legal += Number(isRun);
      const fails = (what: string, said: boolean, is = isRun) => ({
        wrong: `${height} × ${width}: ${what} says ${said}, and the network ${is ? 'runs' : 'does not run'}`,
        legal,
      });
      const verdict = isLegal(open, sizes);
      if (verdict !== undefined && verdict !== isRun) return fails('isLegal', verdict);
      if (verdict === false) {
        const mayRun = runs(item, counted, sizes, true);
        const said = isLegal(counted, sizes) ?? mayRun;
        if (said !== mayRun) return fails('isLegal where windows may overhang', said, mayRun);
      }
      if (!isTold || !symbols.every(({ set }) => set !== undefined)) continue;
      const told = symbols.every(({ name, set }) => set?.has(sizes.get(name) ?? 0));
      if (told !== isRun) return fails(symbols.map(({ text }) => text).join('; '), told);
    }
  }
  return { wrong: undefined, legal };
}
