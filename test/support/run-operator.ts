/** One operator on given inputs, through the same doors as a model: bind, infer, reference. */
import { type Diagnostic, ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Dim } from '../../src/ir/dim.js';
import { type Attribute, constantFromTensor, emptyMetadata, type Graph, type Node, Value } from '../../src/ir/graph.js';
import type { Shape, TensorType } from '../../src/ir/shape.js';
import { Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { completeTypes } from './signature.js';

export type AttributeInput = number | string | readonly number[] | readonly string[] | Tensor | Attribute;

export interface OperatorCase {
  readonly op: string;
  readonly opset?: number;
  readonly domain?: string;
  readonly inputs: readonly (Tensor | undefined)[];
  /** Integers become int attributes; wrap a float as `{ kind: 'float', value }`. */
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
}

const utf8 = new TextEncoder();

export function attributeOf(input: AttributeInput): Attribute {
  if (typeof input === 'number') {
    return Number.isInteger(input) ? { kind: 'int', value: BigInt(input) } : { kind: 'float', value: input };
  }
  if (typeof input === 'string') return { kind: 'string', value: utf8.encode(input) };
  if (input instanceof Tensor) return { kind: 'tensor', value: constantFromTensor(input) };
  if ('kind' in input) return input;
  if (input.every((item) => typeof item === 'string'))
    return { kind: 'strings', value: input.map((item) => utf8.encode(item)) };
  if (input.every((item) => Number.isInteger(item))) return { kind: 'ints', value: input.map(BigInt) };
  return { kind: 'floats', value: input as readonly number[] };
}

/** A graph of one node; inputs at `constants` are initializers, the others are fed. */
export function graphOf(test: OperatorCase, constants: ReadonlySet<number> = new Set()): Graph {
  const { op, opset = 22, domain = '', attributes = {}, outputs = 1 } = test;
  const values = test.inputs.map((tensor, i) =>
    tensor === undefined
      ? undefined
      : new Value(`x${i}`, { kind: 'tensor', elementType: tensor.type, shape: tensor.dims }),
  );
  const results = Array.from({ length: outputs }, (_, i) => new Value(`y${i}`));
  const node: Node = {
    name: 'node',
    domain,
    opType: op,
    opset,
    inputs: values,
    outputs: results,
    attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])),
    metadata: emptyMetadata,
    index: 0,
  };
  const present = values.map((value, i) => ({ value, i })).filter(({ value }) => value !== undefined);
  return {
    name: 'test',
    inputs: present.filter(({ i }) => !constants.has(i)).map(({ value }) => value!),
    outputs: results,
    nodes: [node],
    constants: new Map(
      present.filter(({ i }) => constants.has(i)).map(({ value, i }) => [value!, constantFromTensor(test.inputs[i]!)]),
    ),
  };
}

/** The outputs of the reference; inference must agree with their types and shapes wherever it says numbers. */
export function runOperator(test: OperatorCase): readonly Tensor[] {
  const all = new Set(test.inputs.keys());
  const graph = graphOf(test, all);
  const { types, diagnostics } = infer(graph);
  const errors = diagnostics.filter((item) => item.severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);
  const { outputs } = execute(scheduleReferences(graph), []);
  outputs.forEach((output, i) => {
    checkAgainst(types.get(graph.outputs[i]!), output, `${test.op} output ${i}`);
  });
  return outputs;
}

function checkAgainst(type: TensorType | undefined, tensor: Tensor, what: string): void {
  if (type?.elementType !== undefined && type.elementType !== tensor.type) {
    throw new Error(`${what}: inferred ${type.elementType}, computed ${tensor.type}`);
  }
  const { shape } = type ?? {};
  if (shape === undefined) return;
  const agrees =
    shape.length === tensor.dims.length &&
    shape.every((dim, axis) => typeof dim !== 'number' || dim === tensor.dims[axis]);
  if (!agrees) throw new Error(`${what}: inferred [${shape.join(', ')}], computed [${tensor.dims.join(', ')}]`);
}

/** Shapes and diagnostics of one node whose inputs may have only shapes: they are of types that the operator takes. */
export function inferOperator(
  test: Omit<OperatorCase, 'inputs'> & { readonly inputs: readonly (Shape | Tensor | undefined)[] },
): { readonly shapes: readonly (readonly Dim[] | undefined)[]; readonly diagnostics: readonly Diagnostic[] } {
  const tensors = test.inputs.map((input) => (input instanceof Tensor ? input : undefined));
  const graph = graphOf({ ...test, inputs: tensors });
  const elementTypes = completeTypes(
    graph.nodes[0]!,
    tensors.map((tensor) => tensor?.type),
  );
  const values = test.inputs.map((input, i) => {
    if (input === undefined) return undefined;
    const shape = input instanceof Tensor ? input.dims : input;
    return new Value(`x${i}`, { kind: 'tensor', elementType: elementTypes[i], shape });
  });
  const node = { ...graph.nodes[0]!, inputs: values };
  const constants = new Map(
    values.flatMap((value, i) =>
      value !== undefined && tensors[i] !== undefined ? [[value, constantFromTensor(tensors[i])] as const] : [],
    ),
  );
  const { types, diagnostics } = infer({
    ...graph,
    inputs: values.filter((value) => value !== undefined && !constants.has(value)) as Value[],
    nodes: [node],
    constants,
  });
  return { shapes: graph.outputs.map((output) => types.get(output)?.shape), diagnostics };
}
