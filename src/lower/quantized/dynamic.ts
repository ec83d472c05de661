/**
 * DynamicQuantizeLinear: the range of the tensor, from it scale and zero point, then the integers. Integer products read the
 * integers less the zero point, so these are made first; the integers themselves only where something else reads them.
 */

import type { Node, Value } from '../../ir/graph.js';
import { dynamicQuantizeLinearSchema } from '../../ops/quantization/schemas.js';
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  unary,
  where,
} from '../../wasm/kernels/elementwise-expression.js';
import { makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import type { LoweredTensor } from '../context/tensor.js';
import type { Pointer } from '../context/unplaced-step.js';
import { addElementwise } from '../elementwise/loops.js';
import { setWithoutZeroPoint, subtractedBy } from '../elementwise/zero-points.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { rangesOf } from './range-steps.js';

const lowerDynamicQuantizeLinear = defineLowering(
  dynamicQuantizeLinearSchema,
  kernelsOf(floats),
  (context, node, { inputs }) => {
    const { x } = inputs;
    const dims = context.values.floatDims(x);
    if (dims === undefined) return unfitValue;
    const [y, scale, zeroPoint] = [0, 1, 2].map(
      (i) => node.outputs[i] ?? context.values.ownValue(`${node.name} ${i}`, []),
    );
    const ranges = rangesOf(context, node, x!, dims);
    const count = ranges.length;
    const [highs, lows] = [ranges.map(({ high }) => high), ranges.map(({ low }) => low)];
    addNumber(context, node, scale!, scaleTree(extreme('max', 0, count), extreme('min', count, count)), [
      ...highs,
      ...lows,
    ]);
    addNumber(context, node, zeroPoint!, zeroPointTree(extreme('min', 1, count)), [
      { tensor: context.tensors.rowMajor(scale!) },
      ...lows,
    ]);
    const quotient = unary('round', binary('div', input(0), input(1)));
    const zero = input(2);
    const addIntegers = (tree: Elementwise, output: Value) =>
      addElementwise(context, { nodes: [node], tree, inputs: [x!, scale!, zeroPoint!], output });
    const addWhole = () => addIntegers(clip(binary('add', quotient, zero), 0, 255), y!);
    if (makesBytes(context, y!)) {
      addWhole();
      return undefined;
    }
    if (!context.uses.readers(y!).some((reader) => subtractedBy(context, reader, y!) === zeroPoint)) {
      addWhole();
      return undefined;
    }
    const subtracted = context.values.ownValue(`${y!.name} without zero point`, dims);
    const bounded = binary('max', quotient, unary('neg', zero));
    addIntegers(binary('min', bounded, binary('sub', constant(255), zero)), subtracted);
    setWithoutZeroPoint(context, y!, zeroPoint!, subtracted);
    context.tensors.makeLater(y!, addWhole);
    return undefined;
  },
);

/** The largest or the smallest of some inputs. */
function extreme(side: 'max' | 'min', first: number, count: number): Elementwise {
  return Array.from({ length: count }, (_, i) => input(first + i)).reduce<Elementwise>(
    (some, next) => (some === next ? some : binary(side, some, next)),
    input(first),
  );
}

/** (high - low) / 255, with 0 taken into the range; 1 for a tensor of zeros. */
function scaleTree(high: Elementwise, low: Elementwise): Elementwise {
  const span = binary('sub', binary('max', high, constant(0)), binary('min', low, constant(0)));
  return where(span, binary('div', span, constant(255)), constant(1));
}

/** -low / scale, rounded, within uint8. Input 0 is the scale. */
function zeroPointTree(low: Elementwise): Elementwise {
  return unary('round', clip(binary('div', unary('neg', binary('min', low, constant(0))), input(0)), 0, 255));
}

function addNumber(
  context: LoweringContext,
  node: Node,
  value: Value,
  tree: Elementwise,
  sources: readonly (Pointer & { readonly tensor: LoweredTensor })[],
): void {
  const target = context.tensors.makeRowMajor(value);
  context.add({
    kind: 'kernel',
    algorithm: 'elementwise',
    nodes: [node],
    reads: sources.map(({ tensor }) => tensor),
    writes: [target],
    operations: 0,
    build: () => ({
      kernel: {
        name: 'elementwise',
        params: { tree, axes: [], channels: 1, writable: 8, isBroadcast: sources.map(() => false) },
      },
      pointers: [...sources, { tensor: target }],
    }),
  });
}

export const dynamicQuantizationLowerings: readonly Lowering[] = [lowerDynamicQuantizeLinear];
