/** Tensors for the inputs of a run, of what the page gives for each. */
import { latentInputs, latentSource } from '../../feed/latents.js';
import type { FedPicture } from '../../feed/picture-input.js';
import { randomInput } from '../../feed/random-input.js';
import { symbolNameOf } from '../../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';
import { type FeedRequest, mostSliders, type RunRequest } from '../protocol.js';
import type { PictureFeeder } from './picture-feeding.js';

export interface FedInput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly picture?: FedPicture;
  /** How what was given was changed, in words. */
  readonly notes: readonly string[];
  /** Its first elements, of a latent. */
  readonly latent?: readonly number[];
}

/**
 * Pictures come first: what is random takes their sizes. Sizes that nothing gives are those of `examples`.
 * @throws ProblemError US2003, US2004, US2005
 */
export async function fedInputs(
  graph: Graph,
  { sizes: given, feeds, normalization }: RunRequest,
  examples: ReadonlyMap<string, number>,
): Promise<FedInput[]> {
  const sizes = new Map(given);
  const fed = new Map<Value, FedInput>();
  let feeder: PictureFeeder | undefined;
  const requests = graph.inputs.map((input) => [input, feeds.get(input.name) ?? { kind: 'random', seed: 0 }] as const);
  for (const [input, request] of requests) {
    if (request.kind !== 'file' && request.kind !== 'pixels') continue;
    if (feeder === undefined) {
      const { PictureFeeder: Feeder } = await import('./picture-feeding.js');
      feeder = new Feeder(graph, given, normalization);
    }
    const loaded = await feeder.load(input, request, sizes);
    fed.set(input, { name: input.name, ...loaded });
    declaredShape(input)?.forEach((dim, axis) => {
      const symbol = symbolNameOf(dim);
      const size = loaded.tensor.dims[axis];
      if (symbol !== undefined && size !== undefined && !sizes.has(symbol)) sizes.set(symbol, size);
    });
  }
  const all = new Map([...examples, ...sizes]);
  graph.inputs.forEach((input, position) => {
    const request = requests[position]?.[1];
    if (fed.has(input) || request === undefined) return;
    if (request.kind === 'latent') fed.set(input, latentOf(graph, input, request, all));
    else if (request.kind === 'random') fed.set(input, randomOf(input, request.seed + position, all));
  });
  return graph.inputs.flatMap((input) => fed.get(input) ?? []);
}

function randomOf(input: Value, seed: number, sizes: ReadonlyMap<string, number>): FedInput {
  const { tensor, note } = randomInput(input, sizes, seed);
  return { name: input.name, tensor, notes: [note] };
}

function latentOf(
  graph: Graph,
  input: Value,
  { seed, values }: Extract<FeedRequest, { kind: 'latent' }>,
  sizes: ReadonlyMap<string, number>,
): FedInput {
  const others = new Set(graph.inputs.filter((other) => other !== input).map(({ name }) => name));
  const latent = latentInputs(graph, others, sizes);
  const drawn = latentSource(latent, seed)().get(input.name);
  if (drawn === undefined) return randomOf(input, seed, sizes);
  const numbers = Float32Array.from(numbersOf(drawn));
  for (const [place, value] of values) if (place < numbers.length) numbers[place] = value;
  return {
    name: input.name,
    tensor: tensorFromNumbers(drawn.type, drawn.dims, numbers),
    notes: [`normally distributed, seed ${seed}`],
    latent: [...numbers.subarray(0, mostSliders)],
  };
}
