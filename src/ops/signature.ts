/**
 * Signatures as data: which inputs and outputs an operator has, in which versions, and of which types. Operators
 * declare them, nodes are checked against them when they are bound and inferred, and other code can query them.
 */

import { defineProblem, fail } from '../diagnostics.js';
import type { ElementType } from '../ir/element-type.js';
import type { Node, Value } from '../ir/graph.js';
import { innermostElement, type TensorType } from '../ir/shape.js';
import { finite, rangeText } from './problems.js';
import type { TypeSet } from './type-set.js';

type Kind = 'required' | 'optional' | 'variadic';

/** The name of a type variable, or a set of types, from which each use may have a different one. */
type FormalType = string | TypeSet;

interface FormalDetails {
  readonly since?: number;
  readonly until?: number;
  /** An optional one is required in versions before this. */
  readonly requiredBefore?: number;
  readonly laterTypes?: readonly (readonly [since: number, type: FormalType])[];
  readonly least?: number;
  readonly isMixed?: boolean;
  /** The value is a sequence of tensors, or from a version on it may be one. */
  readonly sequence?: 'always' | number;
  /** The value may be an optional from a version on, and is one before another version. */
  readonly optional?: { readonly since: number; readonly alwaysBefore: number };
}

/** One input or output of a signature. `V` is the type of its value on a bound node. */
export class Formal<N extends string = string, V = unknown> {
  /** Exists only for the type. */
  declare readonly bound: V;

  constructor(
    readonly name: N,
    private readonly kind: Kind,
    private readonly type: FormalType,
    private readonly details: FormalDetails = {},
  ) {}

  /** Exists from this since-version of the operator on. */
  from(version: number): Formal<N, V | undefined> {
    return this.with({ since: version });
  }

  /** Exists only before this since-version of the operator. */
  before(version: number): Formal<N, V | undefined> {
    return this.with({ until: version });
  }

  /** Optional, but required in versions before this one. */
  requiredBefore(version: number): Formal<N, V> {
    return this.with({ requiredBefore: version });
  }

  /** Has another type from this since-version of the operator on. */
  typeFrom(version: number, type: FormalType): Formal<N, V> {
    return this.with({ laterTypes: [...(this.details.laterTypes ?? []), [version, type]] });
  }

  /** May also be a sequence of tensors, from this since-version of the operator on. */
  orSequence(version: number): Formal<N, V> {
    return this.with({ sequence: version });
  }

  /** A sequence of tensors, or each of several. */
  ofSequences(): Formal<N, V> {
    return this.with({ sequence: 'always' });
  }

  /** May also be an optional, from this since-version of the operator on; before another one it has to be. */
  orOptional(since: number, alwaysBefore = 0): Formal<N, V> {
    return this.with({ optional: { since, alwaysBefore } });
  }

  /** Whether the value is an optional, or may be one. */
  takesOptional(version: number): 'always' | 'also' | 'never' {
    const { since = Number.POSITIVE_INFINITY, alwaysBefore = 0 } = this.details.optional ?? {};
    return version < since ? 'never' : version < alwaysBefore ? 'always' : 'also';
  }

  /** Whether the value is a sequence of tensors, whose elements have the type, or may be one. */
  takesSequence(version: number): 'always' | 'also' | 'never' {
    const { sequence = Number.POSITIVE_INFINITY } = this.details;
    if (sequence === 'always') return sequence;
    return version >= sequence ? 'also' : 'never';
  }

  existsIn(version: number): boolean {
    const { since = 0, until = Number.POSITIVE_INFINITY } = this.details;
    return version >= since && version < until;
  }

  isRequiredIn(version: number): boolean {
    return this.kind === 'required' || version < (this.details.requiredBefore ?? 0);
  }

  get isVariadic(): boolean {
    return this.kind === 'variadic';
  }

  /** The least number of values, if it is variadic. */
  get least(): number {
    return this.details.least ?? 1;
  }

  /** Whether the values may have different types, if it is variadic. */
  get isMixed(): boolean {
    return this.details.isMixed ?? false;
  }

  typeIn(version: number): FormalType {
    return this.details.laterTypes?.findLast(([since]) => since <= version)?.[1] ?? this.type;
  }

  private with<W>(changes: FormalDetails): Formal<N, W> {
    return new Formal<N, W>(this.name, this.kind, this.type, { ...this.details, ...changes });
  }
}

export function required<const N extends string>(name: N, type: FormalType): Formal<N, Value> {
  return new Formal(name, 'required', type);
}

export function optional<const N extends string>(name: N, type: FormalType): Formal<N, Value | undefined> {
  return new Formal(name, 'optional', type);
}

/** A sequence of tensors of the type. */
export function sequence<const N extends string>(name: N, type: FormalType): Formal<N, Value> {
  return new Formal(name, 'required', type, { sequence: 'always' });
}

