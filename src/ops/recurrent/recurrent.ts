/**
 * Shared by RNN, GRU and LSTM: attributes, shapes, and the loop over directions, samples and steps. Layouts of inputs
 * and outputs: Operators.md, LSTM.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim, mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { integersOf, type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import type { CostContext, ReferenceContext } from '../operator.js';
import { type Activation, type ActivationAttributes, activationsOf } from './activations.js';

export interface RecurrentAttributes extends ActivationAttributes {
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  readonly hidden_size: number | undefined;
  /** 0: steps before samples; 1: samples before steps. */
  readonly layout: 0 | 1;
}

/** What differs between the cells. */
export interface CellFacts {
  /** Blocks of `hidden` rows in W and R. */
  readonly gates: number;
  /** States carried from step to step, the output first: h, or h and c. */
  readonly states: number;
  /** Peephole blocks in the last input; 0 if there is none. */
  readonly peepholes: number;
  /** Default activation functions of one direction. */
  readonly activations: readonly string[];
}

const inputNames = ['X', 'W', 'R', 'B', 'sequence_lens', 'initial_h', 'initial_c', 'P'] as const;

function directionsOf({ direction }: Pick<RecurrentAttributes, 'direction'>): number {
  return direction === 'bidirectional' ? 2 : 1;
}

/** The types of Y, Y_h and, for two states, Y_c. */
export function recurrentTypes(context: InferContext<RecurrentAttributes>, facts: CellFacts): TensorType[] {
  const { attributes } = context;
  const { layout } = attributes;
  const directions = directionsOf(attributes);
  activationsOf(attributes, facts.activations, directions);
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 3 });
  const r = shapeOfRank(context, 2, 'R', { min: 3, max: 3 });
  const hidden = attributes.hidden_size ?? r?.[2];
  const type = context.elementType(0);
  if (x === undefined || hidden === undefined) {
    return Array.from({ length: 1 + facts.states }, () => tensorType(type, undefined));
  }
  const [steps, batch] = layout === 0 ? [x[0]!, x[1]!] : [x[1]!, x[0]!];
  const rows = mul(facts.gates, hidden);
  const state = layout === 0 ? [directions, batch, hidden] : [batch, directions, hidden];
  const expected: readonly (Shape | undefined)[] = [
    undefined,
    [directions, rows, x[2]!],
    [directions, rows, hidden],
    [directions, mul(2, rows)],
    [batch],
    state,
    state,
    [directions, mul(facts.peepholes, hidden)],
  ];
  expected.forEach((shape, i) => {
    if (shape !== undefined) checkInput(context, i, shape);
  });
  const sequence = layout === 0 ? [steps, directions, batch, hidden] : [batch, steps, directions, hidden];
  return [sequence, ...new Array<Shape>(facts.states).fill(state)].map((shape) => tensorType(type, shape));
}

const recurrentInputMisfit = defineProblem(
  'US1202',
  { input: 'string', shape: 'shape', expectedShape: 'shape', axis: 'integer', expected: 'size', actual: 'size' },
  ({ input, shape, expectedShape, expected, actual }) => ({
    message: `${input} ${formatShape(shape)} does not fit X, hidden_size and direction: it should be ${formatShape(expectedShape)}`,
    value: input,
    expected: String(expected),
    actual: String(actual),
  }),
);

function checkInput(context: Pick<InferContext<unknown>, 'shape' | 'unify'>, i: number, expected: Shape): void {
  const name = inputNames[i]!;
  const shape = shapeOfRank(context, i, name, { min: expected.length, max: expected.length });
  shape?.forEach((size, axis) => {
    agree(context, expected[axis]!, size, `sizes of ${name} at axis ${axis}`, (sizes) =>
      recurrentInputMisfit({ input: name, shape, expectedShape: expected, axis, ...sizes }),
    );
  });
}

/** Every step of every sample multiplies all of W and R. */
export function recurrentMacs({ inputs }: CostContext<unknown>): Dim {
  const [x, w, r] = inputs;
  if (x?.length !== 3 || w === undefined || r === undefined) return 0;
  return mul(x[0]!, x[1]!, add(elementCountOf(w), elementCountOf(r)));
}

/** The weights of one direction. */
export interface CellWeights {
  readonly input: number;
  readonly hidden: number;
  /** [gates · hidden, input]. */
  readonly w: NumberArray;
  /** [gates · hidden, hidden]. */
  readonly r: NumberArray;
  /** [gates · hidden] each. */
  readonly wBias: NumberArray;
  readonly rBias: NumberArray;
  /** [peepholes · hidden]. */
  readonly peepholes: NumberArray;
  readonly activations: readonly Activation[];
}

