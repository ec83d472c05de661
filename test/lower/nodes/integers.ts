/** Random nodes of operators on integers and bools alone. */
import { elementTypeFacts } from '../../../src/ir/element-type.js';
import { float32 } from '../../../src/ir/tensor.js';
import { type Generator, type Random, wholeTypes } from './random.js';

const unsignedTypes = ['uint8', 'uint16', 'uint32', 'uint64'] as const;

function pair(random: Random, types: readonly (typeof wholeTypes)[number][]) {
  const dims = random.dims();
  const type = random.pick(types);
  return random.shuffled([dims, random.broadcast(dims)]).map((shape) => random.wholes(type, shape));
}

const bitwise: Generator = (random) => ({ inputs: pair(random, wholeTypes) });

const logical: Generator = (random, version) => {
  const dims = random.dims();
  const other = version < 7 ? dims : random.broadcast(dims);
  return { inputs: [dims, other].map((shape) => random.integers('bool', shape, 0, 1)) };
};

const odd: Generator = (random) => {
  const x = random.floats(random.dims());
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const data = Array.from(x.data as Float32Array, (number) => (random.chance(0.5) ? random.pick(specials) : number));
  return {
    inputs: [float32(x.dims, data)],
    attributes: { detect_negative: random.maybe(random.int(0, 1)), detect_positive: random.maybe(random.int(0, 1)) },
  };
};

export const integerNodes: Readonly<Record<string, Generator>> = {
  And: logical,
  BitCast: (random) => {
    const same = random.pick([
      ['float32', 'int32', 'uint32'],
      ['int64', 'uint64'],
      ['int16', 'uint16'],
      ['int8', 'uint8'],
    ] as const);
    const [from, to] = [random.pick(same), random.pick(same)];
    const dims = random.dims();
    return {
      inputs: [from === 'float32' ? random.floats(dims, 1, 2) : random.wholes(from, dims)],
      // Integers may have the bits of a NaN, of which there are many.
      attributes: { to: elementTypeFacts(to === 'float32' ? from : to).code },
    };
  },
  BitShift: (random) => {
    const [x, y] = pair(random, unsignedTypes);
    return { inputs: [x, y], attributes: { direction: random.pick(['LEFT', 'RIGHT']) } };
  },
  BitwiseAnd: bitwise,
  BitwiseNot: (random) => ({ inputs: [random.wholes(random.pick(wholeTypes), random.dims())] }),
  BitwiseOr: bitwise,
  BitwiseXor: bitwise,
  IsInf: odd,
  IsNaN: odd,
  Mod: (random) => {
    if (random.chance(0.7))
      return { inputs: pair(random, wholeTypes), attributes: { fmod: random.maybe(random.int(0, 1)) } };
    const dims = random.dims();
    return { inputs: [dims, random.broadcast(dims)].map((shape) => random.floats(shape)), attributes: { fmod: 1 } };
  },
  Or: logical,
  Sign: odd,
  Xor: logical,
};
