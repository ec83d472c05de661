/**
 * Latents of generators: the inputs that take them, sampling from the standard normal distribution, and interpolation.
 */
import { shellWord } from '../diagnostics/shell-word.js';
import { defineProblem, fail } from '../diagnostics.js';
import { substitute } from '../ir/dim.js';
import { isFloat } from '../ir/element-type.js';
import { declaredShape, type Graph, type Value } from '../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { formatShape, isConcrete, type Shape } from '../ir/shape.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { RandomSource } from '../ops/random-source.js';
import { pictureInputAxes } from '../pictures/image-layout.js';
import { elementTypeOf } from './input-type.js';

/** An input that takes a latent; dims are those of one item if the batch is open. */
export interface LatentInput {
  readonly value: Value;
  readonly dims: readonly number[];
}

/** Latents by input name. */
export type Latents = ReadonlyMap<string, Tensor>;

/** The most elements of a latent. */
const maxElements = 2 ** 26;

const noLatentInput = defineProblem('US2003', { inputs: 'strings' }, ({ inputs }) => ({
  message: 'the model has no input that takes a latent',
  expected: 'a float input without the axes of a picture, such as [N, 100] or [N, 100, 1, 1]',
  actual: inputs.join(', '),
  hint: 'of a network with an encoder, run the decoder alone: --decoder, or --from and the latent',
}));

/**
 * The float inputs that are not given otherwise and do not take pictures. Inputs with four axes and 1 or 3 channels
 * take pictures, unless they have one row or column. An open first axis is the batch. Throws ProblemError US2003 if
 * there is no such input, US2004 if another size of one is open.
 */
export function latentInputs(
  graph: Graph,
  given: ReadonlySet<string>,
  dims: ReadonlyMap<string, number>,
): LatentInput[] {
  const found = graph.inputs.filter((input) => !given.has(input.name) && takesLatent(input));
  if (found.length === 0) {
    fail(
      noLatentInput({ inputs: graph.inputs.map(({ name, declared }) => `${name} ${formatShape(shapeOf(declared))}`) }),
    );
  }
  return found.map((value) => ({ value, dims: latentDims(value, dims) }));
}

/** Whether it is a float input without the axes of a picture. */
export function takesLatent({ declared }: Value): boolean {
  if (declared?.kind !== 'tensor' || declared.shape === undefined) return false;
  const { elementType, shape } = declared;
  if (elementType !== undefined && !isFloat(elementType)) return false;
  const axes = shape.length === 4 ? pictureInputAxes(shape) : undefined;
  const channels = axes?.channels === undefined ? undefined : shape[axes.channels];
  return axes === undefined || (typeof channels === 'number' && channels !== 1 && channels !== 3);
}

function shapeOf(declared: Value['declared']): Shape | undefined {
  return declared?.kind === 'tensor' ? declared.shape : undefined;
}

const latentSizeOpen = defineProblem(
  'US2004',
  { input: 'string', open: 'strings', shape: 'shape' },
  ({ input, open, shape }) => ({
    message: `the input '${input}' cannot be drawn: its size is open`,
    value: input,
    expected: `sizes for ${open.join(', ')}`,
    actual: formatShape(shape),
    hint: `add ${open.map((name) => `--dim ${shellWord(`${name}=8`)}`).join(' ')}`,
  }),
);

const latentTooLarge = defineProblem('US2003', { input: 'string', shape: 'shape' }, ({ input, shape }) => ({
  message: `the input '${input}' is too large for a latent`,
  value: input,
  expected: `at most ${maxElements} elements`,
  actual: formatShape(shape),
}));

function latentDims(input: Value, dims: ReadonlyMap<string, number>): readonly number[] {
  const shape = declaredShape(input)!.map((dim) => substitute(dim, dims));
  const one = typeof shape[0] === 'number' ? shape : [1, ...shape.slice(1)];
  if (!isConcrete(one)) {
    const open = one.filter((dim) => typeof dim !== 'number').map(String);
    fail(latentSizeOpen({ input: input.name, open, shape }));
  }
  if (elementCount(one) > maxElements) {
    fail(latentTooLarge({ input: input.name, shape: one }));
  }
  return one;
}

/** A sequence of latents from a seed, which does not depend on how many are run together. */
export function latentSource(inputs: readonly LatentInput[], seed: number): () => Latents {
  const sources = inputs.map((_, position) => new RandomSource(seed + position));
  return () =>
    new Map(
      inputs.map(({ value, dims }, i) => {
        const values = Float32Array.from({ length: elementCount(dims) }, () => sources[i]!.normal());
        return [value.name, tensorFromNumbers(elementTypeOf(value), dims, values)];
      }),
    );
}

/**
 * `steps` latents from `from` to `to`, both included, along the arc between them (spherical interpolation). Points on
 * the chord are shorter than the latents that a generator was trained on, since nearly all of a high-dimensional normal
 * distribution is at one distance from the origin (White, Sampling Generative Networks, 2016). If they point in the
 * same or opposite directions, there is no unique arc, and the chord is used.
 */
export function interpolate(from: Tensor, to: Tensor, steps: number): Tensor[] {
  const [a, b] = [numbersOf(from), numbersOf(to)];
  const angle = angleBetween(a, b);
  const isArc = Math.sin(angle) > 1e-4;
  return Array.from({ length: steps }, (_, i) => {
    if (i === 0) return from;
    if (i === steps - 1) return to;
    const at = i / (steps - 1);
    const [left, right] = isArc
      ? [Math.sin((1 - at) * angle) / Math.sin(angle), Math.sin(at * angle) / Math.sin(angle)]
      : [1 - at, at];
    const values = Float64Array.from(a, (value, k) => left * value + right * b[k]!);
    return tensorFromNumbers(from.type, from.dims, values);
  });
}

function angleBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [dot, first, second] = [product(a, b), product(a, a), product(b, b)];
  if (!(first > 0 && second > 0)) return 0;
  return Math.acos(Math.min(1, Math.max(-1, dot / Math.sqrt(first * second))));
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
