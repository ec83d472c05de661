/**
 * Scan: runs a subgraph once for each position along an axis of its scan inputs, carrying states from one to the next.
 * Version 8 does so for each element of a batch (axis 0; the sequence is axis 1), whose sequences may end early. Later
 * versions have attributes for the axes and leave the batch to the body.
 */

import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf, sub } from '../../ir/dim.js';
import type { Graph } from '../../ir/graph.js';
import { numbersOf } from '../../ir/numeric.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import type { PacedRun } from '../../limits/steps.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { graph, int, ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { type Body, type BodyContext, defineOperator, type Operator, type ReferenceContext } from '../operator.js';
import { optional, variadic } from '../signature.js';
import { anyType, int64s } from '../type-set.js';
import { Stack, sliceAt } from './stack.js';
import { checkCounts, declaredElement, joinElementTypes, requireTensors } from './subgraph.js';

const attributes = {
  body: graph().required(),
  directions: ints().before(9),
  num_scan_inputs: int().required(),
  scan_input_axes: ints().from(9),
  scan_input_directions: ints().from(9),
  scan_output_axes: ints().from(9),
  scan_output_directions: ints().from(9),
};

interface ScanAttributes {
  readonly body: Graph;
  readonly directions: readonly number[] | undefined;
  readonly num_scan_inputs: number;
  readonly scan_input_axes: readonly number[] | undefined;
  readonly scan_input_directions: readonly number[] | undefined;
  readonly scan_output_axes: readonly number[] | undefined;
  readonly scan_output_directions: readonly number[] | undefined;
}

/** The roles of the node's inputs and outputs. */
interface ScanLayout {
  /** Index of the first state among the inputs. */
  readonly firstState: number;
  readonly stateCount: number;
  readonly scanCount: number;
  readonly outputCount: number;
  readonly hasBatch: boolean;
  readonly inputAxes: readonly number[];
  readonly outputAxes: readonly number[];
  readonly isInputReversed: readonly boolean[];
  readonly isOutputReversed: readonly boolean[];
}

const scanInputCount = defineProblem(
  'US1304',
  { maximum: 'integer', numScanInputs: 'integer' },
  ({ maximum, numScanInputs }) => ({
    message: "the attribute 'num_scan_inputs' does not fit the inputs",
    value: 'num_scan_inputs',
    expected: `1 to ${maximum}`,
    actual: String(numScanInputs),
  }),
);

function layoutOf(context: {
  readonly version: number;
  readonly attributes: ScanAttributes;
  readonly inputs: readonly unknown[];
  readonly outputCount: number;
}): ScanLayout {
  const { body, num_scan_inputs, directions, ...given } = context.attributes;
  const hasBatch = context.version < 9;
  const firstState = hasBatch ? 1 : 0;
  const stateCount = context.inputs.length - firstState - num_scan_inputs;
  if (!(num_scan_inputs >= 1 && stateCount >= 0)) {
    fail(scanInputCount({ maximum: context.inputs.length - firstState, numScanInputs: num_scan_inputs }));
  }
  checkCounts(body, 'the body', stateCount + num_scan_inputs, Math.max(stateCount, context.outputCount));
  const outputCount = body.outputs.length - stateCount;
  return {
    firstState,
    stateCount,
    scanCount: num_scan_inputs,
    outputCount,
    hasBatch,
    inputAxes: listOf('scan_input_axes', given.scan_input_axes, num_scan_inputs),
    outputAxes: listOf('scan_output_axes', given.scan_output_axes, outputCount),
    isInputReversed: listOf('scan_input_directions', directions ?? given.scan_input_directions, num_scan_inputs).map(
      Boolean,
    ),
    isOutputReversed: listOf('scan_output_directions', given.scan_output_directions, outputCount).map(Boolean),
  };
}

const scanAttributeMisfit = defineProblem(
  'US1209',
  { attribute: 'string', length: 'integer', values: 'integers' },
  ({ attribute, length, values }) => ({
    message: `the attribute '${attribute}' does not fit`,
    value: attribute,
    expected: `${length} integers`,
    actual: `[${values.join(', ')}]`,
  }),
);

/** One entry for each input or output (default: zeros). */
function listOf(name: string, list: readonly number[] | undefined, length: number): readonly number[] {
  if (list === undefined) return new Array<number>(length).fill(0);
  if (list.length === length) return list;
  fail(scanAttributeMisfit({ attribute: name, length, values: list }));
}

const scanRankTooLow = defineProblem(
  'US1201',
  { value: 'string', axes: 'integer', shape: 'shape' },
  ({ value, axes, shape }) => ({
    message: `${value} does not have the axes that a Scan takes off`,
    value,
    expected: `rank ${axes} or more`,
    actual: formatShape(shape),
  }),
);

/** The shape without its first `count` axes; an error if it has fewer. */
function withoutLeading(shape: Shape | undefined, count: number, what: string): Shape | undefined {
  if (shape === undefined || shape.length >= count) return shape?.slice(count);
  fail(scanRankTooLow({ value: what, axes: count, shape }));
}

function inferScan(context: InferContext<ScanAttributes>): readonly TensorType[] {
  const layout = layoutOf(context);
  const { body } = context.attributes;
  const { firstState, stateCount, scanCount, hasBatch } = layout;
  const at = (i: number) => context.inputs[firstState + i] ?? tensorType(undefined, undefined);
  const batches: Dim[] = [];
  const lengths: Dim[] = [];
  const states = Array.from({ length: stateCount }, (_, i) => {
    const { elementType, shape } = at(i);
    if (!hasBatch) return tensorType(elementType, shape);
    const state = withoutLeading(shape, 1, `state ${i}`);
    if (shape !== undefined) batches.push(shape[0]!);
    return tensorType(elementType, state);
  });
  const elements = Array.from({ length: scanCount }, (_, i) => {
    const { elementType, shape } = at(stateCount + i);
    const rest = withoutLeading(shape, hasBatch ? 1 : 0, `scan input ${i}`);
    if (shape === undefined || rest === undefined) return tensorType(elementType, undefined);
    if (hasBatch) batches.push(shape[0]!);
    const axis = normalizeAxis(layout.inputAxes[i]!, rest.length, `scan axis of input ${i}:`);
    lengths.push(rest[axis]!);
    return tensorType(
      elementType,
      rest.filter((_, k) => k !== axis),
    );
  });
  const unifyAll = (dims: readonly Dim[], what: string, reason: string): Dim =>
    dims.length === 0 ? context.fresh(reason) : dims.reduce((a, b) => context.unify(a, b, what));
  const length = unifyAll(lengths, 'lengths of the scan inputs', 'the length of the scan is not known');
  const batch = hasBatch ? [unifyAll(batches, 'batches of the inputs', 'the batch is not known')] : [];

  const outputs = context.inferGraph(
    body,
    [...states, ...elements].map((type) => ({ type })),
    { mayNotRun: length === 0 },
  );
  return outputs.map(({ type }, i) => {
    if (i < stateCount) {
      const { elementType, shape } = keepType(context, states[i]!, type, i);
      return tensorType(elementType, shape && [...batch, ...shape]);
    }
    const shape = type?.shape;
    if (shape === undefined) return tensorType(type?.elementType, undefined);
    const axis = normalizeAxis(
      layout.outputAxes[i - stateCount]!,
      shape.length + 1,
      `scan axis of output ${i - stateCount}:`,
    );
    return tensorType(type?.elementType, [...batch, ...shape.slice(0, axis), length, ...shape.slice(axis)]);
  });
}

/** Each round gets the states, and elements without the scanned axis; of version 8 both are one of a batch. */
function scanBody(context: BodyContext<ScanAttributes>): readonly Body[] {
  const { firstState, stateCount, hasBatch, inputAxes } = layoutOf(context);
  const { body } = context.attributes;
  const inputs = context.inputs.slice(firstState).map((type, i) => {
    const shape = type?.shape?.slice(hasBatch ? 1 : 0);
    if (shape === undefined || i < stateCount) return tensorType(type?.elementType, shape);
    const axis = normalizeAxis(inputAxes[i - stateCount]!, shape.length);
    return tensorType(
      type?.elementType,
      shape.filter((_, k) => k !== axis),
    );
  });
  const states = Array.from({ length: stateCount }, (_, i) => ({ output: i, input: i }));
  return [{ attribute: 'body', graph: body, inputs, repeats: true, states, isTrue: [] }];
}

/**
 * By the specification states keep their shape, so the shape before the body is kept, and a different one after it is
 * reported.
 */
const stateShapeChanges = defineProblem(
  'US1202',
  { state: 'integer', before: 'shape', after: 'shape' },
  ({ state, before, after }) => ({
    message: `the body changes the shape of state ${state}`,
    expected: formatShape(before),
    actual: formatShape(after),
  }),
);

function keepType(
  context: InferContext<unknown>,
  before: TensorType,
  after: TensorType | undefined,
  i: number,
): TensorType {
  const elementType = joinElementTypes(before, after, `state ${i} of the Scan`);
  const [x, y] = [before.shape, after?.shape];
  if (x === undefined || y === undefined) return tensorType(elementType, x ?? y);
  const isSame = x.length === y.length && x.every((dim, axis) => canBeEqual(dim, y[axis]!));
  if (!isSame) {
    context.warn(stateShapeChanges({ state: i, before: x, after: y }));
  }
  return tensorType(elementType, x);
}

function canBeEqual(a: Dim, b: Dim): boolean {
  const { min, max } = rangeOf(sub(a, b));
  return min <= 0 && max >= 0;
}

/** @throws ProblemError US1202 if an iteration changed the shape of a state, which types in the graph rely on */
function checkState(state: number, before: readonly number[], after: readonly number[]): void {
  if (before.length === after.length && before.every((size, axis) => size === after[axis])) return;
  fail(stateShapeChanges({ state, before, after }));
}

/** Scans one sequence and returns the final states; other outputs of the body are added to `stacks`. */
function* scanSequence(
  context: ReferenceContext<ScanAttributes>,
  { stateCount, isInputReversed }: ScanLayout,
  states: readonly Tensor[],
  scanned: readonly { readonly tensor: Tensor; readonly axis: number }[],
  length: number,
  stacks: readonly Stack[],
): PacedRun<readonly Tensor[]> {
  let carried = states;
  for (let t = 0; t < length; t++) {
    const elements = scanned.map(({ tensor, axis }, i) =>
      sliceAt(tensor, axis, isInputReversed[i] ? length - 1 - t : t),
    );
    const outputs = yield* context.runGraph(context.attributes.body, [...carried, ...elements]);
    carried = outputs.slice(0, stateCount);
    carried.forEach((state, i) => {
      checkState(i, states[i]!.dims, state.dims);
    });
    stacks.forEach((stack, k) => {
      stack.push(outputs[stateCount + k]!);
    });
  }
  return carried;
}

const scanLengthsDiffer = defineProblem('US1202', { lengths: 'integers' }, ({ lengths }) => ({
  message: 'what is scanned together differs in length',
  expected: 'one length',
  actual: lengths.join(', '),
}));

function lengthOf(scanned: readonly { readonly tensor: Tensor; readonly axis: number }[]): number {
  const lengths = scanned.map(({ tensor, axis }) => tensor.dims[axis]!);
  if (lengths.every((length) => length === lengths[0])) return lengths[0]!;
  fail(scanLengthsDiffer({ lengths }));
}

function* runScan(context: ReferenceContext<ScanAttributes>): PacedRun<readonly Tensor[]> {
  const layout = layoutOf(context);
  const { body } = context.attributes;
  requireTensors(body, 'the Scan');
  const { firstState, stateCount, scanCount, hasBatch } = layout;
  const inputAt = (i: number) => tensorAt(context, firstState + i);
  const states = Array.from({ length: stateCount }, (_, i) => inputAt(i));
  const inputs = Array.from({ length: scanCount }, (_, i) => inputAt(stateCount + i));
  if (hasBatch) return yield* runBatches(context, layout, states, inputs);

  const scanned = inputs.map((tensor, i) => ({
    tensor,
    axis: normalizeAxis(layout.inputAxes[i]!, tensor.dims.length),
  }));
  const stacks = stacksOf(context, stateCount);
  const carried = yield* scanSequence(context, layout, states, scanned, lengthOf(scanned), stacks);
  const outputs = stacks.map((stack, k) => {
    const blank = () => declaredElement(body.outputs[stateCount + k]!);
    const { dims } = stack.element ?? blank();
    const axis = normalizeAxis(layout.outputAxes[k]!, dims.length + 1);
    return stack.join(axis, blank, { reversed: layout.isOutputReversed[k]! });
  });
  return [...carried, ...outputs];
}

function stacksOf({ attributes, live }: ReferenceContext<ScanAttributes>, stateCount: number): Stack[] {
  return attributes.body.outputs.slice(stateCount).map(({ name }) => new Stack(name, live));
}

/** Version 8: scans each element of the batch separately; positions after the end of a sequence stay 0. */
function* runBatches(
  context: ReferenceContext<ScanAttributes>,
  layout: ScanLayout,
  states: readonly Tensor[],
  inputs: readonly Tensor[],
): PacedRun<readonly Tensor[]> {
  const { body } = context.attributes;
  const { stateCount } = layout;
  for (const tensor of states) withoutLeading(tensor.dims, 1, 'a state');
  for (const tensor of inputs) withoutLeading(tensor.dims, 2, 'a scan input');
  const size = lengthOf(inputs.map((tensor) => ({ tensor, axis: 1 })));
  const batch = lengthOf([...states, ...inputs].map((tensor) => ({ tensor, axis: 0 })));
  checkBatch(batch);
  const finals = states.map((_, i) => new Stack(body.outputs[i]!.name, context.live));
  const sequences: Stack[][] = [];
  for (const [b, length] of sequenceLengths(context.inputs[0], batch, size).entries()) {
    const stacks = stacksOf(context, stateCount);
    const scanned = inputs.map((tensor) => ({ tensor: sliceAt(tensor, 0, b), axis: 0 }));
    const initial = states.map((state) => sliceAt(state, 0, b));
    const carried = yield* scanSequence(context, layout, initial, scanned, length, stacks);
    carried.forEach((state, i) => {
      finals[i]!.push(state);
    });
    sequences.push(stacks);
  }
  const outputs = body.outputs.slice(stateCount).map((output, k) => {
    const stacks = sequences.map((sequence) => sequence[k]!);
    const blank = () => stacks.find((stack) => stack.length > 0)?.element ?? declaredElement(output);
    const joined = new Stack(output.name, context.live);
    for (const stack of stacks) joined.push(stack.join(0, blank, { size }));
    return joined.join(0, () => ({ type: blank().type, dims: [size, ...blank().dims] }));
  });
  const carried = finals.map((stack, i) =>
    stack.join(0, () => ({ type: states[i]!.type, dims: states[i]!.dims.slice(1) })),
  );
  return [...carried, ...outputs];
}

/** A bound on the batch, since sequences of length 0 do not count as runs of the body. */
const maxBatch = 2 ** 20;

const scanBatchTooLarge = defineProblem('US2007', { batch: 'integer' }, ({ batch }) => ({
  message: 'the batch of the Scan is too large',
  expected: `at most ${maxBatch}`,
  actual: String(batch),
}));

function checkBatch(batch: number): void {
  if (batch <= maxBatch) return;
  fail(scanBatchTooLarge({ batch }));
}

const scanLengthsMisfit = defineProblem(
  'US1211',
  { batch: 'integer', length: 'integer', lengths: 'integers' },
  ({ batch, length, lengths }) => ({
    message: 'sequence_lens does not fit the scan inputs',
    value: 'sequence_lens',
    expected: `${batch} lengths from 0 to ${length}`,
    actual: `[${lengths.join(', ')}]`,
  }),
);

function sequenceLengths(tensor: Tensor | undefined, batch: number, size: number): readonly number[] {
  if (tensor === undefined) return new Array<number>(batch).fill(size);
  const lengths = Array.from(numbersOf(tensor));
  if (lengths.length === batch && lengths.every((length) => length >= 0 && length <= size)) return lengths;
  fail(scanLengthsMisfit({ batch, length: size, lengths }));
}

export const scans: readonly Operator[] = [
  defineOperator({
    name: 'Scan',
    versions: [8, 9, 11, 16, 19, 21, 23, 24, 25],
    inputs: [
      optional('sequence_lens', int64s).before(9),
      variadic('initial_state_and_scan_inputs', 'V', { isMixed: true }),
    ],
    outputs: [variadic('final_state_and_scan_outputs', 'V', { isMixed: true })],
    types: { V: anyType },
    attributes,
    infer: inferScan,
    reference: runScan,
    bodies: scanBody,
  }),
];
