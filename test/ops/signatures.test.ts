/** The signatures of operators are ONNX's own, version by version. */
import { describe, expect, it } from 'vitest';
import { opsets } from '../../src/onnx/opsets.js';
import type { AttributeSpec } from '../../src/ops/attributes.js';
import { operators } from '../../src/ops/index.js';
import type { Operator } from '../../src/ops/operator.js';
import { type Formal, formalsIn } from '../../src/ops/signature.js';
import { sinceVersion } from '../../src/ops/since-version.js';
import { TypeSet } from '../../src/ops/type-set.js';
import {
  type FactAttribute,
  type FactFormal,
  microsoftFacts,
  type OperatorFacts,
  onnxFacts,
  versionsInForce,
} from '../support/onnx-facts.js';

/** Operators of ONNX that are not known here. */
const lacking = `
Attention BlackmanWindow DFT HammingWindow HannWindow ImageDecoder LinearAttention
MelWeightMatrix NonMaxSuppression RegexFullMatch RotaryEmbedding STFT
StringConcat StringNormalizer StringSplit TensorScatter TfIdfVectorizer
`
  .trim()
  .split(/\s+/);

/** Operators that ONNX does not define any more. */
const removed = ['Affine', 'Crop', 'ImageScaler', 'ScaledTanh'];

/** What is said otherwise here, and why. */
const otherwise: Readonly<Record<string, string>> = {
  'RNN activations': 'the default is one for each direction: ops/recurrent/activations.ts gives it',
  'Loop 1 inputs': 'a loop without a state is sound, and later versions take it',
};

/** Names of versions before that later ones changed; the later ones are used for all. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'BatchNormalization inputs': { mean: 'input_mean', var: 'input_var' },
  'BatchNormalization outputs': { mean: 'running_mean', var: 'running_var' },
};

/** onnxruntime has it in ONNX's domain. */
const foreign = ['SimplifiedLayerNormalization'];

const standard = operators.filter(
  ({ domain, name }) => domain === '' && !removed.includes(name) && !foreign.includes(name),
);
const microsoft = operators.filter(
  ({ domain, name }) => domain === 'com.microsoft' || [...foreign, 'LayerNormalization'].includes(name),
);

/** Of a version as ONNX has it, and as our definition says: one line an input or output. */
function formalLine(name: string, kind: string, types: readonly string[], place: number): string {
  return `${name}${kind} ${place} ${types.join(' ')}`;
}

const sequenceWords = { always: ' of sequences', also: ' or sequences', never: '' };
const optionalWords = { always: ' of optionals', also: ' or optionals', never: '' };

/** Types are told apart by where they are first used; one that can be of one kind only is no variable. */
function lines<F>(
  sides: readonly (readonly F[])[],
  read: (formal: F) => { name: string; kind: string; types: readonly string[]; variable: string | undefined },
): string[][] {
  const seen: string[] = [];
  return sides.map((formals) =>
    formals.map((formal) => {
      const { name, kind, types, variable } = read(formal);
      if (variable === undefined || types.length === 1) return formalLine(name, kind, types, -1);
      if (!seen.includes(variable)) seen.push(variable);
      return formalLine(name, kind, types, seen.indexOf(variable));
    }),
  );
}

function theirs(operator: string, facts: OperatorFacts): string[][] {
  const rename = (side: 'inputs' | 'outputs') =>
    facts[side].map(([name, ...rest]): FactFormal => [renamed[`${operator} ${side}`]?.[name] ?? name, ...rest]);
  return lines<FactFormal>([rename('inputs'), rename('outputs')], (formal) => ({
    name: formal[0],
    kind: (formal[2] ?? '') + sequenceWords[facts.takesSequence(formal)] + optionalWords[facts.takesOptional(formal)],
    types: facts.types(formal),
    variable: facts.isVariable(formal) ? formal[1] : undefined,
  }));
}

function kindOf(formal: Formal, version: number): string {
  if (formal.isVariadic) return `${formal.isMixed ? '**' : '*'}${formal.least}`;
  return formal.isRequiredIn(version) ? '' : '?';
}