/** The last input or output of a signature, with any number of values. */
export function variadic<const N extends string>(
  name: N,
  type: FormalType,
  details: Pick<FormalDetails, 'least' | 'isMixed'> = {},
): Formal<N, readonly Value[]> {
  return new Formal(name, 'variadic', type, details);
}

export type Formals = readonly Formal[];

/** The values of a node, by the names of its operator's signature. */
export type Named<F extends Formals> = { readonly [P in F[number] as P['name']]: P['bound'] };

export interface Signature<I extends Formals = Formals, O extends Formals = Formals> {
  /** In order. A version has those that exist in it. */
  readonly inputs: I;
  readonly outputs: O;
  /** The types that each type variable may stand for. */
  readonly types?: Readonly<Record<string, TypeSet>>;
}

/** What is asked of a signature's list for each node of a model, all of which have one version of an operator as a rule. */
function perVersion<T>(make: (formals: Formals, version: number) => T): typeof make {
  const last = new WeakMap<Formals, { readonly version: number; readonly made: T }>();
  return (formals, version) => {
    let found = last.get(formals);
    if (found?.version !== version) {
      found = { version, made: make(formals, version) };
      last.set(formals, found);
    }
    return found.made;
  };
}

export const formalsIn = perVersion(
  (formals, version): Formals => formals.filter((formal) => formal.existsIn(version)),
);

/** The formal for the value at an index; undefined beyond the last one. */
export function formalAt(formals: Formals, place: number): Formal | undefined {
  const last = formals.at(-1);
  return formals[place] ?? (last?.isVariadic ? last : undefined);
}

/** The least and most values of a list, without trailing absent ones. */
export const countsOf = perVersion((formals, version): { readonly least: number; readonly most: number } => {
  const last = formals.at(-1);
  const fixed = last?.isVariadic ? formals.slice(0, -1) : formals;
  const needed = fixed.findLastIndex((formal) => formal.isRequiredIn(version)) + 1;
  if (last?.isVariadic !== true) return { least: needed, most: fixed.length };
  return { least: last.least > 0 ? fixed.length + last.least : needed, most: Number.POSITIVE_INFINITY };
});

/**
 * The values by name.
 *
 * @throws ProblemError US1306 if there are too few or too many values, or a required one is absent
 */
export function nameValues(
  { opType, attributes }: Pick<Node, 'opType' | 'attributes'>,
  side: 'inputs' | 'outputs',
  all: Formals,
  version: number,
  values: readonly (Value | undefined)[],
): Record<string, unknown> {
  const formals = formalsIn(all, version);
  checkCount({ opType, attributes }, side, formals, version, values);
  const named: Record<string, unknown> = {};
  for (const { name, isVariadic } of all) named[name] = isVariadic ? [] : undefined;
  formals.forEach((formal, place) => {
    if (formal.isVariadic) {
      const rest = values.slice(place);
      const empty = rest.indexOf(undefined);
      if (side === 'inputs' && empty >= 0) failAbsent(opType, side, `${formal.name}[${empty}]`, place + empty);
      named[formal.name] = rest;
      return;
    }
    const isListed = side === 'inputs' || place < values.length;
    if (isListed && values[place] === undefined && formal.isRequiredIn(version)) {
      failAbsent(opType, side, formal.name, place);
    }
    named[formal.name] = values[place];
  });
  return named;
}

const valueNeeded = defineProblem(
  'US1306',
  { operator: 'string', side: ['inputs', 'outputs'], name: 'string', place: 'integer' },
  ({ operator, side, name, place }) => {
    const what = side === 'inputs' ? 'input' : 'output';
    return {
      message: `${operator} needs its ${what} ${name}`,
      value: name,
      expected: `a value for ${what} ${place}`,
      actual: 'an empty name',
      hint: `only optional ${side} may be left empty`,
    };
  },
);

const wrongCount = defineProblem(
  'US1306',
  {
    operator: 'string',
    version: 'integer',
    side: ['inputs', 'outputs'],
    minimum: 'integer',
    maximum: 'integer?',
    count: 'integer',
    names: 'strings',
    /** Required inputs that are not there, of which the node has attributes. */
    misplaced: 'strings',
  },
  ({ operator, version, side, minimum, maximum, count, names, misplaced }) => {
    const signature = names.length === 0 ? 'it has none' : `they are ${names.join(', ')}`;
    return {
      message: `${operator} of version ${version} takes another number of ${side} than it is given`,
      expected: rangeText(minimum, maximum),
      actual: String(count),
      hint:
        misplaced.length === 0
          ? signature
          : `${signature}; unstride fix makes an input of the attribute ${misplaced.join(', ')}`,
    };
  },
);

const typeNotTaken = defineProblem(
  'US1210',
  { operator: 'string', input: 'string', type: 'string', takes: 'string' },
  ({ operator, input, type, takes }) => ({
    message: `${input} has an element type that ${operator} does not take`,
    value: input,
    expected: takes,
    actual: type,
    hint: 'a Cast before this node makes it one of these; unstride fix writes constants in it',
  }),
);

