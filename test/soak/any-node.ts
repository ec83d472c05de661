/** A random node of an operator, of no more than what its signature says. Most are wrong in some way. */
import { ProblemError } from '../../src/diagnostics.js';
import type { ElementType } from '../../src/ir/element-type.js';
import type { AttributeSpec } from '../../src/ops/attributes.js';
import type { Operator } from '../../src/ops/operator.js';
import { type Formal, formalsIn } from '../../src/ops/signature.js';
import { sinceVersion } from '../../src/ops/since-version.js';
import type { Random } from '../lower/nodes/random.js';
import type { Dims } from '../support/model.js';
import { anyDims, anyGraph, anyInteger, anyNumber, anyTensor, anyType, edgeNames, otherDims } from './random-values.js';
import type { SoakAttribute, SoakInput, SoakNode } from './soak-node.js';

/** The newest operator set that operators are written for. */
const newest = 26;

const utf8 = new TextEncoder();

export function anyNode(random: Random, operator: Operator): SoakNode {
  const opset = random.chance(0.05) ? random.int(1, newest) : setOf(random, operator);
  const version = sinceVersion(operator.versions, opset);
  const base = anyDims(random);
  const types = new Map<string, ElementType>();
  const inputs = formalsIn(operator.inputs, version).flatMap((formal) =>
    random.list(formal.isVariadic ? random.int(0, 3) : 1, () =>
      isLeftOut(random, formal, version)
        ? undefined
        : anyInput(random, typeOf(random, formal, operator, version, types), base),
    ),
  );
  if (random.chance(0.03)) inputs.pop();
  return {
    op: operator.name,
    domain: operator.domain,
    opset,
    inputs: inputs.map(
      (input, i) => input && { ...input, name: random.chance(0.03) ? random.pick(edgeNames) : `x${i}` },
    ),
    outputs: anyOutputs(random, formalsIn(operator.outputs, version)),
    attributes: anyAttributes(random, operator, version),
  };
}

function setOf(random: Random, { versions, removedIn = newest + 1, domain }: Operator): number {
  const version = random.pick(versions);
  if (domain !== '') return version;
  const next = versions[versions.indexOf(version) + 1] ?? removedIn;
  return random.int(version, Math.max(version, next - 1));
}

function isLeftOut(random: Random, formal: Formal, version: number): boolean {
  return random.chance(formal.isRequiredIn(version) || formal.isVariadic ? 0.02 : 0.4);
}

function typeOf(
  random: Random,
  formal: Formal,
  { types = {} }: Operator,
  version: number,
  bound: Map<string, ElementType>,
): ElementType {
  if (random.chance(0.02)) return anyType(random);
  const declared = formal.typeIn(version);
  const set = typeof declared === 'string' ? types[declared] : declared;
  const allowed = set?.list(version) ?? ['float32'];
  const name = typeof declared === 'string' ? declared : undefined;
  const before = name === undefined ? undefined : bound.get(name);
  if (before !== undefined && !formal.isMixed) return before;
  const type = allowed.includes('float32') && random.chance(0.6) ? 'float32' : random.pick(allowed);
  if (name !== undefined) bound.set(name, type);
  return type;
}

function anyInput(random: Random, type: ElementType, base: readonly number[]): Omit<SoakInput, 'name'> {
  const isIndex = type === 'int64' || type === 'int32';
  const dims =
    isIndex && random.chance(0.6)
      ? random.pick([[], [base.length], [1], [2 * base.length], [random.int(0, 6)]])
      : random.pick([base, base, random.broadcast(base), otherDims(random, base), anyDims(random)]);
  const tensor = anyTensor(random, type, dims);
  return {
    type,
    tensor,
    declared: declaredAs(random, dims),
    isConstant: tensor !== undefined && random.chance(isIndex ? 0.6 : 0.25),
  };
}

