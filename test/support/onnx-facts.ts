/** What ONNX's own definitions say of operators: fixtures/signatures/onnx.json, made by fixtures/export/signatures.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ElementType, elementTypes } from '../../src/ir/element-type.js';

export type FactAttribute = readonly [kind: string, fallback?: unknown, required?: 'required' | undefined];

/** The kind is '?' for optional, '*n' and '**n' for at least n of one type, or of any; absent for single ones. */
export type FactFormal = readonly [name: string, type: string, kind?: string];

type FactVersion = readonly [
  since: number,
  inputs: readonly FactFormal[] | null,
  outputs: readonly FactFormal[],
  variables: Readonly<Record<string, number>>,
  attributes: Readonly<Record<string, FactAttribute>>,
];

interface Facts {
  readonly onnx: string;
  readonly sets: readonly (readonly string[])[];
  readonly operators: Readonly<Record<string, readonly FactVersion[]>>;
}

const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'signatures', 'onnx.json');
const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts;

/** Types that only operator sets beyond the newest one that is read have. */
const laterTypes = ['float6e2m3', 'float6e3m2'];

export function elementTypeOf(name: string): ElementType | undefined {
  const renamed = name === 'float' ? 'float32' : name === 'double' ? 'float64' : name;
  return elementTypes.find((type) => type === renamed);
}

/** One version of an operator. */
export interface OperatorFacts {
  readonly since: number;
  readonly inputs: readonly FactFormal[];
  readonly outputs: readonly FactFormal[];
  readonly attributes: Readonly<Record<string, FactAttribute>>;
  /** The element types that tensors of a formal may have; sequences and optionals apart. */
  types(formal: FactFormal): readonly ElementType[];
  isVariable(formal: FactFormal): boolean;
}

function versionOf([since, inputs, outputs, variables, attributes]: FactVersion): OperatorFacts {
  return {
    since,
    inputs: inputs ?? [],
    outputs,
    attributes,
    isVariable: ([, type]) => type in variables,
    types: ([, type]) => {
      const names = type in variables ? facts.sets[variables[type]!]! : [type];
      const tensors = names.filter((name) => !name.includes('(') && !laterTypes.includes(name));
      const types = tensors.map((name) => elementTypeOf(name));
      if (types.includes(undefined)) throw new Error(`the facts have an unknown type: ${tensors.join(', ')}`);
      return elementTypes.filter((one) => types.includes(one));
    },
  };
}

/** Operators of ai.onnx: their versions, and the operator set from which on they are deprecated. */
export const onnxFacts: ReadonlyMap<
  string,
  { readonly versions: readonly OperatorFacts[]; readonly deprecatedIn: readonly number[] }
> = new Map(
  Object.entries(facts.operators)
    .filter(([name]) => !name.startsWith('ai.onnx.ml.'))
    .map(([name, versions]) => [
      name,
      {
        versions: versions.filter(([, inputs]) => inputs !== null).map(versionOf),
        deprecatedIn: versions.filter(([, inputs]) => inputs === null).map(([since]) => since),
      },
    ]),
);

/** The versions of which operator sets from `oldest` to `newest` have one in force. */
export function versionsInForce(name: string, oldest: number, newest: number): readonly OperatorFacts[] {
  const { versions = [] } = onnxFacts.get(name) ?? {};
  return versions.filter(({ since }, i) => since <= newest && (versions[i + 1]?.since ?? oldest + 1) > oldest);
}
