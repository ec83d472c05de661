/** Nodes made from what ONNX says of operators: sound ones are taken, those that miss the signature in one step are not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../src/ir/element-type.js';
import { elementTypes } from '../../src/ir/element-type.js';
import type { Attribute } from '../../src/ir/graph.js';
import { opsets } from '../../src/onnx/opsets.js';
import { operators } from '../../src/ops/index.js';
import { Random } from '../lower/nodes/random.js';
import { attributeOfKind, type BareNode, codesOfBareNode, signatureCodes } from '../support/bare-node.js';
import {
  type FactAttribute,
  type FactFormal,
  type OperatorFacts,
  onnxFacts,
  versionsInForce,
} from '../support/onnx-facts.js';

/** Rules of their own that no signature says, about which inputs, outputs or attributes go together. */
const apart: Readonly<Record<string, string>> = {
  Constant: 'exactly one attribute holds the value',
  Resize: 'one of scales and sizes is given, and roi where the mode reads it',
  If: 'branches are graphs',
  Loop: 'the body is a graph',
  Scan: 'the body is a graph',
  BitCast: 'both types have as many bits',
  RandomNormalLike: 'without dtype the input is of a float type',
  RandomUniformLike: 'without dtype the input is of a float type',
  Col2Im: 'strings and complex numbers are not added up here',
  GridSample: 'strings and complex numbers have nothing between them',
};

const versions = operators
  .filter(({ domain, name }) => domain === '' && onnxFacts.has(name) && !(name in apart))
  .flatMap(({ name, versions: known }) =>
    // onnxruntime takes GroupNormalization 18, which ONNX has deprecated from its beginning.
    versionsInForce(name, opsets.oldest, opsets.newest)
      // Inputs are made from element types alone.
      .filter(({ inputs, takesSequence }) => !inputs.some((formal) => takesSequence(formal) === 'always'))
      .map((facts) => ({ name, facts, first: known[0]! })),
  );

type Drawn = (count: number) => number;

const kindOf = ([, , kind = '']: FactFormal) => kind;

function soundInputs(facts: OperatorFacts, draw: Drawn): (ElementType | undefined)[] {
  const variables = new Map<string, ElementType>();
  const typeOf = (formal: FactFormal): ElementType => {
    const types = facts.types(formal);
    const type = types[draw(types.length)]!;
    if (!facts.isVariable(formal) || kindOf(formal).startsWith('**')) return type;
    const bound = variables.get(formal[1]) ?? type;
    variables.set(formal[1], bound);
    return bound;
  };
  const inputs = facts.inputs.flatMap((formal) => {
    const kind = kindOf(formal);
    if (kind.startsWith('*')) {
      const least = Math.max(1, Number(kind.replaceAll('*', '')));
      return Array.from({ length: least + draw(3) }, () => typeOf(formal));
    }
    return kind === '' || draw(2) === 0 ? [typeOf(formal)] : [undefined];
  });
  while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
  return inputs;
}

const samples: Readonly<Record<string, unknown>> = {
  int: 1,
  float: 0.5,
  string: 'none',
  ints: [1, 1],
  floats: [1, 1],
  strings: ['none'],
};

/** Values that a rule accepts, where a sample would not do. */
const values: Readonly<Record<string, unknown>> = { direction: 'LEFT', equation: 'i' };

function attributeFor(name: string, [kind, fallback]: FactAttribute): Attribute | undefined {
  return attributeOfKind(kind, fallback ?? values[name] ?? samples[kind]);
}

function soundNode({ name, facts }: (typeof versions)[number], draw: Drawn): BareNode {
  const attributes: Record<string, Attribute> = {};
  for (const [attribute, fact] of Object.entries(facts.attributes)) {
    const value = attributeFor(attribute, fact);
    if (value !== undefined && (fact[2] === 'required' || draw(4) === 0)) attributes[attribute] = value;
  }
  const outputs = facts.outputs.filter((formal) => kindOf(formal) !== '?').length;
  const opset = Math.max(opsets.oldest, facts.since);
  return { op: name, opset, inputs: soundInputs(facts, draw), attributes, outputs };
}

interface Damage {
  readonly what: string;
  readonly node: BareNode;
  readonly code: string;
}

function formalAt(facts: OperatorFacts, place: number): FactFormal {
  return facts.inputs[Math.min(place, facts.inputs.length - 1)]!;
}

