/**
 * GraphProto → Graph. Names are resolved to values by lexical scope: a subgraph sees the values of the graphs around
 * it. Calls of model-local functions are inlined.
 */
import {
  type Diagnostic,
  defineProblem,
  diagnostic,
  fail,
  ModelError,
  type NodeReference,
  type Problem,
  ProblemError,
  quoted,
  severityOf,
} from '../diagnostics.js';
import {
  type Attribute,
  type Constant,
  emptyMetadata,
  type Graph,
  type Metadata,
  type Node,
  Value,
} from '../ir/graph.js';
import { denseConstant } from '../ir/sparse.js';
import { readAttribute } from './attributes.js';
import { Budget } from './budget.js';
import { readConstant, readSparseConstant } from './constant.js';
import type { ExternalFiles } from './external-data.js';
import type { Declaration } from './keep.js';
import type { Keeper } from './keeper.js';
import { type Call, functionKey, type KeptFunction } from './kept.js';
import { domainName, separateInitializers } from './opsets.js';
import { isSorted } from './order-of-nodes.js';
import type {
  AttributeProtoLike,
  EntryLike,
  FunctionProtoLike,
  GraphProtoLike,
  NodeProtoLike,
  ValueInfoProtoLike,
} from './proto.js';
import { rareForms } from './rare-part.js';
import { notMade, Scope } from './scope.js';
import { readType } from './types.js';

/** Deeper than any exporter nests; recursion must not follow a hostile file further. */
const maxSubgraphDepth = 64;

/** The number of errors after which reading stops. */
const maxErrors = 100;

/** The context in which nodes are read: the names in scope, and what a function call binds. */
export interface Place {
  readonly scope: Scope;
  readonly opsets: ReadonlyMap<string, number>;
  /** Put before the names of a function's nodes and values. */
  readonly prefix: string;
  /** The attributes that `ref_attr_name` may name. */
  readonly bound: ReadonlyMap<string, Attribute>;
  /** The functions being inlined. */
  readonly calls: readonly FunctionProtoLike[];
  /** The outermost call that is being inlined. */
  readonly call: Call | undefined;
  readonly metadata: Metadata;
  readonly depth: number;
}

export interface GraphReaderOptions {
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  /** The version of ai.onnx if nothing imports it. */
  readonly assumedOpset: number;
  readonly functions: readonly FunctionProtoLike[];
  readonly files: ExternalFiles | undefined;
  readonly file: string | undefined;
  /** Collects what only writing asks for. */
  readonly keeper: Keeper | undefined;
}

const attributeRepeated = defineProblem('US1108', { attribute: 'string' }, ({ attribute }) => ({
  message: `the node has the attribute ${quoted(attribute)} more than once`,
  value: attribute,
}));

const subgraphsTooDeep = defineProblem('US1108', {
  message: `subgraphs are nested more than ${maxSubgraphDepth} deep`,
});

export class GraphReader {
  readonly diagnostics: Diagnostic[] = [];
  private readonly functions = new Map<string, FunctionProtoLike>();
  readonly budget: Budget;
  /** Constants of messages that are read again for each call of their function. */
  private readonly readConstants = new Map<object, Constant>();
  private readonly readAttributes = new Map<AttributeProtoLike, Attribute>();
  private errorCount = 0;
  private hasAssumed = false;

  constructor(readonly options: GraphReaderOptions) {
    this.budget = new Budget(options.file);
    for (const item of options.functions) {
      const key = functionKey(item.domain, item.name, item.overload);
      if (this.functions.has(key)) this.report(functionRepeated({ function: item.name ?? '' }));
      this.functions.set(key, item);
    }
  }

  /** The functions as they are in the file, if they came from one. */
  keptFunctions(): readonly KeptFunction[] {
    return this.options.functions.flatMap((item) => this.options.keeper?.keepFunction(item) ?? []);
  }

  /** Whether a node was read as of `assumedOpset`. */
  get usesAssumedOpset(): boolean {
    return this.hasAssumed;
  }

  read(proto: GraphProtoLike): Graph {
    const { opsets } = this.options;
    const scope = new Scope();
    return this.graph(proto, {
      scope,
      opsets,
      prefix: '',
      bound: new Map(),
      calls: [],
      call: undefined,
      metadata: emptyMetadata,
      depth: 0,
    });
  }

