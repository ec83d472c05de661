/**
 * GraphProto → Graph. Names become values by lexical scope: a subgraph sees the values around it. Calls of model-local
 * functions are replaced by the functions' nodes on the way.
 */
import { type Diagnostic, diagnostic, type NodeReference, type Problem, ProblemError } from '../diagnostics.js';
import {
  type Attribute,
  type Constant,
  emptyMetadata,
  type Graph,
  type Metadata,
  type Node,
  Value,
  type ValueType,
} from '../ir/graph.js';
import { denseConstant } from '../ir/sparse.js';
import { readAttribute } from './attributes.js';
import { readConstant, readSparseConstant } from './constant.js';
import type { ExternalFiles } from './external-data.js';
import { domainName, readOpsets } from './opsets.js';
import type {
  AttributeProtoLike,
  EntryLike,
  FunctionProtoLike,
  GraphProtoLike,
  NodeProtoLike,
  ValueInfoProtoLike,
} from './proto.js';
import { sortNodes } from './sort-nodes.js';
import { readType } from './types.js';

/** A file that calls functions in functions can ask for any number of nodes. */
const maxNodes = 1_000_000;
const maxSubgraphDepth = 64;

/** Names in scope, over those of the graph around. */
class Scope {
  private readonly values = new Map<string, Value>();

  constructor(private readonly outer?: Scope) {}

  find(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.find(name);
  }

  own(name: string): Value | undefined {
    return this.values.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** Every name that can be seen from here. */
  *names(): Iterable<string> {
    yield* this.values.keys();
    if (this.outer !== undefined) yield* this.outer.names();
  }
}

/** Where nodes are read: the names in force, and what a function call has bound. */
interface Place {
  readonly scope: Scope;
  readonly opsets: ReadonlyMap<string, number>;
  /** Put before the names of a function's nodes and values. */
  readonly prefix: string;
  /** The attributes that `ref_attr_name` may name. */
  readonly bound: ReadonlyMap<string, Attribute>;
  /** The functions being inlined. */
  readonly calls: readonly FunctionProtoLike[];
  readonly metadata: Metadata;
  readonly depth: number;
}

export interface GraphReaderOptions {
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionProtoLike[];
  readonly files: ExternalFiles | undefined;
  readonly file: string | undefined;
}

export class GraphReader {
  readonly diagnostics: Diagnostic[] = [];
  private readonly functions = new Map<string, FunctionProtoLike>();
  private nodeCount = 0;