/** Each way in which the node can miss the signature by one step. */
function damagesOf({ facts, first, name }: (typeof versions)[number], node: BareNode, draw: Drawn): Damage[] {
  const found: Damage[] = [];
  const add = (what: string, changes: Partial<BareNode>, code: string) =>
    found.push({ what, node: { ...node, ...changes }, code });
  const { inputs, attributes } = node;
  const present = inputs.flatMap((type, place) => (type === undefined ? [] : [place]));
  const place = present[draw(present.length)];
  if (place !== undefined) {
    const formal = formalAt(facts, place);
    const allowed = facts.types(formal);
    const wrong = elementTypes.filter((type) => !allowed.includes(type));
    if (wrong.length > 0) add('a type', { inputs: inputs.with(place, wrong[draw(wrong.length)]) }, 'US1210');
    const shares = (other: number) => other !== place && formalAt(facts, other)[1] === formal[1];
    const others = allowed.filter((type) => type !== inputs[place]);
    const isShared = facts.isVariable(formal) && !kindOf(formal).startsWith('**') && present.some(shares);
    if (isShared && others.length > 0)
      add('a type variable', { inputs: inputs.with(place, others[draw(others.length)]) }, 'US1210');
    if (kindOf(formal) !== '?') add('an empty input', { inputs: inputs.with(place, undefined) }, 'US1306');
  }
  const isVariadic = facts.inputs.some((formal) => kindOf(formal).startsWith('*'));
  const most = facts.inputs.length;
  if (!isVariadic) {
    const fill = new Array<undefined>(most - inputs.length).fill(undefined);
    add('an input too many', { inputs: [...inputs, ...fill, 'float32'] }, 'US1306');
    const last = facts.inputs.findLastIndex((formal) => kindOf(formal) === '');
    if (last >= 0) add('too few inputs', { inputs: inputs.slice(0, last) }, 'US1306');
  }
  if (!facts.outputs.some((formal) => kindOf(formal).startsWith('*')))
    add('an output too many', { outputs: facts.outputs.length + 1 }, 'US1306');
  if (first > opsets.oldest) add('a set before the operator', { opset: first - 1 }, 'US1307');
  const deprecated = onnxFacts.get(name)!.deprecatedIn.find((since) => since > facts.since);
  if (deprecated !== undefined) add('a set without the operator', { opset: deprecated }, 'US1307');
  for (const [attribute, [kind, , required]] of Object.entries(facts.attributes)) {
    const rest = Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== attribute));
    if (required === 'required') add(`no ${attribute}`, { attributes: rest }, 'US1302');
    const other = attributeOfKind(kind === 'float' ? 'int' : 'float', 1)!;
    add(`${attribute} of another kind`, { attributes: { ...rest, [attribute]: other } }, 'US1303');
  }
  const unknown = attributeOfKind('int', 1)!;
  // Warned of, and not refused: nothing reads it, so results are those of the node without it.
  add('an attribute that it does not have', { attributes: { ...attributes, not_an_attribute: unknown } }, 'US1301');
  return found;
}

function describeNode({ op, opset, inputs, attributes, outputs }: BareNode): string {
  return `${op} ${opset} (${inputs.map((type) => type ?? '').join(', ')}) with ${Object.keys(attributes)}, ${outputs} outputs`;
}

describe('every operator, in every version', () => {
  it('is taken as its signature says, and refused a step beside it', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const draw: Drawn = (count) => (count === 0 ? 0 : random.int(0, count - 1));
        const wrong: string[] = [];
        for (const version of versions) {
          const node = soundNode(version, draw);
          // Such a scale does not say what type the output has: output_dtype must.
          if (node.op === 'DequantizeLinear' && node.inputs[1] === 'float8e8m0') continue;
          // What a bare node has are tensors, and it says no type of an optional without a value.
          if (node.op.startsWith('Optional') && node.opset < 18) continue;
          const refusals = codesOfBareNode(node).filter((code) => signatureCodes.includes(code));
          if (refusals.length > 0) wrong.push(`${describeNode(node)} is refused: ${refusals}`);
          for (const damage of damagesOf(version, node, draw)) {
            const found = codesOfBareNode(damage.node);
            if (!found.includes(damage.code)) wrong.push(`${damage.what} in ${describeNode(damage.node)}: ${found}`);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});
