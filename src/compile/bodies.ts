/**
 * The graphs inside nodes, as models of their own: a branch, or the body of a loop. What such a graph reads of the graph
 * around it become inputs and constants.
 */
import { capturedValues, type Graph, type Node, subgraphsOf, Value } from '../ir/graph.js';
import { type SymbolicTensor, symbolicTensor } from '../ir/quantity.js';
import { isConcrete, type Shape, type TensorType } from '../ir/shape.js';
import { substituted } from '../ir/substitute.js';
import type { BodyMemory } from '../lower/context/context.js';
import { bindLeniently } from '../ops/bind.js';
import type { Body } from '../ops/operator.js';

interface BodyInputs {
  readonly inputTypes: ReadonlyMap<Value, TensorType>;
  readonly inputShapes: ReadonlyMap<string, Shape>;
  readonly inputValues: ReadonlyMap<string, SymbolicTensor>;
}

/** A body that can be compiled, and what is known of its inputs. */
export interface BodyModel {
  readonly attribute: string;
  readonly graph: Graph;
  /** Names, in the graph around it, of the values that its last inputs are. */
  readonly captures: readonly string[];
  readonly repeats: boolean;
  readonly memory: BodyMemory;
  readonly known: BodyInputs;
}

/**
 * The graphs of a node whose inputs all have known types.
 * @param outer the graph of the node
 * @param types of its values
 */
export function bodyModels(node: Node, outer: Graph, types: ReadonlyMap<Value, TensorType>): BodyModel[] {
  if (subgraphsOf(node).length === 0) return [];
  const inputs = node.inputs.map((input) => input && types.get(input));
  const bodies = bindLeniently(node)?.bodies({ inputs, outputCount: node.outputs.length }) ?? [];
  return bodies.flatMap((body) => bodyModel(body, outer, types) ?? []);
}

function bodyModel(body: Body, outer: Graph, types: ReadonlyMap<Value, TensorType>): BodyModel | undefined {
  const { attribute, graph, repeats, states, isTrue } = body;
  const captured = [...capturedValues(graph)];
  const constants = captured.flatMap((value) => {
    const constant = outer.constants.get(value);
    return constant === undefined ? [] : [[value, constant] as const];
  });
  const read = captured.filter((value) => !outer.constants.has(value));
  const given = [...body.inputs, ...read.map((value) => types.get(value))];
  const isKnown = ({ elementType, shape }: TensorType) =>
    elementType !== undefined && shape !== undefined && isConcrete(shape);
  const known = given.filter((type) => type !== undefined).filter(isKnown);
  if (body.inputs.length !== graph.inputs.length || known.length < given.length) return undefined;
  const renamed = renamedCaptures(graph, captured);
  const other = (value: Value) => renamed.get(value) ?? value;
  const inner = substituted(graph, renamed);
  const inputs = [...graph.inputs, ...read.map(other)];
  const whole: Graph = {
    ...inner,
    inputs,
    constants: new Map([
      ...constants.map(([value, constant]) => [other(value), constant] as const),
      ...graph.constants,
    ]),
  };
  const inputShapes = new Map(inputs.map(({ name }, i): [string, Shape] => [name, known[i]!.shape!]));
  const inputTypes = new Map(inputs.map((value, i) => [value, known[i]!]));
  const values = isTrue.map((i): [string, SymbolicTensor] => [inputs[i]!.name, symbolicTensor('bool', [], [1])]);
  const kept = repeats ? read.map((_, i) => graph.inputs.length + i) : [];
  return {
    attribute,
    graph: whole,
    captures: read.map(({ name }) => name),
    repeats,
    memory: { kept, states },
    known: { inputTypes, inputShapes, inputValues: new Map(values) },
  };
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

/** Whether the states are of one type in all rounds. */
export function keepsStates({ graph, memory, known }: BodyModel, types: ReadonlyMap<Value, TensorType>): boolean {
  return memory.states.every(({ output, input }) => {
    const [before, after] = [known.inputTypes.get(graph.inputs[input]!), types.get(graph.outputs[output]!)];
    return before !== undefined && after !== undefined && isSameType(before, after);
  });
}

function isSameType(a: TensorType, b: TensorType): boolean {
  return a.elementType === b.elementType && a.shape?.join() === b.shape?.join() && b.shape !== undefined;
}