  /** Inputs that are also initializers are constants, not inputs: IR version 3 required every weight to be listed. */
  private graph(proto: GraphProtoLike, place: Place): Graph {
    const { scope, prefix } = place;
    const local = place.calls.length > 0 ? prefix : undefined;
    const valueInfo = this.declarations(proto.valueInfo ?? [], local);
    const outputInfo = this.declarations(proto.output ?? [], local);
    const inputInfo = this.declarations(proto.input ?? [], local);
    const declared = byName([...valueInfo, ...outputInfo]);
    const define = (name: string, info = declared.get(name)): Value => {
      const value = new Value(prefix + name, info?.type, info?.metadata);
      scope.set(name, value);
      return value;
    };

    const inputs = inputInfo.map((info) => {
      const { name } = info;
      if (scope.own(name) !== undefined) this.report(inputRepeated({ value: name }));
      return define(name, info);
    });
    const constants = new Map<Value, Constant>();
    const addConstant = (name: string, message: object, readMessage: () => Constant) => {
      this.budget.spend('names', 1);
      const value = scope.own(name) ?? define(name);
      if (constants.has(value)) this.report(initializerRepeated({ value: name }));
      const constant = this.readConstants.get(message) ?? this.attempt(undefined, readMessage);
      if (constant === undefined) return;
      this.readConstants.set(message, constant);
      constants.set(value, constant);
    };
    for (const tensor of proto.initializer ?? [])
      addConstant(tensor.name ?? '', tensor, () =>
        readConstant(tensor, this.options.files, undefined, this.options.keeper),
      );
    for (const sparse of proto.sparseInitializer ?? [])
      addConstant(sparse.values?.name ?? '', sparse, () =>
        denseConstant(readSparseConstant(sparse, this.options.files, this.options.keeper)),
      );

    const statements: Node[] = [];
    const nodes = this.sorted(this.nodes(proto.node ?? [], place, declared, { statements }));
    const outputs = outputInfo.map(({ name }) => {
      const value = scope.find(name);
      if (value === undefined) this.report(notMade(name, scope, 'the graph returns'));
      return value ?? define(name);
    });
    const graph: Graph = {
      name: proto.name ?? '',
      inputs: inputs.filter((input) => !constants.has(input)),
      outputs,
      nodes,
      constants,
    };
    // A subgraph of a function exists once for each call, with other names than in the file.
    if (local !== undefined) return graph;
    const overridable = inputs.filter((input) => constants.has(input));
    const isChoice = this.options.irVersion >= separateInitializers && overridable.length > 0;
    const { keeper } = this.options;
    const kept = keeper?.keepGraph(proto, graph, {
      statements,
      inputs: inputInfo.map((info, i) => keeper.keepInfo(info, inputs[i])),
      outputs: outputInfo.map((info, i) => keeper.keepInfo(info, outputs[i])),
      valueInfo: valueInfo.map((info) => keeper.keepInfo(info, scope.own(info.name))),
      unlisted:
        this.options.irVersion >= separateInitializers
          ? []
          : [...constants.keys()].filter((value) => !inputs.includes(value)),
    });
    return {
      ...graph,
      ...(isChoice ? { overridable: new Set(overridable) } : {}),
      ...(kept === undefined ? {} : { kept }),
    };
  }

  private sorted(nodes: readonly Node[]): readonly Node[] {
    if (isSorted(nodes)) return nodes;
    const { nodes: sorted, problems } = rareForms.value.sortNodes(nodes);
    for (const problem of problems) this.report(problem);
    return sorted;
  }

  /**
   * Declares the nodes' outputs before reading the nodes, so that their order does not matter.
   * @param promised values of the caller that a function's nodes produce, by their names in the function
   * @param statements gets the nodes as the file has them, calls of functions among them
   */
  nodes(
    protos: readonly NodeProtoLike[],
    place: Place,
    declared: ReadonlyMap<string, Declaration>,
    {
      promised = new Map(),
      statements = [],
    }: { readonly promised?: ReadonlyMap<string, Value>; readonly statements?: Node[] },
  ): Node[] {
    const { scope, prefix } = place;
    protos.forEach((proto, index) => {
      for (const name of proto.output ?? []) {
        if (name === '') continue;
        if (scope.own(name) !== undefined) {
          this.report(madeTwice({ value: name }), referenceOf(proto, index, prefix));
          continue;
        }
        const info = declared.get(name);
        scope.set(name, promised.get(name) ?? new Value(prefix + name, info?.type, info?.metadata));
      }
    });
    return protos.flatMap((proto, index) => this.node(proto, index, place, statements));
  }

  private node(proto: NodeProtoLike, index: number, place: Place, statements: Node[]): Node[] {
    this.budget.spend('nodes', 1);
    this.budget.spend('names', (proto.input?.length ?? 0) + (proto.output?.length ?? 0));
    const { scope, prefix } = place;
    const reference = referenceOf(proto, index, prefix);
    const read = (name: string): Value | undefined => {
      if (name === '') return undefined;
      const value = scope.find(name);
      if (value === undefined) this.report(notMade(name, scope, 'the node reads'), reference);
      return value ?? new Value(prefix + name);
    };
    const inputs = trimmed((proto.input ?? []).map(read));
    const outputs = trimmed((proto.output ?? []).map((name) => (name === '' ? undefined : scope.own(name))));
    const attributes = this.attributes(proto, place, reference);
    const domain = domainName(proto.domain);
    const opType = proto.opType ?? '';
    const metadata = this.metadata(proto.metadataProps ?? [], place.metadata);
    const key = this.functions.size === 0 ? '' : functionKey(domain, opType, proto.overload);
    const callee = this.functions.get(key);
    const opset = callee === undefined ? this.opsetOf(domain, place) : (place.opsets.get(domain) ?? 1);
    const kept = this.options.keeper?.keepNode(proto, metadata, { call: place.call, callee: callee && key });
    const { name } = reference;
    const bare: Node = { name, domain, opType, opset, inputs, outputs, attributes, metadata, index };
    const own = kept === undefined ? bare : { ...bare, kept };
    statements.push(own);
    if (callee === undefined) return [own];
    const call = place.call ?? { node: own, nodes: [] };
    const values = { inputs, outputs, attributes, reference, metadata };
    const nodes = rareForms.value.inlineCall(this, callee, values, { ...place, call });
    if (place.call === undefined) call.nodes = nodes;
    return nodes;
  }

