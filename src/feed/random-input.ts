/** Random data for an input of a model, at the sizes that are known. */
import { shellWord } from '../diagnostics/shell-word.js';
import { defineProblem, fail } from '../diagnostics.js';
import { substitute, symbolsOf } from '../ir/dim.js';
import { exampleSize } from '../ir/example-size.js';
import { declaredShape, type Value } from '../ir/graph.js';
import { formatShape, isConcrete } from '../ir/shape.js';
import { elementTypeOf } from './input-type.js';
import { type RandomTensor, randomTensor } from './random-tensor.js';

const sizeOpen = defineProblem(
  'US2004',
  { input: 'string', shape: 'shape?', open: 'strings' },
  ({ input, shape, open }) => ({
    message: `the input '${input}' cannot be random: its size is open`,
    value: input,
    expected: shape === undefined ? 'a known rank' : `sizes for ${open.join(', ')}`,
    actual: formatShape(shape),
    hint:
      shape === undefined
        ? 'give it as a .npy array'
        : `add ${open.map((symbol) => `--dim ${shellWord(`${symbol}=${exampleSize(symbol)}`)}`).join(' ')}`,
  }),
);

/** @throws ProblemError US2003 for a type or a size that is not made up, US2004 where a size is open */
export function randomInput(input: Value, sizes: ReadonlyMap<string, number>, seed: number): RandomTensor {
  const shape = declaredShape(input)?.map((dim) => substitute(dim, sizes));
  if (shape !== undefined && isConcrete(shape)) return randomTensor(elementTypeOf(input), shape, seed);
  const open = shape === undefined ? [] : [...new Set(shape.flatMap((dim) => [...symbolsOf(dim).keys()]))];
  fail(sizeOpen({ input: input.name, shape, open }));
}
