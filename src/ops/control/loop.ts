/**
 * Loop: runs a subgraph repeatedly while a condition holds and a trip count is not reached. Values are carried from one
 * iteration to the next; other outputs of the body are stacked. The total number of runs of bodies is bounded
 * (ExecuteOptions.maxSubgraphRuns), and a loop that would never end is refused at once.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, max } from '../../ir/dim.js';
import type { Graph } from '../../ir/graph.js';
import { isDim, symbolicTensor } from '../../ir/quantity.js';
import { OptionalTensor } from '../../ir/sequence.js';
import { type Shape, sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import { bool, int64, type Tensor } from '../../ir/tensor.js';
import type { PacedRun } from '../../limits/steps.js';
import { tensorAt } from '../arguments.js';
import { graph } from '../attributes.js';
import type { InferContext, KnownValue } from '../infer-context.js';
import { defineOperator, type Operator, type ReferenceContext } from '../operator.js';
import { knownScalar, scalarAt } from '../scalar-input.js';
import { joinSequences } from '../sequences/types.js';
import { optional, variadic } from '../signature.js';
import { anyType, bools, classicTypes, int64s } from '../type-set.js';
import { loopDepth } from './loop-depth.js';
import { Stack } from './stack.js';
import { checkCondition, checkCounts, declaredElement, isTrue, joinElementTypes, requireTensors } from './subgraph.js';

interface LoopAttributes {
  readonly body: Graph;
}

/**
 * A body is inferred until it keeps the types of the carried values: first differing sizes are generalized, then all
 * sizes of a value that changes, then all shapes. Nested loops multiply these attempts, so only innermost loops are
 * inferred like this.
 */
const maxAttempts = 3;
const maxRepeatedDepth = 2;

const unknownType = tensorType(undefined, undefined);

function isTrueValue({ known }: KnownValue): boolean {
  const value = known?.elements[0];
  return typeof value === 'number' && value !== 0;
}

/** Types of the carried values, made as general as necessary for the body to keep them. */
class CarriedTypes {
  /** Symbols of sizes that were generalized; whatever size the body makes of such a symbol is covered by it. */
  private readonly given = new Set<Dim>();
  types: readonly TensorType[];

  constructor(
    private readonly context: InferContext<unknown>,
    initial: readonly TensorType[],
  ) {
    this.types = initial;
  }

  /** Generalizes what differs in `next`; false if nothing differs. `attempt` counts from 0. */
  generalize(next: readonly (TensorType | undefined)[], attempt: number): boolean {
    const types = this.types.map((type, i) => this.join(type, next[i], attempt));
    const changes = types.some((type, i) => isChanged(type, this.types[i]!));
    this.types = changes && attempt + 1 >= maxAttempts ? types.map(withoutShape) : types;
    return changes;
  }

  forgetShapes(): void {
    this.types = this.types.map(withoutShape);
  }

  private join(type: TensorType, next: TensorType | undefined, attempt: number): TensorType {
    if (type.sequence?.isOptional === true && next !== undefined && next.sequence === undefined) return type;
    if (type.sequence !== undefined && next?.sequence !== undefined) {
      const joined = joinSequences(type.sequence, next.sequence, (a, b) => this.joinShapes(a, b, attempt));
      return joined === type.sequence ? type : sequenceOf(joined);
    }
    const elementType = joinElementTypes(type, next, 'a value that the Loop carries');
    return tensorType(elementType, this.joinShapes(type.shape, next?.shape, attempt));
  }

  /** Returns the same array if nothing is generalized. */
  private joinShapes(shape: Shape | undefined, next: Shape | undefined, attempt: number): Shape | undefined {
    if (shape === undefined || next === undefined || shape.length !== next.length) return undefined;
    const isKept = (dim: Dim, axis: number) => this.given.has(dim) || dim === next[axis];
    if (shape.every(isKept)) return shape;
    return shape.map((dim, axis) => (isKept(dim, axis) && attempt === 0 ? dim : this.giveUp(dim)));
  }

  private giveUp(dim: Dim): Dim {
    if (this.given.has(dim)) return dim;
    const size = this.context.fresh('the size changes from iteration to iteration');
    this.given.add(size);
    return size;
  }
}

function isChanged(a: TensorType, b: TensorType): boolean {
  return a.shape !== b.shape || a.sequence !== b.sequence;
}

function withoutShape({ elementType, sequence }: TensorType): TensorType {
  if (sequence !== undefined) {
    const { element, isOptional } = sequence;
    return sequenceOf({ element: withoutShape(element), length: undefined, isOptional });
  }
  return tensorType(elementType, undefined);
}

