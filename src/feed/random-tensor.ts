/** Seeded random data of any type, for trial runs of models. */
import { defineProblem, fail } from '../diagnostics.js';
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { RandomSource } from '../ops/random-source.js';

/** More elements than this are taken for a typing error. */
const maxElements = 2 ** 30;

const typeNotRandom = defineProblem('US2003', { type: 'string' }, ({ type }) => ({
  message: `${type} elements cannot be random`,
  expected: 'numbers',
  actual: type,
}));

const randomTooLarge = defineProblem('US2003', { elements: 'integer', shape: 'shape' }, ({ elements, shape }) => ({
  message: 'the input is too large to make up',
  expected: `at most ${maxElements} elements`,
  actual: `${elements} for [${shape.join(', ')}]`,
}));

export interface RandomTensor {
  readonly tensor: Tensor;
  /** Of what numbers, and the seed. */
  readonly note: string;
}

/** Floats in [0, 1) and bytes in 0..255, as in pictures; other integers 0 or 1, which are valid for most indices. */
export function randomTensor(type: ElementType, dims: readonly number[], seed: number): RandomTensor {
  const { kind } = elementTypeFacts(type);
  const count = elementCount(dims);
  if (kind === 'string' || kind === 'complex') {
    fail(typeNotRandom({ type }));
  }
  if (count > maxElements) {
    fail(randomTooLarge({ elements: count, shape: dims }));
  }
  const random = new RandomSource(seed);
  const most = type === 'uint8' ? 256 : 2;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = random.uniform();
    values[i] = kind === 'float' ? value : Math.floor(value * most);
  }
  const what = kind === 'float' ? 'in 0..1' : type === 'uint8' ? '0 to 255' : '0 or 1';
  return { tensor: tensorFromNumbers(type, dims, values), note: `random values ${what}, seed ${seed}` };
}
