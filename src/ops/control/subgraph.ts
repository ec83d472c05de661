/** What If, Loop and Scan ask of their subgraphs. */
import { fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import type { Graph, Value } from '../../ir/graph.js';
import { type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';

/** @throws ProblemError US1306 when the graph does not have as many inputs, or at least as many outputs */
export function checkCounts(graph: Graph, what: string, inputs: number, outputs: number): void {
  if (graph.inputs.length !== inputs) {
    fail('US1306', `${what} takes another number of inputs`, {
      expected: String(inputs),
      actual: String(graph.inputs.length),
    });
  }
  if (graph.outputs.length >= outputs) return;
  fail('US1306', `${what} returns too few values`, {
    expected: `at least ${outputs}`,
    actual: String(graph.outputs.length),
  });
}

/** @throws ProblemError US2009 when the graph is declared to take something that is no tensor */
export function requireTensors(graph: Graph, what: string): void {
  for (const { name, declared } of graph.inputs) {
    if (declared?.kind !== 'other') continue;
    fail('US2009', `${what} carries '${name}', which is no tensor`, {
      value: name,
      expected: 'tensors',
      actual: declared.description,
      hint: 'sequences and optionals are shown, not executed',
    });
  }
}

/** @throws ProblemError US1210 when both are known and differ */
export function joinElementTypes(
  a: TensorType | undefined,
  b: TensorType | undefined,
  what: string,
): ElementType | undefined {
  const [x, y] = [a?.elementType, b?.elementType];
  if (x !== undefined && y !== undefined && x !== y) {
    fail('US1210', `${what} must have one element type`, { expected: x, actual: y });
  }
  return x ?? y;
}

/** The truth of a tensor of one element. */
export function isTrue({ data }: Tensor): boolean {
  return Number(data[0]) !== 0;
}

export function checkCondition(condition: Tensor, what: string): Tensor {
  if (condition.type === 'bool' && elementCount(condition.dims) === 1) return condition;
  fail('US2003', `${what} is not one bool`, {
    expected: 'bool[]',
    actual: `${condition.type}[${condition.dims.join(', ')}]`,
  });
}

/**
 * What the file declares an output to be, for scans that never ran: type and dims of one element, open sizes 0.
 * @throws ProblemError US2007 when it declares no type
 */
export function declaredElement({ name, declared }: Value): {
  readonly type: ElementType;
  readonly dims: readonly number[];
} {
  const type = declared?.kind === 'tensor' ? declared : tensorType(undefined, undefined);
  if (type.elementType === undefined) {
    fail('US2007', `no iteration ran, and the file does not say the type of '${name}'`, {
      value: name,
      hint: 'declare the types of the outputs of the body',
    });
  }
  return { type: type.elementType, dims: type.shape?.map((dim) => (typeof dim === 'number' ? dim : 0)) ?? [] };
}