/** Reads the sample at `x[start …]` and the states of the step before, and overwrites these with the new states. */
export type Step = (x: NumberArray, start: number, states: readonly Float64Array[]) => void;

export function runRecurrent(
  context: ReferenceContext<RecurrentAttributes>,
  facts: CellFacts,
  makeStep: (weights: CellWeights) => Step,
): readonly Tensor[] {
  const { attributes } = context;
  const directions = directionsOf(attributes);
  const x = tensorAt(context, 0);
  const [w, r, bias, peepholes] = [1, 2, 3, 7].map((i) => context.inputs[i]);
  const hidden = r!.dims[2]!;
  const rows = facts.gates * hidden;
  const input = x.dims[2]!;
  const [steps, batch] = (attributes.layout === 0 ? x.dims : [x.dims[1], x.dims[0]]) as [number, number];
  const lengths = sequenceLengths(context.inputs[4], batch, steps);
  const initial = [context.inputs[5], context.inputs[6]].slice(0, facts.states);
  const place = placing(attributes.layout, steps, directions, batch);

  const numbers = numbersOf(x);
  const y = new Float64Array(steps * directions * batch * hidden);
  const last = initial.map((tensor) =>
    tensor === undefined ? new Float64Array(directions * batch * hidden) : Float64Array.from(numbersOf(tensor)),
  );
  const functions = activationsOf(attributes, facts.activations, directions);
  for (let d = 0; d < directions; d++) {
    const isReverse = attributes.direction === 'reverse' || d === 1;
    const biases = direction(bias, d, 2 * rows);
    const step = makeStep({
      input,
      hidden,
      w: direction(w, d, rows * input),
      r: direction(r, d, rows * hidden),
      wBias: biases.subarray(0, rows),
      rBias: biases.subarray(rows),
      peepholes: direction(peepholes, d, facts.peepholes * hidden),
      activations: functions[d]!,
    });
    for (let n = 0; n < batch; n++) {
      const stateStart = place.state(d, n) * hidden;
      const states = last.map((state) => state.subarray(stateStart, stateStart + hidden));
      for (let s = 0; s < lengths[n]!; s++) {
        const t = isReverse ? lengths[n]! - 1 - s : s;
        step(numbers, place.input(t, n) * input, states);
        y.set(states[0]!, place.output(t, d, n) * hidden);
      }
    }
  }
  return [
    tensorFromNumbers(x.type, [...place.outputDims, hidden], y),
    ...last.map((state) => tensorFromNumbers(x.type, [...place.stateDims, hidden], state)),
  ];
}

/** The index of the vector of step t, direction d and sample n. */
function placing(layout: 0 | 1, steps: number, directions: number, batch: number) {
  return layout === 0
    ? {
        input: (t: number, n: number) => t * batch + n,
        output: (t: number, d: number, n: number) => (t * directions + d) * batch + n,
        state: (d: number, n: number) => d * batch + n,
        outputDims: [steps, directions, batch],
        stateDims: [directions, batch],
      }
    : {
        input: (t: number, n: number) => n * steps + t,
        output: (t: number, d: number, n: number) => (n * steps + t) * directions + d,
        state: (d: number, n: number) => n * directions + d,
        outputDims: [batch, steps, directions],
        stateDims: [batch, directions],
      };
}

/** The part of one direction; an absent input is zero. */
function direction(tensor: Tensor | undefined, d: number, length: number): NumberArray {
  return tensor === undefined ? new Float64Array(length) : numbersOf(tensor).subarray(d * length, (d + 1) * length);
}

const sequenceLengthOutside = defineProblem('US1211', { steps: 'integer', length: 'integer' }, ({ steps, length }) => ({
  message: 'sequence_lens has a length outside the sequence',
  value: 'sequence_lens',
  expected: `0 to ${steps}`,
  actual: String(length),
}));

function sequenceLengths(tensor: Tensor | undefined, batch: number, steps: number): number[] {
  if (tensor === undefined) return new Array<number>(batch).fill(steps);
  const lengths = integersOf(tensor);
  const odd = lengths.find((length) => length < 0 || length > steps);
  if (odd !== undefined) {
    fail(sequenceLengthOutside({ steps, length: odd }));
  }
  return lengths;
}

/** out[row] += weights[firstRow + row] · x, for as many rows as `out` has. */
export function addProducts(
  weights: NumberArray,
  firstRow: number,
  x: NumberArray,
  start: number,
  length: number,
  out: Float64Array,
): void {
  let w = firstRow * length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += weights[w++]! * x[start + i]!;
    out[row]! += sum;
  }
}
