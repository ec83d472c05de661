/**
 * Declared attributes: an operator declares its attributes with their versions, kinds and defaults. A node's attributes
 * are read once by these declarations, and are typed then. Undeclared attributes are reported.
 */

import { defineProblem, fail, type Problem } from '../diagnostics.js';
import type { Attribute, Constant, Graph, Node, SparseConstant, ValueType } from '../ir/graph.js';
import { denseConstant } from '../ir/sparse.js';
import { attributeRequired } from './problems.js';

type Kind = Attribute['kind'];

interface AttributeDetails<T> {
  /** The since-versions in which nodes must have the attribute: from `from` on, before `before`. */
  readonly required?: readonly [from: number, before: number];
  readonly since?: number;
  readonly until?: number;
  readonly allowed?: readonly T[];
  readonly later?: { readonly since: number; readonly fallback: T };
}
const attributeKind = defineProblem(
  'US1303',
  { attribute: 'string', expectedKind: 'string', kind: 'string' },
  ({ attribute, expectedKind, kind }) => ({
    message: `the attribute '${attribute}' has the wrong kind`,
    value: attribute,
    expected: expectedKind,
    actual: kind,
  }),
);

const attributeNotAllowed = defineProblem(
  'US1304',
  { attribute: 'string', allowed: 'strings', value: 'string' },
  ({ attribute, allowed, value }) => ({
    message: `the attribute '${attribute}' has a value that the specification does not give`,
    value: attribute,
    expected: allowed.join(', '),
    actual: value,
  }),
);

/** One declared attribute. `T` is what the operator's rules receive. */
export class AttributeSpec<T> {
  constructor(
    readonly kind: Kind,
    private readonly convert: (attribute: Attribute) => T,
    private readonly fallback: T,
    private readonly details: AttributeDetails<T> = {},
  ) {}

  private with(details: AttributeDetails<T>): AttributeSpec<T> {
    return new AttributeSpec(this.kind, this.convert, this.fallback, { ...this.details, ...details });
  }

  /** The node must have it. */
  required(): AttributeSpec<Exclude<T, undefined>> {
    return this.with({ required: [0, Number.POSITIVE_INFINITY] }) as unknown as AttributeSpec<Exclude<T, undefined>>;
  }

  /** The node must have it in this since-version of the operator and later ones. */
  requiredFrom(version: number): AttributeSpec<T> {
    return this.with({ required: [version, Number.POSITIVE_INFINITY] });
  }

  /** The node must have it in versions before this one. */
  requiredBefore(version: number): AttributeSpec<T> {
    return this.with({ required: [0, version] });
  }

  /** Present from this since-version of the operator on. */
  from(version: number): AttributeSpec<T> {
    return this.with({ since: version });
  }

  /** Present before this since-version of the operator only. */
  before(version: number): AttributeSpec<T> {
    return this.with({ until: version });
  }

  /** Changes the default from this since-version of the operator on. */
  defaultFrom(version: number, fallback: T): AttributeSpec<T> {
    return this.with({ later: { since: version, fallback } });
  }

  /** The only values that the specification allows. */
  oneOf<const U extends T>(...values: readonly U[]): AttributeSpec<U> {
    return this.with({ allowed: values }) as unknown as AttributeSpec<U>;
  }

  existsIn(version: number): boolean {
    const { since = 0, until = Number.POSITIVE_INFINITY } = this.details;
    return version >= since && version < until;
  }

  isRequiredIn(version: number): boolean {
    const [from, before] = this.details.required ?? [0, 0];
    return this.existsIn(version) && version >= from && version < before;
  }

  /** Its value on nodes that omit it; undefined if there is no default. */
  defaultIn(version: number): T {
    const { later } = this.details;
    return later !== undefined && version >= later.since ? later.fallback : this.fallback;
  }

  /** Its value on a node of this since-version of the operator. */
  read(name: string, attribute: Attribute | undefined, version: number): T {
    if (attribute === undefined || !this.existsIn(version)) {
      if (this.isRequiredIn(version)) fail(attributeRequired({ attribute: name }));
      return this.existsIn(version) ? this.defaultIn(version) : this.fallback;
    }
    if (attribute.kind !== this.kind && !isEmptyListOfAnyKind(attribute, this.kind)) {
      fail(attributeKind({ attribute: name, expectedKind: this.kind, kind: attribute.kind }));
    }
    const value = this.convert(attribute);
    const { allowed } = this.details;
    if (allowed !== undefined && !allowed.includes(value)) {
      fail(attributeNotAllowed({ attribute: name, allowed: allowed.map(String), value: String(value) }));
    }
    return value;
  }
}

/** An empty list of another kind: exporters lose the kind of empty lists. */
function isEmptyListOfAnyKind(attribute: Attribute, kind: Kind): boolean {
  return kind.endsWith('s') && Array.isArray(attribute.value) && attribute.value.length === 0;
}

const utf8 = new TextDecoder();

function numbers(attribute: Attribute): number[] {
  return Array.from(attribute.value as readonly bigint[], Number);
}

/** An integer as a number; beyond 2^53 the nearest one, which is enough for axes, ends of slices and types. */
export function int(): AttributeSpec<number | undefined>;
export function int(fallback: number): AttributeSpec<number>;
export function int(fallback?: number): AttributeSpec<number | undefined> {
  return new AttributeSpec<number | undefined>('int', (attribute) => Number(attribute.value), fallback);
}