function inferLoop(context: InferContext<LoopAttributes>): readonly TensorType[] {
  const { body } = context.attributes;
  const initial = context.inputs.slice(2).map((type) => type ?? tensorType(undefined, undefined));
  checkCounts(body, 'the body', initial.length + 2, Math.max(initial.length, context.outputCount) + 1);
  const trips = knownScalar(context, 0, 'M');
  const condition = knownScalar(context, 1, 'cond');
  const neverRuns = condition === 0 || (typeof trips === 'number' && trips <= 0);

  const carried = new CarriedTypes(context, initial);
  if (loopDepth(body) >= maxRepeatedDepth) carried.forgetShapes();
  const iteration = { type: tensorType('int64', []) };
  const onEntry: KnownValue = {
    type: tensorType('bool', []),
    // The body runs only while the condition holds. Without a condition, it gets what it returned.
    known: context.inputs[1] === undefined ? undefined : symbolicTensor('bool', [], [1]),
  };
  const inferBody = () =>
    context.inferGraph(body, [iteration, onEntry, ...carried.types.map((type) => ({ type }))], {
      mayNotRun: neverRuns,
    });
  let outputs = inferBody();
  for (let attempt = 0; carried.generalize(carriedOf(outputs, initial.length), attempt); attempt++)
    outputs = inferBody();

  const count = tripCount(context, trips, neverRuns, isTrueValue(outputs[0]!));
  const scanned = outputs.slice(initial.length + 1).map(({ type }) => {
    const shape = type?.shape;
    return tensorType(type?.elementType, shape && [count, ...shape]);
  });
  const results = carried.types.map((type, i) => (isUnwrapped(initial[i], outputs[i + 1]?.type) ? unknownType : type));
  return [...(neverRuns ? initial : results), ...scanned];
}

/** Whether the body gets an optional and returns what one holds: which of both the Loop returns, its rounds decide. */
function isUnwrapped(before: TensorType | undefined, after: TensorType | undefined): boolean {
  return before?.sequence?.isOptional === true && after?.sequence?.isOptional !== true;
}

function carriedOf(outputs: readonly KnownValue[], count: number): (TensorType | undefined)[] {
  return outputs.slice(1, count + 1).map(({ type }) => type);
}

/** The number of iterations: the trip count, if no condition can end the loop earlier. */
function tripCount(
  context: InferContext<unknown>,
  trips: ReturnType<typeof knownScalar>,
  neverRuns: boolean,
  goesOn: boolean,
): Dim {
  if (neverRuns) return 0;
  const startsTrue = context.inputs[1] === undefined || isTrueValue({ type: undefined, known: context.known(1) });
  const runsThrough = context.inputs[1] === undefined || (startsTrue && goesOn);
  const isExact = trips !== undefined && isDim(trips) && (typeof trips !== 'number' || Number.isSafeInteger(trips));
  if (runsThrough && isExact) return max(0, trips);
  return context.fresh('the number of iterations shows at run time');
}

const endlessLoop = defineProblem('US2007', {
  message: 'the Loop has neither a trip count nor a condition: it would never end',
  expected: 'M or cond',
  actual: 'none',
});

/** Without a condition input, the condition that the body returns is ignored. */
function* runLoop(context: ReferenceContext<LoopAttributes>): PacedRun<readonly Tensor[]> {
  const { body } = context.attributes;
  const [trips, start, ...initial] = context.inputs;
  checkCounts(body, 'the body', initial.length + 2, Math.max(initial.length, context.outputCount) + 1);
  requireTensors(body, 'the Loop');
  const limit = trips === undefined ? Number.POSITIVE_INFINITY : scalarAt(context, 0, 'M');
  if (start === undefined && !Number.isFinite(limit)) {
    fail(endlessLoop());
  }
  const stacks = body.outputs.slice(initial.length + 1).map(({ name }) => new Stack(name, context.live));
  let results: readonly Tensor[] = initial.map((_, i) => tensorAt(context, i + 2));
  let carried = results;
  let condition = start === undefined ? bool([], [true]) : checkCondition(start, 'cond');
  for (let i = 0; i < limit && (start === undefined || isTrue(condition)); i++) {
    const outputs = yield* context.runGraph(body, [int64([], [i]), condition, ...carried]);
    condition = checkCondition(outputs[0]!, 'the condition that the body returns');
    results = outputs.slice(1, initial.length + 1);
    carried = results.map((value, k) => (initial[k] instanceof OptionalTensor ? asOptional(value) : value));
    stacks.forEach((stack, k) => {
      stack.push(outputs[initial.length + 1 + k]!);
    });
  }
  const scanned = stacks.map((stack, k) => stack.join(0, () => declaredElement(body.outputs[initial.length + 1 + k]!)));
  return [...results, ...scanned];
}

/** A body that gets an optional and returns what it holds gets that as an optional in the next round. */
function asOptional(value: Tensor): OptionalTensor {
  return value instanceof OptionalTensor ? value : new OptionalTensor(value.type, value);
}

export const loops: readonly Operator[] = [
  defineOperator({
    name: 'Loop',
    versions: [1, 11, 13, 16, 19, 21, 23, 24, 25],
    inputs: [
      optional('M', int64s),
      optional('cond', bools),
      variadic('v_initial', 'V', { least: 0, isMixed: true }).orSequence(13).orOptional(16),
    ],
    outputs: [variadic('v_final_and_scan_outputs', 'V', { isMixed: true }).orSequence(13).orOptional(16)],
    types: { V: classicTypes.from(16, anyType) },
    attributes: { body: graph().required() },
    infer: inferLoop,
    reference: runLoop,
    bodies: ({ attributes: { body }, inputs: [, condition, ...initial] }) => [
      {
        attribute: 'body',
        graph: body,
        inputs: [tensorType('int64', []), tensorType('bool', []), ...initial.map((type) => type ?? unknownType)],
        repeats: true,
        states: initial.map((_, i) => ({ output: i + 1, input: i + 2 })),
        // Without a condition the body gets what it returned.
        isTrue: condition === undefined ? [] : [1],
      },
    ],
  }),
];