  constructor(private readonly options: GraphReaderOptions) {
    for (const item of options.functions) this.functions.set(functionKey(item.domain, item.name, item.overload), item);
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
      metadata: emptyMetadata,
      depth: 0,
    });
  }

  /** Inputs that are also initialisers (IR version 3 wanted every weight listed) are constants, and no inputs. */
  private graph(proto: GraphProtoLike, place: Place): Graph {
    const { scope, prefix } = place;
    const declared = declaredTypes(proto.valueInfo ?? []);
    for (const output of proto.output ?? []) declared.set(output.name ?? '', readInfo(output));
    const define = (name: string, info = declared.get(name)): Value => {
      const value = new Value(prefix + name, info?.type, info?.metadata);
      scope.set(name, value);
      return value;
    };

    const inputs = (proto.input ?? []).map((input) => define(input.name ?? '', readInfo(input)));
    const constants = new Map<Value, Constant>();
    for (const tensor of proto.initializer ?? []) {
      const name = tensor.name ?? '';
      this.attempt(undefined, () => {
        const constant = readConstant(tensor, this.options.files);
        constants.set(scope.own(name) ?? define(name), constant);
      });
    }
    for (const sparse of proto.sparseInitializer ?? []) {
      const name = sparse.values?.name ?? '';
      this.attempt(undefined, () => {
        const constant = denseConstant(readSparseConstant(sparse, this.options.files));
        constants.set(scope.own(name) ?? define(name), constant);
      });
    }

    const { nodes, problems } = sortNodes(this.nodes(proto.node ?? [], place, declared));
    for (const problem of problems) this.report(problem);
    const outputs = (proto.output ?? []).map((output) => {
      const name = output.name ?? '';
      const value = scope.find(name);
      if (value === undefined) this.report(notMade(name, scope, 'the graph returns'));
      return value ?? define(name);
    });
    return {
      name: proto.name ?? '',
      inputs: inputs.filter((input) => !constants.has(input)),
      outputs,
      nodes,
      constants,
    };
  }

  /** Declares what the nodes make before reading them, so that order does not matter. */
  private nodes(protos: readonly NodeProtoLike[], place: Place, declared: ReadonlyMap<string, Info>): Node[] {
    const { scope, prefix } = place;
    const made = new Set<string>();
    protos.forEach((proto, index) => {
      for (const name of proto.output ?? []) {
        if (name === '') continue;
        const isBound = scope.own(name) !== undefined;
        if (made.has(name) || (isBound && place.calls.length === 0)) {
          this.report(
            { code: 'US1104', message: `the value '${name}' is made more than once`, value: name },
            referenceOf(proto, index, prefix),
          );
        }
        made.add(name);
        const info = declared.get(name);
        if (!isBound) scope.set(name, new Value(prefix + name, info?.type, info?.metadata));
      }
    });
    return protos.flatMap((proto, index) => this.node(proto, index, place));
  }

  private node(proto: NodeProtoLike, index: number, place: Place): Node[] {
    if (++this.nodeCount > maxNodes) {
      throw new ProblemError({
        code: 'US1106',
        message: `inlining makes more than ${maxNodes} nodes`,
        hint: 'the functions of the file call one another too often',
      });
    }
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
    const metadata = mergeMetadata(place.metadata, proto.metadataProps ?? []);
    const callee = this.functions.get(functionKey(domain, opType, proto.overload));
    if (callee !== undefined) return this.inline(callee, { inputs, outputs, attributes, reference, metadata }, place);
    const opset = place.opsets.get(domain) ?? this.options.opsets.get(domain) ?? 1;
    return [{ name: reference.name, domain, opType, opset, inputs, outputs, attributes, metadata, index }];
  }

  private attributes(proto: NodeProtoLike, place: Place, reference: NodeReference): Map<string, Attribute> {
    const attributes = new Map<string, Attribute>();
    for (const item of proto.attribute ?? []) {
      const name = item.name ?? '';
      const attribute = this.attempt(reference, () => this.attribute(item, place));
      if (attribute !== undefined) attributes.set(name, attribute);
    }
    return attributes;
  }

  /** An attribute that names one of the caller's which the caller does not have is absent. */
  private attribute(proto: AttributeProtoLike, place: Place): Attribute | undefined {
    if (proto.refAttrName) return place.bound.get(proto.refAttrName);
    return readAttribute(proto, {
      files: this.options.files,
      readGraph: (graph) => {
        if (place.depth >= maxSubgraphDepth) {
          throw new ProblemError({
            code: 'US1108',
            message: `subgraphs are nested more than ${maxSubgraphDepth} deep`,
          });
        }
        return this.graph(graph, { ...place, scope: new Scope(place.scope), depth: place.depth + 1 });
      },
    });
  }

  private inline(
    callee: FunctionProtoLike,
    call: Pick<Node, 'inputs' | 'outputs' | 'attributes' | 'metadata'> & { readonly reference: NodeReference },
    place: Place,
  ): Node[] {
    const { reference } = call;
    if (place.calls.includes(callee)) {
      this.report(
        {
          code: 'US1106',
          message: `the function '${callee.name ?? ''}' calls itself`,
          hint: 'ONNX has no recursion: export the model again',
        },
        reference,
      );
      return [];
    }
    const scope = new Scope();
    const formalInputs = callee.input ?? [];
    formalInputs.forEach((name, i) => {
      const value = call.inputs[i];
      // An absent optional input is an empty name to the function's nodes.
      if (value !== undefined) scope.set(name, value);
    });
    const absent = new Set(formalInputs.filter((_, i) => call.inputs[i] === undefined));
    const prefix = `${reference.name || `${reference.opType}_${reference.index}`}/`;
    const copies: Node[] = [];
    (callee.output ?? []).forEach((name, i) => {
      const value = call.outputs[i];
      if (value === undefined) return;
      const source = scope.own(name);
      if (source === undefined) scope.set(name, value);
      else copies.push(identity(source, value, reference, place.opsets.get('') ?? 1));
    });
    const imports = this.attempt(reference, () => readOpsets(callee.opsetImport ?? [])) ?? new Map<string, number>();
    const defaults = (callee.attributeProto ?? []).map(
      (proto) => [proto.name ?? '', this.attempt(reference, () => this.attribute(proto, place))] as const,
    );
    const bound = new Map<string, Attribute>(call.attributes);
    for (const [name, attribute] of defaults)
      if (attribute !== undefined && !bound.has(name)) bound.set(name, attribute);
    const nodes = (callee.node ?? []).map((node) => withoutInputs(node, absent));
    const inner: Place = {
      scope,
      opsets: new Map([...place.opsets, ...imports]),
      prefix,
      bound,
      calls: [...place.calls, callee],
      metadata: call.metadata,
      depth: place.depth,
    };
    return [...this.nodes(nodes, inner, declaredTypes(callee.valueInfo ?? [])), ...copies];
  }

  /** Runs `read`; what it finds wrong is reported at the node, and nothing returned. */
  private attempt<T>(node: NodeReference | undefined, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.report(error.problem, node);
      return undefined;
    }
  }

  private report(problem: Problem, node?: NodeReference): void {
    this.diagnostics.push(diagnostic(problem, { file: this.options.file, node }));
  }
}

