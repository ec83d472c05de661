/** Calls of model-local functions: the function's nodes in their place, with names that begin as the call's. */
import { defineProblem, type NodeReference, type Problem, quoted } from '../diagnostics.js';
import { type Attribute, emptyMetadata, type Node, type Value } from '../ir/graph.js';
import { byName, type GraphReader, type Place } from './graph-reader.js';
import type { Keeper } from './keeper.js';
import type { Call } from './kept.js';
import { readOpsets } from './opsets.js';
import type { FunctionProtoLike, NodeProtoLike } from './proto.js';
import { notMade, Scope } from './scope.js';

const maxCallDepth = 128;

/** The values and attributes of a call. */
type CallValues = Pick<Node, 'inputs' | 'outputs' | 'attributes' | 'metadata'> & { readonly reference: NodeReference };

/** @returns no nodes for a call that is refused, which is reported */
export function inlineCall(reader: GraphReader, callee: FunctionProtoLike, call: CallValues, place: Place): Node[] {
  const { reference } = call;
  const name = callee.name ?? '';
  const refuse = (problem: Problem): Node[] => {
    reader.report(problem, reference);
    return [];
  };
  if (place.calls.includes(callee)) return refuse(functionRecursive({ function: name }));
  if (place.calls.length >= maxCallDepth) return refuse(callsTooDeep({ function: name, maximum: maxCallDepth }));
  const formalInputs = callee.input ?? [];
  const formalOutputs = callee.output ?? [];
  if (call.inputs.length > formalInputs.length || call.outputs.length > formalOutputs.length) {
    const { inputs, outputs } = call;
    const most = { maxInputs: formalInputs.length, maxOutputs: formalOutputs.length };
    return refuse(tooManyArguments({ function: name, ...most, inputs: inputs.length, outputs: outputs.length }));
  }
  reader.budget.spend('names', formalInputs.length + formalOutputs.length);

  const scope = new Scope();
  // An absent optional input is an empty name to the function's nodes.
  const absent = new Set<string>();
  formalInputs.forEach((name, i) => {
    const value = call.inputs[i];
    if (value === undefined) absent.add(name);
    else scope.set(name, value);
  });
  const promised = new Map<string, Value>();
  const copies: Node[] = [];
  formalOutputs.forEach((name, i) => {
    const value = call.outputs[i];
    if (value === undefined) return;
    const source = scope.own(name) ?? promised.get(name);
    if (source === undefined) promised.set(name, value);
    else
      copies.push(
        identity(source, value, reference, reader.opsetOf('', place), {
          call: place.call,
          keeper: reader.options.keeper,
        }),
      );
  });
  const inner: Place = {
    scope,
    opsets: new Map([...place.opsets, ...importsOf(reader, callee, reference)]),
    prefix: `${reference.name || `${place.prefix}${reference.opType}_${reference.index}`}/`,
    bound: new Map([...defaultsOf(reader, callee, reference, place), ...call.attributes]),
    calls: [...place.calls, callee],
    call: place.call,
    metadata: call.metadata,
    depth: place.depth,
  };
  const protos = (callee.node ?? []).map((node) => withoutInputs(node, absent));
  const declared = byName(reader.declarations(callee.valueInfo ?? [], inner.prefix));
  const nodes = reader.nodes(protos, inner, declared, { promised });
  for (const [name, value] of promised)
    if (scope.own(name) !== value) reader.report(notMade(name, scope, 'the function returns'), reference);
  return [...nodes, ...copies];
}

function importsOf(reader: GraphReader, callee: FunctionProtoLike, caller: NodeReference): ReadonlyMap<string, number> {
  return reader.attempt(caller, () => readOpsets(callee.opsetImport ?? [])) ?? new Map();
}

/** Defaults of the function's attributes that the caller does not set. */
function defaultsOf(
  reader: GraphReader,
  callee: FunctionProtoLike,
  caller: NodeReference,
  place: Place,
): Map<string, Attribute> {
  const defaults = new Map<string, Attribute>();
  for (const proto of callee.attributeProto ?? []) {
    const attribute = reader.attempt(caller, () => reader.attribute(proto, place));
    if (attribute !== undefined) defaults.set(proto.name ?? '', attribute);
  }
  return defaults;
}

function withoutInputs(node: NodeProtoLike, absent: ReadonlySet<string>): NodeProtoLike {
  if (absent.size === 0 || !node.input?.some((name) => absent.has(name))) return node;
  return { ...node, input: node.input.map((name) => (absent.has(name) ? '' : name)) };
}

/** An Identity node, for a function that returns one of its inputs. */
function identity(
  from: Value,
  to: Value,
  { name, index }: NodeReference,
  opset: number,
  { call, keeper }: { readonly call: Call | undefined; readonly keeper: Keeper | undefined },
): Node {
  const kept = keeper?.keepNode({}, emptyMetadata, { call });
  return {
    name: name === '' ? '' : `${name}/${to.name}`,
    domain: '',
    opType: 'Identity',
    opset,
    inputs: [from],
    outputs: [to],
    attributes: new Map(),
    metadata: emptyMetadata,
    index,
    ...(kept === undefined ? {} : { kept }),
  };
}

const functionRecursive = defineProblem('US1106', { function: 'string' }, (data) => ({
  message: `the function ${quoted(data.function)} calls itself`,
  hint: 'ONNX has no recursion: export the model again',
}));

const callsTooDeep = defineProblem('US1106', { function: 'string', maximum: 'integer' }, (data) => ({
  message: `the function ${quoted(data.function)} is called through more than ${data.maximum} others`,
}));

const tooManyArguments = defineProblem(
  'US1106',
  { function: 'string', maxInputs: 'integer', maxOutputs: 'integer', inputs: 'integer', outputs: 'integer' },
  ({ maxInputs, maxOutputs, inputs, outputs, ...data }) => ({
    message: `the function ${quoted(data.function)} is called with more values than it has`,
    expected: `at most ${maxInputs} inputs and ${maxOutputs} outputs`,
    actual: `${inputs} and ${outputs}`,
  }),
);
