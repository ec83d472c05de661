/** Attributes that became inputs: one table for both directions, for conversion and for repairs. */
import { type ElementType, isBigInt } from '../ir/element-type.js';
import type { Attribute, Value } from '../ir/graph.js';
import { floatAttribute } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { int64, Tensor } from '../ir/tensor.js';
import { refuse, type Site } from './form.js';

export interface Move {
  readonly attribute: string;
  readonly input: string;
  /** Of a number that the input has the type of the node's first input for; by default float32. */
  readonly isOfData?: boolean;
}

const reductions = ['Sum', 'Mean', 'Prod', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'];
const axes: Move = { attribute: 'axes', input: 'axes' };

/** When they moved is in the signatures. */
const moves = new Map<string, readonly Move[]>([
  ...['Squeeze', 'Unsqueeze', ...reductions.map((name) => `Reduce${name}`)].map((name) => [name, [axes]] as const),
  ['Split', [{ attribute: 'split', input: 'split' }]],
  ['Slice', [{ attribute: 'starts', input: 'starts' }, { attribute: 'ends', input: 'ends' }, axes]],
  ['TopK', [{ attribute: 'k', input: 'K' }]],
  ['Upsample', [{ attribute: 'scales', input: 'scales' }]],
  [
    'Pad',
    [
      { attribute: 'pads', input: 'pads' },
      { attribute: 'value', input: 'constant_value', isOfData: true },
    ],
  ],
  [
    'Clip',
    [
      { attribute: 'min', input: 'min', isOfData: true },
      { attribute: 'max', input: 'max', isOfData: true },
    ],
  ],
  ['Dropout', [{ attribute: 'ratio', input: 'ratio' }]],
]);

export function moveOfAttribute(opType: string, name: string): Move | undefined {
  return moves.get(opType)?.find(({ attribute }) => attribute === name);
}

export function moveOfInput(opType: string, name: string): Move | undefined {
  return moves.get(opType)?.find(({ input }) => input === name);
}

/** The attribute as an input of its operator: integers as a list, a float as a scalar. */
export function inputOf(site: Site, { input, isOfData = false }: Move, attribute: Attribute): Value {
  switch (attribute.kind) {
    case 'int':
      return site.addConstant(input, int64([1], [attribute.value]));
    case 'ints':
      return site.addConstant(input, int64([attribute.value.length], attribute.value));
    case 'floats':
      return site.addConstant(
        input,
        new Tensor('float32', [attribute.value.length], Float32Array.from(attribute.value)),
      );
    case 'float':
      return site.addConstant(input, tensorFromNumbers(isOfData ? dataType(site) : 'float32', [], [attribute.value]));
    default:
      return refuse(`its attribute ${input} is no number`);
  }
}

function dataType(site: Site): ElementType {
  const [first] = site.bound.operator.inputs;
  return site.knownType(site.needed(first?.name ?? '')).elementType;
}

/** The input as an attribute of `kind`. @throws Refusal if it is not constant, or if the attribute cannot hold it */
export function attributeOfInput(site: Site, { input, attribute }: Move, value: Value, kind: string): Attribute {
  const tensor = site.constant(value);
  if (tensor === undefined) {
    return refuse(`its input ${input}, '${value.name}', is computed by a run, and ${attribute} is an attribute there`);
  }
  if (kind === 'ints') return { kind, value: bigintsOf(tensor) };
  if (kind === 'int') return { kind, value: bigintsOf(tensor)[0] ?? refuse(`its input ${input} is empty`) };
  const numbers = Array.from(numbersOf(tensor));
  switch (kind) {
    case 'floats':
      return { kind: 'floats', value: numbers };
    default: {
      const [number = refuse(`its input ${input} is empty`)] = numbers;
      if (!Object.is(Math.fround(number), number)) refuse(`its ${attribute} ${number} is no float32`);
      return floatAttribute(number);
    }
  }
}

function bigintsOf({ type, data }: Tensor): bigint[] {
  return isBigInt(type) ? [...(data as BigInt64Array)] : Array.from(data as Int32Array, BigInt);
}
