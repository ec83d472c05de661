/** Where next to nothing is known of the inputs, the rules say what there is; they do not fail. */
import { describe, expect, it } from 'vitest';
import { type Dim, symbol } from '../../../src/ir/dim.js';
import type { Attribute } from '../../../src/ir/graph.js';
import { type Shape, tensorType } from '../../../src/ir/shape.js';
import { centerCropPad } from '../../../src/ops/movement/center-crop-pad.js';
import { concat } from '../../../src/ops/movement/concat.js';
import { crop } from '../../../src/ops/movement/crop.js';
import { depthSpace } from '../../../src/ops/movement/depth-space.js';
import { repeating } from '../../../src/ops/movement/expand.js';
import { padded } from '../../../src/ops/movement/pad.js';
import { reshaping } from '../../../src/ops/movement/reshape.js';
import { reverseSequence } from '../../../src/ops/movement/reverse-sequence.js';
import { shapes } from '../../../src/ops/movement/shape.js';
import { slicing } from '../../../src/ops/movement/slice.js';
import { splitting } from '../../../src/ops/movement/split.js';
import { squeezing } from '../../../src/ops/movement/squeeze.js';
import { transposing } from '../../../src/ops/movement/transpose.js';
import type { Operator } from '../../../src/ops/operator.js';
import { formalsIn } from '../../../src/ops/signature.js';
import { bareContext, bareNode } from '../../support/bare-context.js';

const operators: readonly { readonly name: string; readonly operator: Operator }[] = [
  centerCropPad,
  concat,
  crop,
  depthSpace,
  repeating,
  padded,
  reshaping,
  reverseSequence,
  shapes,
  slicing,
  splitting,
  squeezing,
  transposing,
]
  .flat()
  .map((operator) => ({ name: operator.name, operator }));

const ints = (...values: number[]): Attribute => ({ kind: 'ints', value: values.map(BigInt) });

/** What versions require, and what came of age as an input. */
const attributes: Readonly<Record<string, Attribute>> = {
  blocksize: { kind: 'int', value: 2n },
  border: ints(0, 0, 0, 0),
  starts: ints(0),
  ends: ints(1),
  pads: ints(0, 0, 0, 0, 0, 0, 0, 0),
  paddings: ints(0, 0, 0, 0, 0, 0, 0, 0),
  shape: ints(0, -1),
  axes: ints(0),
  axis: { kind: 'int', value: 1n },
};

/** All inputs of a version, one of a list. */
function countOf({ inputs }: Operator, version: number): number {
  return formalsIn(inputs, version).length;
}

function bind(operator: Operator, version: number, count: number) {
  const exists = ([name]: readonly [string, Attribute]) => operator.attributes[name]?.existsIn(version) === true;
  const taken = Object.entries(attributes).filter(exists);
  return operator.bind(bareNode(operator.name, version, count, taken));
}

function inferShape(operator: Operator, version: number, inputs: readonly (Shape | undefined)[]): Shape | undefined {
  const types = inputs.map((shape) => tensorType(undefined, shape));
  const bound = bind(operator, version, inputs.length);
  const context = bareContext(types, { fresh: (reason) => symbol(`?${reason}`, { min: 0, reason }) });
  const [type] = bound.infer(context);
  expect(() => bound.symbolic(context)).not.toThrow();
  return type!.shape;
}

const n = symbol('N');
const image: readonly Dim[] = [n, 8, symbol('H'), symbol('W')];

/** Outputs whose rank the rank of the data tells, and those whose rank is always the same. */
const keepsRank = [
  'Pad',
  'Slice',
  'Split',
  'Transpose',
  'Tile',
  'CenterCropPad',
  'ReverseSequence',
  'Crop',
  'DepthToSpace',
  'SpaceToDepth',
  'Identity',
  'Concat',
];
const fixedRank: Readonly<Record<string, number>> = { Shape: 1, Size: 0, Flatten: 2 };

describe('inputs of which nothing is known', () => {
  it.each(operators)('$name, in all its versions', ({ operator }) => {
    for (const version of operator.versions) {
      const shape = inferShape(operator, version, new Array(countOf(operator, version)).fill(undefined));
      const rank = fixedRank[operator.name];
      if (rank !== undefined) expect(shape).toHaveLength(rank);
    }
  });
});

describe('data of known rank', () => {
  it.each(operators)('$name, in all its versions', ({ operator }) => {
    for (const version of operator.versions) {
      const inputs = [image, ...new Array<undefined>(countOf(operator, version) - 1).fill(undefined)];
      const shape = inferShape(operator, version, inputs);
      const rank = fixedRank[operator.name] ?? (keepsRank.includes(operator.name) ? image.length : undefined);
      if (rank !== undefined) expect(shape).toHaveLength(rank);
    }
  });
});

describe('lists of which only the length is known', () => {
  it.each([
    { op: 'Reshape', rank: 3 },
    { op: 'Expand', rank: 4 },
    { op: 'Squeeze', rank: 1 },
    { op: 'Unsqueeze', rank: 7 },
    { op: 'Pad', rank: 4 },
    { op: 'Slice', rank: 4 },
  ])('$op', ({ op, rank }) => {
    const { operator } = operators.find(({ name }) => name === op)!;
    const version = operator.versions.at(-1)!;
    const lists = new Array<Shape>(countOf(operator, version) - 1).fill([3]);
    expect(inferShape(operator, version, [image, ...lists])).toHaveLength(rank);
    expect(() => inferShape(operator, version, [undefined, ...lists])).not.toThrow();
    const endless = new Array<Shape>(countOf(operator, version) - 1).fill([2 ** 40]);
    expect(() => inferShape(operator, version, [undefined, ...endless])).not.toThrow();
    expect(inferShape(operator, version, [[n, 8], ...endless])?.length ?? 0).toBeLessThan(3);
    const open = new Array<Shape>(countOf(operator, version) - 1).fill([n]);
    expect(() => inferShape(operator, version, [image, ...open])).not.toThrow();
  });
});