/** As it is, with open sizes, with another size, or not at all. */
export function declaredAs(random: Random, dims: readonly number[]): Dims | undefined {
  if (random.chance(0.1)) return undefined;
  if (random.chance(0.03)) return otherDims(random, dims);
  const share = random.pick([0, 0, 0.3, 1]);
  return dims.map((size) => (random.chance(share) ? random.pick(['H', 'W', 'N', null]) : size));
}

function anyOutputs(random: Random, formals: readonly Formal[]): string[] {
  const most = formals.length + (formals.at(-1)?.isVariadic ? 2 : 0);
  const count = random.chance(0.03) ? random.int(0, most + 1) : random.int(Math.min(1, most), most);
  return random.list(count, (i) =>
    random.chance(0.04) ? '' : random.chance(0.03) ? `${random.pick(edgeNames)}${i}` : `y${i}`,
  );
}

function anyAttributes(random: Random, { attributes }: Operator, version: number): Map<string, SoakAttribute> {
  const chosen = new Map<string, SoakAttribute>();
  for (const [name, spec] of Object.entries(attributes)) {
    const isRequired = spec.isRequiredIn(version);
    const share = isRequired ? 0.97 : spec.existsIn(version) ? 0.4 : 0.02;
    if (!random.chance(share)) continue;
    const attribute = anyAttribute(random, name, spec, version);
    if (attribute !== undefined) chosen.set(name, attribute);
  }
  if (random.chance(0.02)) chosen.set(random.pick(edgeNames), { kind: 'int', value: 1n });
  return chosen;
}

export function anyAttribute(
  random: Random,
  name: string,
  spec: AttributeSpec<unknown>,
  version: number,
): SoakAttribute | undefined {
  const kind = random.chance(0.02) ? random.pick(['int', 'ints', 'float', 'string'] as const) : spec.kind;
  const allowed = kind === spec.kind ? allowedBy(name, spec, version) : [];
  switch (kind) {
    case 'int':
      return {
        kind,
        value: allowed.length > 0 && random.chance(0.9) ? BigInt(random.pick(allowed)) : integerFor(random, name),
      };
    case 'ints':
      return { kind, value: random.list(random.int(0, 6), () => anyInteger(random, 0.1)) };
    case 'float':
      return { kind, value: anyNumber(random) };
    case 'floats':
      return { kind, value: random.list(random.int(0, 6), () => anyNumber(random)) };
    case 'string':
      return {
        kind,
        value: utf8.encode(allowed.length > 0 && random.chance(0.95) ? random.pick(allowed) : wordFor(random, name)),
      };
    case 'strings':
      return { kind, value: random.list(random.int(0, 4), () => utf8.encode(wordFor(random, name))) };
    case 'tensor': {
      const value = anyTensor(random, anyType(random), anyDims(random, 3));
      return value && { kind, value };
    }
    case 'graph':
      return { kind, value: anyGraph(random) };
    default:
      return undefined;
  }
}

/** Types are small numbers. */
function integerFor(random: Random, name: string): bigint {
  return /^(to|dtype|output_dtype|out_dtype)$/.test(name) && random.chance(0.9)
    ? BigInt(random.int(0, 27))
    : anyInteger(random);
}

const words = [
  'Sigmoid',
  'Tanh',
  'Relu',
  'Affine',
  'HardSigmoid',
  'i,j->ij',
  'ij->',
  '...i,...i->...',
  'ii->i',
  '',
  'nearest',
];

function wordFor(random: Random, _name: string): string {
  return random.pick(random.chance(0.1) ? edgeNames : words);
}

/** What the specification allows, as the refusal of another value tells it. */
function allowedBy(name: string, spec: AttributeSpec<unknown>, version: number): readonly string[] {
  if (spec.kind !== 'string' && spec.kind !== 'int') return [];
  const other =
    spec.kind === 'string' ? { kind: spec.kind, value: utf8.encode('?') } : { kind: spec.kind, value: -987n };
  try {
    spec.read(name, other, version);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'US1304') {
      return (error.problem.data as unknown as { readonly allowed: readonly string[] }).allowed;
    }
    throw error;
  }
  return [];
}
