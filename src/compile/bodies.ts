/**
 * The graphs inside nodes, as models of their own: a branch, or the body of a loop. What such a graph reads of the graph
 * around it become inputs and constants.
 */
import { type Constant, capturedValues, constantFromTensor, type Graph, type Node, Value } from '../ir/graph.js';
import { type SymbolicTensor, symbolicTensor } from '../ir/quantity.js';
import { isConcrete, type Shape, type TensorType } from '../ir/shape.js';
import { substituted } from '../ir/substitute.js';
import type { Tensor } from '../ir/tensor.js';
import type { BodyMemory } from '../lower/context/context.js';
import { isLowered } from '../lower/registry.js';
import { bindLeniently } from '../ops/bind.js';
import type { Body } from '../ops/operator.js';
import type { BodyInput } from '../plan/execution-plan.js';

interface KnownInputs {
  readonly inputTypes: ReadonlyMap<Value, TensorType>;
  readonly inputShapes: ReadonlyMap<string, Shape>;
  readonly inputValues: ReadonlyMap<string, SymbolicTensor>;
}

/** A body that can be compiled, and what is known of its inputs. */
export interface BodyModel {
  readonly attribute: string;
  readonly graph: Graph;
  /** Where the graph's inputs come from. */
  readonly inputs: readonly BodyInput[];
  readonly repeats: boolean;
  readonly states: Body['states'];
  readonly known: KnownInputs;
}

/** The graphs of a node, with what types tell of their inputs. */
export function bodiesOf(node: Node, types: ReadonlyMap<Value, TensorType>): readonly Body[] {
  const inputs = node.inputs.map((input) => input && types.get(input));
  return bindLeniently(node)?.bodies({ inputs, outputCount: node.outputs.length }) ?? [];
}

/**
 * The body as a model; undefined where not all sizes of its inputs are known.
 * @param constants of the graph around it
 * @param types of that graph's values
 */
export function bodyModel(
  body: Body,
  constants: ReadonlyMap<Value, Constant>,
  types: ReadonlyMap<Value, TensorType>,
): BodyModel | undefined {
  const { attribute, graph, repeats, states, isTrue } = body;
  const captured = [...capturedValues(graph)];
  const read = captured.filter((value) => !constants.has(value));
  const given = [...body.inputs, ...read.map((value) => types.get(value))];
  const known = given.filter((type) => type !== undefined).filter(isKnown);
  if (body.inputs.length !== graph.inputs.length || known.length < given.length) return undefined;
  const renamed = renamedCaptures(graph, captured);
  const other = (value: Value) => renamed.get(value) ?? value;
  const inputs = [...graph.inputs, ...read.map(other)];
  const own = captured.flatMap((value) => {
    const constant = constants.get(value);
    return constant === undefined ? [] : [[other(value), constant] as const];
  });
  const whole: Graph = {
    ...substituted(graph, renamed),
    inputs,
    constants: new Map([...own, ...graph.constants]),
  };
  const values = isTrue.map((i): [string, SymbolicTensor] => [inputs[i]!.name, symbolicTensor('bool', [], [1])]);
  return {
    attribute,
    graph: whole,
    inputs: [
      ...graph.inputs.map((_, feed) => ({ kind: 'feed', feed }) as const),
      ...read.map(({ name }) => ({ kind: 'captured', value: name }) as const),
    ],
    repeats,
    states,
    known: {
      inputTypes: new Map(inputs.map((value, i) => [value, known[i]!])),
      inputShapes: new Map(inputs.map(({ name }, i) => [name, known[i]!.shape!])),
      inputValues: new Map(values),
    },
  };
}

function isKnown({ elementType, shape }: TensorType): boolean {
  return elementType !== undefined && shape !== undefined && isConcrete(shape);
}

/** Plans know values by their names, which graphs inside one another may repeat. */
function renamedCaptures(graph: Graph, captured: readonly Value[]): ReadonlyMap<Value, Value> {
  const made = graph.nodes.flatMap(({ outputs }) => outputs);
  const names = new Set([...graph.inputs, ...graph.constants.keys(), ...made].map((value) => value?.name));
  const renamed = new Map<Value, Value>();
  for (const value of captured) {
    let { name } = value;
    for (let i = 2; names.has(name); i++) name = `${value.name}.${i}`;
    names.add(name);
    if (name !== value.name) renamed.set(value, new Value(name, value.declared, value.metadata));
  }
  return renamed;
}

/** The body for certain elements of some of its inputs, by their indices. */
export function withInputValues(body: BodyModel, values: ReadonlyMap<number, Tensor>): BodyModel {
  if (values.size === 0) return body;
  const { graph, inputs, states } = body;
  const places = inputs.flatMap((_, i) => (values.has(i) ? [] : [i]));
  const bound = [...values].map(([i, tensor]) => [graph.inputs[i]!, constantFromTensor(tensor)] as const);
  return {
    ...body,
    graph: {
      ...graph,
      inputs: places.map((i) => graph.inputs[i]!),
      constants: new Map([...graph.constants, ...bound]),
    },
    inputs: places.map((i) => inputs[i]!),
    states: states.flatMap(({ output, input }) =>
      values.has(input) ? [] : [{ output, input: places.indexOf(input) }],
    ),
  };
}

/** What stays in memory from round to round. */
export function memoryOf({ inputs, repeats, states }: BodyModel): BodyMemory {
  const kept = inputs.flatMap(({ kind }, i) => (kind === 'captured' && repeats ? [i] : []));
  return { kept, states };
}

/** Whether the states are of one type in all rounds. */
export function keepsStates({ graph, states, known }: BodyModel, types: ReadonlyMap<Value, TensorType>): boolean {
  return states.every(({ output, input }) => {
    const [before, after] = [known.inputTypes.get(graph.inputs[input]!), types.get(graph.outputs[output]!)];
    return before !== undefined && after !== undefined && isSameType(before, after);
  });
}

function isSameType(a: TensorType, b: TensorType): boolean {
  return a.elementType === b.elementType && a.shape?.join() === b.shape?.join() && b.shape !== undefined;
}

/** Whether it may be worth while to compile the body in a run: kernels compute something of it, and it reads no sequences. */
export function mayBeCompiled({ graph, inputs }: Body, types: ReadonlyMap<Value, TensorType>): boolean {
  const given = [...inputs, ...[...capturedValues(graph)].map((value) => types.get(value))];
  if (given.some((type) => type?.sequence !== undefined)) return false;
  return graph.nodes.some(({ opType }) => isLowered(opType));
}
