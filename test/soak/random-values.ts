/** Types, shapes, elements and attributes as a stranger might write them: mostly plausible, now and then at the edges. */
import { type ElementType, elementTypeFacts, elementTypes, isFloat } from '../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../src/ir/numeric.js';
import { elementCount, Tensor } from '../../src/ir/tensor.js';
import type { GraphProtoLike, ValueInfoProtoLike } from '../../src/onnx/proto.js';
import type { Random } from '../lower/nodes/random.js';
import { nodeProto, tensorProto } from '../support/model.js';

export const edgeIntegers: readonly bigint[] = [
  0n,
  -1n,
  -2n,
  3n,
  7n,
  255n,
  2n ** 31n - 1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

export const edgeNumbers: readonly number[] = [
  0,
  -0,
  -1,
  0.5,
  1e-45,
  1e30,
  -1e30,
  3.4e38,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** Names that objects have of themselves, and names that are no plain text. */
export const edgeNames: readonly string[] = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'length',
  'then',
  '0',
  ' ',
  'a\nb',
  '\u001b[31mred',
  '::error::x%0Ay',
  '\u202egpj.exe',
  '../../x',
  'nul',
];

export function anyInteger(random: Random, edges = 0.15): bigint {
  return random.chance(edges) ? random.pick(edgeIntegers) : BigInt(random.int(-2, 5));
}

export function anyNumber(random: Random, edges = 0.1): number {
  return Math.fround(random.chance(edges) ? random.pick(edgeNumbers) : 6 * random.next() - 3);
}

export function anyType(random: Random): ElementType {
  return random.pick(elementTypes);
}

/** Small sizes; a tensor of them has few elements. */
export function anyDims(random: Random, most = 5): number[] {
  const dims = random.list(random.int(0, most), () => (random.chance(0.05) ? 0 : random.int(1, 4)));
  while (elementCount(dims) > 600) dims[random.int(0, dims.length - 1)] = 1;
  return dims;
}

/** Dims that differ from the given ones by an axis or a size. */
export function otherDims(random: Random, dims: readonly number[]): number[] {
  const result = [...dims];
  const axis = random.int(0, Math.max(0, result.length - 1));
  switch (random.int(0, 4)) {
    case 0:
      result.splice(axis, 1);
      break;
    case 1:
      result.splice(axis, 0, random.int(1, 3));
      break;
    case 2:
      result[axis] = 0;
      break;
    case 3:
      result[axis] = 1;
      break;
    default:
      result[axis] = random.int(1, 5);
  }
  return elementCount(result) > 5000 ? [1] : result;
}

/** undefined for types that have no arrays. */
export function anyTensor(random: Random, type: ElementType, dims: readonly number[], edges = 0.1): Tensor | undefined {
  const count = elementCount(dims);
  const { array, bits, kind } = elementTypeFacts(type);
  if (type === 'string')
    return new Tensor(
      type,
      dims,
      random.list(count, () => random.pick(['', 'a', 'b c', '1.5'])),
    );
  if (array === undefined) return undefined;
  if (type === 'bool') return new Tensor(type, dims, Uint8Array.from(random.list(count, () => random.int(0, 1))));
  if (isFloat(type))
    return tensorFromNumbers(
      type,
      dims,
      random.list(count, () => anyNumber(random, edges)),
    );
  const integers = random.list(count, () => anyInteger(random, edges));
  if (type === 'int64') return new Tensor(type, dims, BigInt64Array.from(integers));
  if (type === 'uint64') return new Tensor(type, dims, BigUint64Array.from(integers));
  const wrap = kind === 'signed' ? BigInt.asIntN : BigInt.asUintN;
  return tensorFromNumbers(
    type,
    dims,
    integers.map((integer) => Number(wrap(bits, integer))),
  );
}

/** A body or branch: it passes on what it is given, or computes something, and returns too few values or too many. */
export function anyGraph(random: Random): GraphProtoLike {
  const inputs = random.list(random.int(0, 4), (i) => `in${i}`);
  const outer = ['x0', 'x1', 'x2'].filter(() => random.chance(0.2));
  const sources = [...inputs, ...outer, 'one', 'yes', 'row'];
  const nodes = random.list(random.int(0, 3), (i) => {
    const [a, b] = [random.pick(sources), random.pick(sources)];
    const op = random.pick(['Add', 'Identity', 'Concat', 'Shape', 'Not', 'Unsqueeze', 'Relu']);
    const arity = { Add: `${a} ${b}`, Concat: `${a} ${b}`, Unsqueeze: `${a} row` }[op] ?? a;
    sources.push(`n${i}`);
    return nodeProto(op, arity, `n${i}`, op === 'Concat' ? { axis: 0 } : {});
  });
  const declared = (name: string): ValueInfoProtoLike => ({ name });
  return {
    name: 'body',
    node: nodes,
    input: inputs.map(declared),
    output: random.list(random.int(0, 4), () => declared(random.pick(sources))),
    initializer: [
      tensorProto('one', tensorFromNumbers('float32', [], [1])),
      tensorProto('yes', new Tensor('bool', [], Uint8Array.of(random.int(0, 1)))),
      tensorProto('row', new Tensor('int64', [1], BigInt64Array.of(0n))),
    ],
  };
}