function ours({ inputs, outputs, types = {} }: Operator, version: number): string[][] {
  return lines<Formal>([formalsIn(inputs, version), formalsIn(outputs, version)], (formal) => {
    const type = formal.typeIn(version);
    const set = type instanceof TypeSet ? type : types[type]!;
    return {
      name: formal.name,
      kind:
        kindOf(formal, version) +
        sequenceWords[formal.takesSequence(version)] +
        optionalWords[formal.takesOptional(version)],
      types: set.list(version),
      variable: type instanceof TypeSet ? undefined : type,
    };
  });
}

function asWritten(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? Math.fround(value) : value;
}

function attributeLine([kind, fallback, required]: FactAttribute): string {
  return JSON.stringify([kind.replace('_proto', '').replace('_', ''), asWritten(fallback) ?? null, required ?? '']);
}

function ownLine(spec: AttributeSpec<unknown>, version: number): string {
  const fallback = spec.defaultIn(version);
  return attributeLine([spec.kind.toLowerCase(), fallback, spec.isRequiredIn(version) ? 'required' : undefined]);
}

function differences(operator: Operator, versions: readonly OperatorFacts[]): string[] {
  const { name } = operator;
  const found: string[] = [];
  const note = (since: number, what: string, own: unknown, onnx: unknown) => {
    if (`${name} ${what}` in otherwise || `${name} ${since} ${what}` in otherwise) return;
    if (JSON.stringify(own) !== JSON.stringify(onnx))
      found.push(`${name} ${since} ${what}: ${JSON.stringify(own)}, ONNX ${JSON.stringify(onnx)}`);
  };
  for (const facts of versions) {
    const { since } = facts;
    if (since > opsets.newest && !operator.versions.includes(since)) continue;
    note(since, 'version', sinceVersion(operator.versions, since), since);
    const [own, onnx] = [ours(operator, since), theirs(name, facts)];
    note(since, 'inputs', own[0], onnx[0]);
    note(since, 'outputs', own[1], onnx[1]);
    const specs = Object.entries(operator.attributes).filter(([, spec]) => spec.existsIn(since));
    const names = new Set([...specs.map(([attribute]) => attribute), ...Object.keys(facts.attributes)]);
    for (const attribute of names) {
      const spec = operator.attributes[attribute];
      const fact = facts.attributes[attribute];
      note(
        since,
        attribute,
        spec?.existsIn(since) ? ownLine(spec, since) : 'none',
        fact ? attributeLine(fact) : 'none',
      );
    }
  }
  return found;
}

describe('signatures', () => {
  it.each(standard.map((operator) => [operator.name, operator] as const))('%s', (_, operator) => {
    const newest = Math.max(opsets.newest, operator.versions.at(-1)!);
    expect(differences(operator, versionsInForce(operator.name, opsets.oldest, newest))).toEqual([]);
  });

  it.each(microsoft.map((operator) => [operator.name, operator] as const))('%s of onnxruntime', (_, operator) => {
    expect(differences(operator, microsoftFacts.get(operator.name)!.versions)).toEqual([]);
  });

  it('name the set that took an operator away', () => {
    const theirs = standard.map(({ name, versions }) => [
      name,
      // Deprecated, and defined anew later.
      onnxFacts.get(name)?.deprecatedIn.find((since) => since > versions.at(-1)!),
    ]);
    expect(standard.map(({ name, removedIn }) => [name, removedIn])).toEqual(theirs);
  });

  it('are there for every operator of ONNX but these', () => {
    const known = new Set(standard.map(({ name }) => name));
    const missing = [...onnxFacts].filter(
      ([name, { versions }]) => !known.has(name) && versions.some(({ since }) => since <= opsets.newest),
    );
    expect(missing.map(([name]) => name).sort()).toEqual(lacking);
  });

  it('use type variables that they define, and define those that they use', () => {
    for (const { name, inputs, outputs, types = {}, versions } of operators) {
      const used = versions.flatMap((version) =>
        [...formalsIn(inputs, version), ...formalsIn(outputs, version)].map((formal) => formal.typeIn(version)),
      );
      const variables = new Set(used.filter((type) => typeof type === 'string'));
      expect([name, [...variables].sort()]).toEqual([name, Object.keys(types).sort()]);
    }
  });
});
