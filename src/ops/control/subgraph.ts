/** Checks of the subgraphs of If, Loop and Scan. */

import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { type Graph, heldType, type Value } from '../../ir/graph.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { elementTypesDiffer } from '../problems.js';

const subgraphInputCount = defineProblem(
  'US1306',
  { graph: 'string', given: 'integer', taken: 'integer' },
  ({ graph, given, taken }) => ({
    message: `${graph} takes another number of inputs`,
    expected: String(given),
    actual: String(taken),
  }),
);

const subgraphOutputCount = defineProblem(
  'US1306',
  { graph: 'string', expected: 'integer', returned: 'integer' },
  ({ graph, expected, returned }) => ({
    message: `${graph} returns too few values`,
    expected: `at least ${expected}`,
    actual: String(returned),
  }),
);

/** @throws ProblemError US1306 if the graph has another number of inputs, or fewer outputs */
export function checkCounts(graph: Graph, what: string, inputs: number, outputs: number): void {
  if (graph.inputs.length !== inputs) {
    fail(subgraphInputCount({ graph: what, given: inputs, taken: graph.inputs.length }));
  }
  if (graph.outputs.length >= outputs) return;
  fail(subgraphOutputCount({ graph: what, expected: outputs, returned: graph.outputs.length }));
}

const carriedNotTensor = defineProblem(
  'US2009',
  { graph: 'string', value: 'string', description: 'string' },
  ({ graph, value, description }) => ({
    message: `${graph} carries '${value}', which is no tensor`,
    value,
    expected: 'tensors, sequences of tensors, or optionals of these',
    actual: description,
    hint: 'maps are shown, not executed',
  }),
);

/** @throws ProblemError US2009 if an input of the graph is declared as a map or a sparse tensor */
export function requireTensors(graph: Graph, what: string): void {
  for (const { name, declared } of graph.inputs) {
    if (declared?.kind !== 'other' || heldType(declared) !== undefined) continue;
    fail(carriedNotTensor({ graph: what, value: name, description: declared.description }));
  }
}

/** @throws ProblemError US1210 if both are known and differ */
export function joinElementTypes(
  a: TensorType | undefined,
  b: TensorType | undefined,
  what: string,
): ElementType | undefined {
  const [x, y] = [a?.elementType, b?.elementType];
  if (x !== undefined && y !== undefined && x !== y) {
    fail(elementTypesDiffer({ what, first: x, second: y }));
  }
  return x ?? y;
}

/** Whether the element of a tensor of one element is true. */
export function isTrue({ data }: Tensor): boolean {
  return Number(data[0]) !== 0;
}

const conditionNotOneBool = defineProblem(
  'US2003',
  { condition: 'string', type: 'string', shape: 'shape' },
  ({ condition, type, shape }) => ({
    message: `${condition} is not one bool`,
    expected: 'bool[]',
    actual: `${type}[${shape.join(', ')}]`,
  }),
);

export function checkCondition(condition: Tensor, what: string): Tensor {
  if (condition.type === 'bool' && elementCount(condition.dims) === 1) return condition;
  fail(conditionNotOneBool({ condition: what, type: condition.type, shape: condition.dims }));
}

const stateTypeUnknown = defineProblem('US2007', { value: 'string' }, ({ value }) => ({
  message: `no iteration ran, and the file does not say the type of '${value}'`,
  value,
  hint: 'declare the types of the outputs of the body',
}));

/**
 * The declared type and dims of one element of an output, for loops that never ran; open sizes are 0.
 * @throws ProblemError US2007 when it declares no type
 */
export function declaredElement({ name, declared }: Value): {
  readonly type: ElementType;
  readonly dims: readonly number[];
} {
  const type = declared?.kind === 'tensor' ? declared : tensorType(undefined, undefined);
  if (type.elementType === undefined) {
    fail(stateTypeUnknown({ value: name }));
  }
  return { type: type.elementType, dims: type.shape?.map((dim) => (typeof dim === 'number' ? dim : 0)) ?? [] };
}
