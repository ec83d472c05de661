/**
 * Random graphs with branches, loops, scans, and sizes that only a run shows, in one another: kernels compute what references
 * do, one thread computes what two do, and a second run what the first did.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Graph, Value } from '../../src/ir/graph.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { expectEqual, noise } from '../runtime/both-executors.js';
import { GraphBuilder } from '../support/graph.js';

const channels = 8;
/** Pixels of a row and a column; beyond the work that references are left. */
const side = 24;

/** What makes an image of an image of the same channels. */
type Stage =
  | { readonly kind: 'layer'; readonly seed: number }
  | { readonly kind: 'if'; readonly first: readonly Stage[]; readonly second: readonly Stage[] }
  | { readonly kind: 'loop'; readonly trips: number; readonly body: readonly Stage[]; readonly swaps: boolean }
  | { readonly kind: 'scan'; readonly body: readonly Stage[]; readonly reversed: boolean }
  | { readonly kind: 'resize' }
  | { readonly kind: 'compress' };

const { stages } = fc.letrec<{ stages: Stage[]; stage: Stage }>((tie) => ({
  stages: fc.array(tie('stage'), { minLength: 1, maxLength: 2, depthIdentifier: 'graph' }),
  stage: fc.oneof(
    { depthIdentifier: 'graph', depthSize: 'small', maxDepth: 3 },
    fc.record({ kind: fc.constant('layer' as const), seed: fc.nat(9) }),
    fc.record({ kind: fc.constant('resize' as const) }),
    fc.record({ kind: fc.constant('compress' as const) }),
    fc.record({ kind: fc.constant('if' as const), first: tie('stages'), second: tie('stages') }),
    fc.record({
      kind: fc.constant('loop' as const),
      trips: fc.nat(2),
      body: tie('stages'),
      swaps: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('scan' as const), body: tie('stages'), reversed: fc.boolean() }),
  ),
}));

/** Values of the outermost graph that stages read wherever they are. */
interface Outer {
  readonly condition: Value;
  /** Kept columns, as bools. */
  readonly kept: Value;
  /** Sizes of an image, whose elements only a run shows. */
  readonly sizes: Value;
  readonly weights: Value;
}

function addStages(b: GraphBuilder, x: Value, stages: readonly Stage[], outer: Outer): Value {
  return stages.reduce((value, stage) => addStage(b, value, stage, outer), x);
}

function addStage(b: GraphBuilder, x: Value, stage: Stage, outer: Outer): Value {
  const body = (stages: readonly Stage[], value: Value, inner = new GraphBuilder(17)) =>
    addStages(inner, value, stages, outer);
  switch (stage.kind) {
    case 'layer': {
      const w = stage.seed % 2 === 0 ? outer.weights : b.constant(float32([8, 8, 3, 3], noise(576, stage.seed)));
      return b.add('Tanh', [b.add('Conv', [x, w], { pads: [1, 1, 1, 1] })]);
    }
    case 'resize':
      return b.add('Resize', [x, undefined, undefined, outer.sizes], { mode: 'nearest' });
    case 'compress': {
      // Back to the side at once: stages that follow, and bodies around, take any size, but kept columns are as many.
      const square = b.add('Resize', [x, undefined, undefined, outer.sizes], { mode: 'nearest' });
      return b.add('Compress', [square, outer.kept], { axis: 3 });
    }
    case 'if': {
      const branch = (stages: readonly Stage[]) => {
        const inner = new GraphBuilder(17);
        return { kind: 'graph', value: inner.graph(body(stages, x, inner)) } as const;
      };
      return b.add('If', [outer.condition], {
        then_branch: branch(stage.first),
        else_branch: branch(stage.second),
      });
    }
    case 'loop': {
      const inner = new GraphBuilder(17);
      inner.input('i', [], 'int64');
      const going = inner.input('going', [], 'bool');
      const [first, second] = [inner.input('first', undefined), inner.input('second', undefined)];
      const next = body(stage.body, first, inner);
      const carried = stage.swaps ? [second, next] : [next, first];
      const value = inner.graph(inner.add('Identity', [going]), ...carried);
      const inputs = [b.constant(int64([], [stage.trips])), b.constant(bool([], [true])), x, x];
      const made = b.addMany('Loop', inputs, 2, { body: { kind: 'graph', value } });
      return made[1]!;
    }
    case 'scan': {
      // Over the columns: an image of one column, and the sum of what came before it.
      const inner = new GraphBuilder(17);
      const state = inner.input('state', undefined);
      const column = inner.input('column', undefined);
      const axis = inner.constant(int64([1], [3]));
      const image = body(
        stage.body.filter(({ kind }) => kind === 'layer'),
        inner.add('Unsqueeze', [column, axis]),
        inner,
      );
      const flat = inner.add('ReduceMean', [image], { axes: [3], keepdims: 0 });
      const sum = inner.add('Tanh', [inner.add('Add', [state, flat])]);
      const value = inner.graph(sum, sum);
      const start = b.add('ReduceMean', [x], { axes: [3], keepdims: 0 });
      const direction = stage.reversed ? [1] : [0];
      const [, made] = b.addMany('Scan', [start, x], 2, {
        body: { kind: 'graph', value },
        num_scan_inputs: 1,
        scan_input_axes: [3],
        scan_output_axes: [3],
        scan_input_directions: direction,
        scan_output_directions: direction,
      });
      return made!;
    }
  }
}

function graphOf(list: readonly Stage[]): Graph {
  const b = new GraphBuilder(17);
  const x = b.input('x', [1, channels, side, side]);
  const condition = b.input('condition', [], 'bool');
  const kept = b.input('kept', [side], 'bool');
  const sizes = b.add('Cast', [b.input('sizes', [4])], { to: 7 });
  const weights = b.constant(float32([8, 8, 3, 3], noise(576)));
  return b.graph(addStages(b, x, list, { condition, kept, sizes, weights }));
}

describe('graphs with bodies and open sizes', () => {
  it('are computed as references compute them', () =>
    fc.assert(
      fc.asyncProperty(stages, fc.boolean(), fc.integer({ min: 1, max: side }), async (list, condition, count) => {
        const feeds = {
          x: new Tensor('float32', noise(channels * side * side), [1, channels, side, side]),
          condition: new Tensor('bool', [condition], []),
          kept: new Tensor(
            'bool',
            Array.from({ length: side }, (_, i) => i < count),
            [side],
          ),
          sizes: new Tensor('float32', Float32Array.of(1, channels, side, side), [4]),
        };
        const other = { ...feeds, condition: new Tensor('bool', [!condition], []) };
        await expectEqual(graphOf(list), feeds, other, feeds);
      }),
      { numRuns: 5 },
    ));
});
