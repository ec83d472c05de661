/** Where. */

import { fail } from '../../diagnostics.js';
import { isEqual, isUnknown, type Quantity, type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { isConcrete, tensorType } from '../../ir/shape.js';
import { allocate, elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { broadcastDims, broadcastShapes } from '../broadcast.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { elementTypesDiffer } from '../problems.js';
import { required } from '../signature.js';
import { anyType, bools } from '../type-set.js';
import { commonElementType } from './binary.js';
import { forEachBroadcastRun } from './runs.js';
import { allKnown } from './symbolic.js';

/**
 * Follows known values: if an element of the condition is known, the selected one is enough; otherwise both must be
 * equal. Where only a run knows the condition, the element is unknown.
 */
function chooseSymbolic(context: InferContext<unknown>): readonly SymbolicTensor[] | undefined {
  const shapes: (readonly number[])[] = [];
  for (const i of [0, 1, 2]) {
    const shape = context.shape(i);
    if (shape === undefined || !isConcrete(shape)) return undefined;
    shapes.push(shape);
  }
  const [condition, x, y] = [0, 1, 2].map((i) => context.partlyKnown(i)?.elements);
  const type = context.partlyKnown(1)?.type ?? context.partlyKnown(2)?.type;
  if (type === undefined) return undefined;
  const elements: (Quantity | undefined)[] = [];
  const dims = forEachBroadcastRun(shapes, ({ length, from, step }) => {
    for (let i = 0; i < length; i++) {
      const [test, whenTrue, whenFalse] = [condition, x, y].map((known, k) => known?.[from[k]! + i * step[k]!]);
      const chosen = choose(test, whenTrue, whenFalse);
      elements.push(chosen ?? (test !== undefined && isUnknown(test) ? context.unknownElement() : undefined));
    }
  });
  return allKnown(elements) ? [symbolicTensor(type, dims, elements)] : undefined;
}

function choose(test: Quantity | undefined, x: Quantity | undefined, y: Quantity | undefined): Quantity | undefined {
  if (typeof test === 'number') return test === 0 ? y : x;
  return x !== undefined && y !== undefined && isEqual(x, y) ? x : undefined;
}

function select(condition: Tensor, x: Tensor, y: Tensor): Tensor {
  const shapes = [condition.dims, x.dims, y.dims];
  const dims = broadcastDims(...shapes);
  const data = allocate(x.type, elementCount(dims));
  // x, y and the result have the same kind of storage, and elements are only copied.
  const out = data as unknown[];
  const tests = condition.data;
  const whenTrue = x.data as ArrayLike<unknown>;
  const whenFalse = y.data as ArrayLike<unknown>;
  forEachBroadcastRun(shapes, ({ start, length, from: [c, a, b], step: [cStep, aStep, bStep] }) => {
    for (let i = 0; i < length; i++) {
      out[start + i] = tests[c! + i * cStep!] ? whenTrue[a! + i * aStep!] : whenFalse[b! + i * bStep!];
    }
  });
  return new Tensor(x.type, dims, data);
}

export const where = family(
  defineOperator({
    name: 'Where',
    versions: [9, 16],
    inputs: [required('condition', bools), required('X', 'T'), required('Y', 'T')],
    outputs: [required('output', 'T')],
    types: { T: anyType },
    isElementwise: true,
    attributes: {},
    infer: (context) => {
      const type = commonElementType(context.inputs.slice(1));
      const shapes = context.inputs.map((input) => input?.shape);
      return [tensorType(type, broadcastShapes(context, shapes))];
    },
    symbolic: chooseSymbolic,
    reference: (context) => {
      const x = tensorAt(context, 1);
      const y = tensorAt(context, 2);
      if (x.type !== y.type) {
        fail(elementTypesDiffer({ what: 'the inputs', first: x.type, second: y.type }));
      }
      return [select(tensorAt(context, 0), x, y)];
    },
  }),
);
