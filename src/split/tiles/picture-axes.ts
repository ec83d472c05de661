/** Which axes of a network's inputs are a picture's. */
import type { Graph, Value } from '../../ir/graph.js';
import type { PictureAxes } from '../fields/fields.js';

/**
 * The picture axes of inputs [N, C, …] are all axes after the channels, those of [N, …, C] all axes between batch and
 * channels: one for a signal, two for a picture, three for a volume. Inputs with fewer axes, or with one position along
 * all of them, are not pictures.
 * @param shapes by name
 * @param isChannelsLast whether an input has its channels last
 */
export function pictureAxes(
  { inputs }: Pick<Graph, 'inputs'>,
  shapes: ReadonlyMap<string, readonly number[]>,
  isChannelsLast: (input: Value) => boolean = () => false,
): PictureAxes {
  const rankOf = ({ name }: Value) => shapes.get(name)?.length ?? 0;
  const isOnePosition = (input: Value) =>
    axesOf(rankOf(input), isChannelsLast(input)).every((axis) => shapes.get(input.name)![axis] === 1);
  const candidates = inputs.filter((input) => rankOf(input) >= 3 && rankOf(input) <= 5 && !isOnePosition(input));
  const rank = Math.max(0, ...candidates.map(rankOf));
  return new Map(
    candidates
      .filter((input) => rankOf(input) === rank)
      .map((input) => [input, axesOf(rank, isChannelsLast(input))] as const),
  );
}

function axesOf(rank: number, isChannelsLast: boolean): number[] {
  return Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i + (isChannelsLast ? 1 : 2));
}
