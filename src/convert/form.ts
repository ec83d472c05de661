/** What adapters between versions of operators read and make. */
import type { Attribute, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import type { BoundOperator } from '../ops/operator.js';

/** A node without its name and operator set. */
export interface Form {
  readonly opType: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export function form(
  opType: string,
  inputs: Form['inputs'],
  outputs: Form['outputs'],
  attributes?: Readonly<Record<string, Attribute>>,
): Form {
  return { opType, inputs, outputs, attributes: new Map(Object.entries(attributes ?? {})) };
}

/** A node's inputs by the names of its signature, its attributes as the file has them, and its outputs; adapters change them. */
export interface Draft {
  /** A list for variadic ones. */
  readonly inputs: Map<string, unknown>;
  readonly attributes: Map<string, Attribute>;
  readonly outputs: (Value | undefined)[];
}

/** Why a node cannot be written for another operator set; `reason` continues "because". */
export class Refusal extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** No list of channels or groups that a real model has is longer; a hostile one may declare any number. */
const longest = 2 ** 20;

/** @throws Refusal for a number of which no list can be written */
export function listable(count: number, what: string): number {
  if (Number.isInteger(count) && count >= 0 && count <= longest) return count;
  return refuse(`it has ${count} ${what}`);
}

/** What is known of the model around a node, and what conversions add to it. */
export interface Surroundings {
  typeOf(value: Value): TensorType | undefined;
  /** The elements that the file has. */
  stored(value: Value): Tensor | undefined;
  /** The elements, if no run can change them: stored, or computed from sizes that are known. */
  constant(value: Value): Tensor | undefined;
  /** Whether a node reads the value, or the graph returns it. */
  isRead(value: Value): boolean;
  /** The operator that makes the value. */
  producer(value: Value): string | undefined;
  addConstant(name: string, tensor: Tensor): Value;
  addValue(name: string, type: TensorType): Value;
}

/** A node at a boundary between two versions of its operator. */
export class Site {
  constructor(
    readonly opType: string,
    readonly outputs: readonly (Value | undefined)[],
    readonly bound: BoundOperator,
    /** The since-version to write; the operator set, if it does not have the operator. */
    readonly to: number,
    readonly around: Surroundings,
  ) {}

  get version(): number {
    return this.bound.version;
  }

  input(name: string): Value | undefined {
    return (this.bound.inputs as Readonly<Record<string, Value | undefined>>)[name];
  }

  /** @throws Refusal if the input is absent */
  needed(name: string): Value {
    return this.input(name) ?? refuse(`it has no input ${name}`);
  }

  get output(): Value {
    return this.outputs[0] ?? refuse('its first output has no name');
  }

  /** An attribute as the version reads it, with its default. */
  private read(name: string): unknown {
    return (this.bound.attributes as Readonly<Record<string, unknown>>)[name];
  }

  number(name: string): number | undefined {
    const value = this.read(name);
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.read(name) === true;
  }

  text(name: string): string {
    return String(this.read(name));
  }

  list(name: string): readonly number[] | undefined {
    const value = this.read(name);
    return Array.isArray(value) ? (value as readonly number[]) : undefined;
  }

  type(value: Value): TensorType | undefined {
    return this.around.typeOf(value);
  }

  /** @throws Refusal if it is not known */
  rank(value: Value): number {
    return this.type(value)?.shape?.length ?? refuse(`the rank of '${value.name}' is not known`);
  }

  /** @throws Refusal if it is not known */
  knownType(value: Value): TensorType & { readonly elementType: NonNullable<TensorType['elementType']> } {
    const type = this.type(value);
    if (type?.elementType === undefined) refuse(`the type of '${value.name}' is not known`);
    return { ...type, elementType: type.elementType };
  }

  constant(value: Value | undefined): Tensor | undefined {
    return value && this.around.constant(value);
  }

  addConstant(what: string, tensor: Tensor): Value {
    return this.around.addConstant(`${this.output.name}/${what}`, tensor);
  }

  /** A value between the forms that replace the node. */
  addValue(what: string, type: TensorType): Value {
    return this.around.addValue(`${this.output.name}/${what}`, type);
  }
}

/**
 * Takes a node over the boundary of a version. It changes the draft, which is then written as the signature of the
 * version on the other side says; or returns the nodes that replace it there.
 * @throws Refusal if nothing there computes the same
 */
export type Adapter = (site: Site, draft: Draft) => readonly Form[] | undefined;

export interface Adapters {
  /** To this version, or to the set that removed the operator. */
  readonly up?: Adapter;
  /** From this version to the one before, or to a set before the operator. */
  readonly down?: Adapter;
}

/** The adapters of operators at the boundary where a version begins. */
export interface Boundary extends Adapters {
  readonly operators: readonly string[];
  readonly version: number;
}

export function boundary(operators: string | readonly string[], version: number, adapters: Adapters): Boundary {
  return { operators: typeof operators === 'string' ? [operators] : operators, version, ...adapters };
}