  /** The version that the model or the function imports; 1 for domains other than ai.onnx that are not imported. */
  opsetOf(domain: string, { opsets }: Place): number {
    const version = opsets.get(domain);
    if (version !== undefined) return version;
    if (domain !== '') return 1;
    this.hasAssumed = true;
    return this.options.assumedOpset;
  }

  private attributes(proto: NodeProtoLike, place: Place, reference: NodeReference): ReadonlyMap<string, Attribute> {
    if (!proto.attribute?.length) return noAttributes;
    const attributes = new Map<string, Attribute>();
    for (const item of proto.attribute) {
      const name = item.name ?? '';
      const attribute = this.attempt(reference, () => this.attribute(item, place));
      if (attributes.has(name)) {
        this.report(attributeRepeated({ attribute: name }), reference);
      }
      if (attribute !== undefined) attributes.set(name, attribute);
    }
    return attributes;
  }

  /** An attribute that refers to an attribute which the caller does not have is absent. */
  attribute(proto: AttributeProtoLike, place: Place): Attribute | undefined {
    this.budget.spend('names', 1);
    if (proto.refAttrName) return place.bound.get(proto.refAttrName);
    const known = this.readAttributes.get(proto);
    if (known !== undefined) return known;
    const attribute = readAttribute(proto, {
      files: this.options.files,
      keeper: this.options.keeper,
      readGraph: (graph) => {
        if (place.depth >= maxSubgraphDepth) fail(subgraphsTooDeep());
        return this.graph(graph, { ...place, scope: new Scope(place.scope), depth: place.depth + 1 });
      },
    });
    // Graphs are read again for each call, since they see the values around them.
    if (place.calls.length > 0 && attribute.kind !== 'graph' && attribute.kind !== 'graphs')
      this.readAttributes.set(proto, attribute);
    return attribute;
  }

  /** @param local prefix for names of sizes that are local to a function */
  declarations(infos: readonly ValueInfoProtoLike[], local?: string): Declaration[] {
    return infos.map((proto) => {
      const { name, type, metadataProps } = proto;
      this.budget.spend('names', 1 + (type?.tensorType?.shape?.dim?.length ?? 0));
      return {
        proto,
        name: name ?? '',
        type: type ? readType(type, name ?? '', local) : undefined,
        metadata: readMetadata(metadataProps ?? []),
      };
    });
  }

  private metadata(entries: readonly EntryLike[], outer: Metadata): Metadata {
    if (entries.length === 0) return outer;
    this.budget.spend('names', entries.length + outer.size);
    return new Map([...outer, ...readMetadata(entries)]);
  }

  /** Runs `read`. If it throws a ProblemError, reports that at the node and returns undefined. */
  attempt<T>(node: NodeReference | undefined, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.report(error.problem, node);
      return undefined;
    }
  }

  report(problem: Problem, node?: NodeReference): void {
    this.diagnostics.push(diagnostic(problem, { file: this.options.file, node }));
    if (severityOf(problem.code) === 'error' && ++this.errorCount >= maxErrors) throw new ModelError(this.diagnostics);
  }
}

const noAttributes: ReadonlyMap<string, Attribute> = new Map();

export function byName(declarations: readonly Declaration[]): Map<string, Declaration> {
  return new Map(declarations.map((declaration) => [declaration.name, declaration]));
}

export function readMetadata(entries: readonly EntryLike[]): Metadata {
  return entries.length === 0 ? emptyMetadata : new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
}

function referenceOf(proto: NodeProtoLike, index: number, prefix: string): NodeReference {
  return {
    name: proto.name ? prefix + proto.name : '',
    opType: proto.opType ?? '',
    domain: domainName(proto.domain),
    index,
  };
}

function trimmed(values: (Value | undefined)[]): (Value | undefined)[] {
  return values.slice(0, values.findLastIndex((value) => value !== undefined) + 1);
}

const madeTwice = defineProblem('US1104', { value: 'string' }, ({ value }) => ({
  message: `the value ${quoted(value)} is made more than once`,
  value,
}));

const inputRepeated = defineProblem('US1104', { value: 'string' }, ({ value }) => ({
  message: `the graph has two inputs named ${quoted(value)}`,
  value,
}));

const initializerRepeated = defineProblem('US1104', { value: 'string' }, ({ value }) => ({
  message: `the graph has two initializers named ${quoted(value)}`,
  value,
}));

const functionRepeated = defineProblem('US1106', { function: 'string' }, (data) => ({
  message: `the function ${quoted(data.function)} is in the file more than once`,
}));