/** An integer as an exact bigint. */
export function bigint(): AttributeSpec<bigint | undefined> {
  return new AttributeSpec<bigint | undefined>('int', (attribute) => attribute.value as bigint, undefined);
}

/** An integer as a boolean. */
export function flag(fallback: boolean): AttributeSpec<boolean> {
  return new AttributeSpec<boolean>('int', (attribute) => attribute.value !== 0n, fallback);
}

export function float(): AttributeSpec<number | undefined>;
export function float(fallback: number): AttributeSpec<number>;
export function float(fallback?: number): AttributeSpec<number | undefined> {
  // Rounded to float32 as in a file, so that a default equals the same number written out.
  const rounded = fallback === undefined ? undefined : Math.fround(fallback);
  return new AttributeSpec<number | undefined>('float', (attribute) => attribute.value as number, rounded);
}

export function text(): AttributeSpec<string | undefined>;
export function text(fallback: string): AttributeSpec<string>;
export function text(fallback?: string): AttributeSpec<string | undefined> {
  return new AttributeSpec<string | undefined>(
    'string',
    (attribute) => utf8.decode(attribute.value as Uint8Array),
    fallback,
  );
}

export function ints(): AttributeSpec<readonly number[] | undefined>;
export function ints(fallback: readonly number[]): AttributeSpec<readonly number[]>;
export function ints(fallback?: readonly number[]): AttributeSpec<readonly number[] | undefined> {
  return new AttributeSpec<readonly number[] | undefined>('ints', numbers, fallback);
}

/** Integers as exact bigints. */
export function bigints(): AttributeSpec<readonly bigint[] | undefined> {
  return new AttributeSpec<readonly bigint[] | undefined>(
    'ints',
    (attribute) => attribute.value as readonly bigint[],
    undefined,
  );
}

export function floats(): AttributeSpec<readonly number[] | undefined> {
  return new AttributeSpec<readonly number[] | undefined>(
    'floats',
    (attribute) => attribute.value as readonly number[],
    undefined,
  );
}

export function texts(): AttributeSpec<readonly string[] | undefined> {
  return new AttributeSpec<readonly string[] | undefined>(
    'strings',
    (attribute) => (attribute.value as readonly Uint8Array[]).map((bytes) => utf8.decode(bytes)),
    undefined,
  );
}

export function constant(): AttributeSpec<Constant | undefined> {
  return new AttributeSpec<Constant | undefined>('tensor', (attribute) => attribute.value as Constant, undefined);
}

/** A sparse tensor, which becomes dense when it is loaded. */
export function sparseConstant(): AttributeSpec<Constant | undefined> {
  return new AttributeSpec<Constant | undefined>(
    'sparseTensor',
    (attribute) => denseConstant(attribute.value as SparseConstant),
    undefined,
  );
}

/** The type of a value, as files declare them. */
export function valueType(): AttributeSpec<ValueType | undefined> {
  return new AttributeSpec<ValueType | undefined>('type', (attribute) => attribute.value as ValueType, undefined);
}

export function graph(): AttributeSpec<Graph | undefined> {
  return new AttributeSpec<Graph | undefined>('graph', (attribute) => attribute.value as Graph, undefined);
}

export type AttributeSpecs = Readonly<Record<string, AttributeSpec<unknown>>>;

export type AttributeValues<S extends AttributeSpecs> = {
  readonly [K in keyof S]: S[K] extends AttributeSpec<infer T> ? T : never;
};

/** Reads a node's attributes as `specs` declare them for the operator's `version`. */
export function readAttributes<S extends AttributeSpecs>(specs: S, node: Node, version: number): AttributeValues<S> {
  const absent = withoutAny(specs, version);
  const values: Record<string, unknown> = { ...absent };
  for (const name in specs) {
    const spec = specs[name]!;
    const attribute = node.attributes.get(name);
    if (attribute !== undefined || absent[name] === spec) values[name] = spec.read(name, attribute, version);
  }
  return values as AttributeValues<S>;
}

type Values = Readonly<Record<string, unknown>>;

const absences = new WeakMap<AttributeSpecs, { readonly version: number; readonly values: Values }>();

/** What a node has that leaves all attributes out, as most do with most of them; of one that it must not, the declaration. */
function withoutAny(specs: AttributeSpecs, version: number): Values {
  let known = absences.get(specs);
  if (known?.version !== version) {
    const read = (name: string, spec: AttributeSpec<unknown>) =>
      spec.isRequiredIn(version) ? spec : spec.read(name, undefined, version);
    const values = Object.entries(specs).map(([name, spec]) => [name, read(name, spec)]);
    known = { version, values: Object.fromEntries(values) };
    absences.set(specs, known);
  }
  return known.values;
}

const attributeUnread = defineProblem(
  'US1301',
  { operator: 'string', version: 'integer', attribute: 'string', isUnknown: 'boolean' },
  ({ operator, version, attribute, isUnknown }) => ({
    message: `${operator} version ${version} has no attribute '${attribute}'; it is not used`,
    value: attribute,
    hint: isUnknown
      ? undefined
      : `the attribute belongs to other versions of ${operator}; export for the operator set that the node was written for`,
  }),
);

/** Attributes of the node that this version of the operator does not have, which are not read. */
export function unreadAttributes(specs: AttributeSpecs, node: Node, version: number): readonly Problem[] {
  const problems: Problem[] = [];
  for (const name of node.attributes.keys()) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec?.existsIn(version)) continue;
    problems.push(attributeUnread({ operator: node.opType, version, attribute: name, isUnknown: spec === undefined }));
  }
  return problems;
}