const inputTypesDiffer = defineProblem(
  'US1210',
  { first: 'string', firstType: 'string', input: 'string', type: 'string' },
  ({ first, firstType, input, type }) => ({
    message: `${first} and ${input} must have one element type`,
    value: input,
    expected: firstType,
    actual: type,
    hint: `a Cast to ${firstType} before this node makes them equal`,
  }),
);

const tensorInsteadOfSequence = defineProblem(
  'US1210',
  { operator: 'string', input: 'string', isSequence: 'boolean' },
  ({ operator, input, isSequence }) => ({
    message: isSequence
      ? `${input} is a sequence, which ${operator} does not take`
      : `${input} is a tensor, where ${operator} takes a sequence`,
    value: input,
    expected: isSequence ? 'a tensor' : 'a sequence of tensors',
    actual: isSequence ? 'a sequence of tensors' : 'a tensor',
    hint: isSequence
      ? 'SequenceAt takes a tensor out of a sequence, ConcatFromSequence joins its tensors'
      : 'SequenceConstruct makes a sequence of tensors',
  }),
);

const optionalMisplaced = defineProblem(
  'US1210',
  { operator: 'string', input: 'string', isOptional: 'boolean' },
  ({ operator, input, isOptional }) => ({
    message: isOptional
      ? `${input} is an optional, which ${operator} does not take`
      : `${input} is no optional, which ${operator} takes`,
    value: input,
    expected: isOptional ? 'a tensor or a sequence' : 'an optional',
    actual: isOptional ? 'an optional' : 'a tensor or a sequence',
    hint: isOptional ? 'OptionalGetElement takes the value out of it' : 'Optional makes one',
  }),
);

function failAbsent(operator: string, side: 'inputs' | 'outputs', name: string, place: number): never {
  fail(valueNeeded({ operator, side, name, place }));
}

function checkCount(
  { opType, attributes }: Pick<Node, 'opType' | 'attributes'>,
  side: 'inputs' | 'outputs',
  formals: Formals,
  version: number,
  values: readonly unknown[],
): void {
  const { least: needed, most } = countsOf(formals, version);
  // Trailing unnamed outputs are not listed, and some nodes are used only for their first output.
  const least = side === 'inputs' ? needed : Math.min(needed, 1);
  const count = values.length;
  if (count >= least && count <= most) return;
  const names = formals.map((formal) => (formal.isRequiredIn(version) ? formal.name : `${formal.name} if wanted`));
  const misplaced = formals
    .slice(count)
    .flatMap(({ name }) => (side === 'inputs' && attributes.has(name) ? [name] : []));
  fail(wrongCount({ operator: opType, version, side, minimum: least, maximum: finite(most), count, names, misplaced }));
}

/**
 * Checks known element types against the signature; of sequences those of their tensors.
 *
 * @throws ProblemError US1210 for a type that the operator does not take, and if types of one type variable differ
 */
export function checkTypes(
  opType: string,
  { inputs, types = {} }: Signature,
  version: number,
  given: readonly (TensorType | undefined)[],
): void {
  const formals = formalsIn(inputs, version);
  const bound: { readonly variable: string; readonly type: ElementType; readonly name: string }[] = [];
  given.forEach((value, place) => {
    const formal = formalAt(formals, place);
    if (formal === undefined || value === undefined) return;
    const isOptional = value.sequence?.isOptional === true;
    const isSequence = value.sequence !== undefined && !isOptional;
    const type = innermostElement(value);
    const name = formal.isVariadic ? `${formal.name}[${place - formals.indexOf(formal)}]` : formal.name;
    const takes = formal.takesSequence(version);
    // Nothing is known of a value without a type.
    const takesOptional = formal.takesOptional(version);
    if (isOptional ? takesOptional === 'never' : takesOptional === 'always' && (isSequence || type !== undefined))
      fail(optionalMisplaced({ operator: opType, input: name, isOptional }));
    const isMisfit = isOptional ? false : isSequence ? takes === 'never' : takes === 'always' && type !== undefined;
    if (isMisfit) fail(tensorInsteadOfSequence({ operator: opType, input: name, isSequence }));
    if (type === undefined) return;
    const declared = formal.typeIn(version);
    const set = typeof declared === 'string' ? types[declared] : declared;
    if (set !== undefined && !set.has(type, version)) {
      fail(typeNotTaken({ operator: opType, input: name, type, takes: set.describe(version) }));
    }
    if (typeof declared !== 'string' || formal.isMixed) return;
    const first = bound.find(({ variable }) => variable === declared);
    if (first === undefined) bound.push({ variable: declared, type, name });
    else if (first.type !== type) {
      fail(inputTypesDiffer({ first: first.name, firstType: first.type, input: name, type }));
    }
  });
}
