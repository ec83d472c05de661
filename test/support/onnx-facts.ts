/**
 * What definitions say of operators: ONNX's in fixtures/signatures/onnx.json, made by fixtures/export/signatures.py, and
 * onnxruntime's in microsoft.json, by microsoft.py.
 */
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
  readonly sets: readonly (readonly string[])[];
  readonly operators: Readonly<Record<string, readonly FactVersion[]>>;
}

function factsIn(file: string): Facts {
  return JSON.parse(
    readFileSync(path.join(import.meta.dirname, '..', '..', 'fixtures', 'signatures', file), 'utf8'),
  ) as Facts;
}

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
  /** The element types that tensors of a formal may have, or those of sequences where it takes no tensors. */
  types(formal: FactFormal): readonly ElementType[];
  takesSequence(formal: FactFormal): 'always' | 'also' | 'never';
  takesOptional(formal: FactFormal): 'always' | 'also' | 'never';
  isVariable(formal: FactFormal): boolean;
}

function versionOf(sets: Facts['sets'], [since, inputs, outputs, variables, attributes]: FactVersion): OperatorFacts {
  const namesOf = (type: string) => (type in variables ? sets[variables[type]!]! : [type]);
  return {
    since,
    inputs: inputs ?? [],
    outputs,
    attributes,
    isVariable: ([, type]) => type in variables,
    takesSequence: ([, type]) => {
      const names = namesOf(type);
      const sequences = names.filter((name) => name.startsWith('seq('));
      return sequences.length === 0 ? 'never' : sequences.length === names.length ? 'always' : 'also';
    },
    takesOptional: ([, type]) => {
      const names = namesOf(type);
      const optionals = names.filter((name) => name.startsWith('optional('));
      return optionals.length === 0 ? 'never' : optionals.length === names.length ? 'always' : 'also';
    },
    types: ([, type]) => {
      const names = namesOf(type);
      const plain = names.filter((name) => !name.includes('('));
      const inner =
        plain.length > 0
          ? plain
          : names.map((name) => name.replace(/^optional\((.*)\)$/, '$1').replace(/^seq\((.*)\)$/, '$1'));
      const tensors = inner.filter((name) => !name.includes('(') && !laterTypes.includes(name));
      const types = tensors.map((name) => elementTypeOf(name));
      if (types.includes(undefined)) throw new Error(`the facts have an unknown type: ${tensors.join(', ')}`);
      return elementTypes.filter((one) => types.includes(one));
    },
  };
}

/** By operator: its versions, and the operator set from which on it is deprecated. */
type OperatorTable = ReadonlyMap<
  string,
  { readonly versions: readonly OperatorFacts[]; readonly deprecatedIn: readonly number[] }
>;

function tableOf({ sets, operators }: Facts): OperatorTable {
  return new Map(
    Object.entries(operators)
      .filter(([name]) => !name.startsWith('ai.onnx.ml.'))
      .map(([name, versions]) => [
        name,
        {
          versions: versions.filter(([, inputs]) => inputs !== null).map((version) => versionOf(sets, version)),
          deprecatedIn: versions.filter(([, inputs]) => inputs === null).map(([since]) => since),
        },
      ]),
  );
}

/** Operators of ai.onnx. */
export const onnxFacts = tableOf(factsIn('onnx.json'));

/** Operators that onnxruntime defines: those of com.microsoft that are known here, and one that it has in ai.onnx. */
export const microsoftFacts = tableOf(factsIn('microsoft.json'));

/** The versions of which operator sets from `oldest` to `newest` have one in force. */
export function versionsInForce(name: string, oldest: number, newest: number): readonly OperatorFacts[] {
  const { versions = [] } = onnxFacts.get(name) ?? {};
  return versions.filter(({ since }, i) => since <= newest && (versions[i + 1]?.since ?? oldest + 1) > oldest);
}