interface Info {
  readonly type: ValueType | undefined;
  readonly metadata: Metadata;
}

function readInfo({ name, type, metadataProps }: ValueInfoProtoLike): Info {
  return { type: type ? readType(type, name ?? '') : undefined, metadata: readMetadata(metadataProps ?? []) };
}

function declaredTypes(infos: readonly ValueInfoProtoLike[]): Map<string, Info> {
  return new Map(infos.map((info) => [info.name ?? '', readInfo(info)]));
}

export function readMetadata(entries: readonly EntryLike[]): Metadata {
  return entries.length === 0 ? emptyMetadata : new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
}

function mergeMetadata(outer: Metadata, entries: readonly EntryLike[]): Metadata {
  if (entries.length === 0) return outer;
  return new Map([...outer, ...readMetadata(entries)]);
}

function functionKey(
  domain: string | null | undefined,
  name: string | null | undefined,
  overload: string | null | undefined,
): string {
  return `${domainName(domain)}\n${name ?? ''}\n${overload ?? ''}`;
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

function withoutInputs(node: NodeProtoLike, absent: ReadonlySet<string>): NodeProtoLike {
  if (absent.size === 0 || !node.input?.some((name) => absent.has(name))) return node;
  return { ...node, input: node.input.map((name) => (absent.has(name) ? '' : name)) };
}

/** For a function that returns one of its own inputs. */
function identity(from: Value, to: Value, { name, index }: NodeReference, opset: number): Node {
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
  };
}

function notMade(name: string, scope: Scope, who: string): Problem {
  const similar = closestName(name, scope.names());
  return {
    code: 'US1103',
    message: `${who} '${name}', which nothing makes`,
    value: name,
    hint: similar === undefined ? undefined : `did the exporter mean '${similar}'?`,
  };
}

/** A name that differs by little: the same but for case, or one that begins or ends with the other. */
function closestName(name: string, names: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  for (const candidate of names) {
    const other = candidate.toLowerCase();
    if (other === lower || (lower.length > 2 && (other.endsWith(lower) || other.startsWith(lower)))) return candidate;
  }
  return undefined;
}
