/** Which axes of a network's inputs are a picture's. */
import type { Graph, Value } from '../../ir/graph.js';
import type { PictureAxes } from '../fields/fields.js';

/**
 * Of inputs [N, C, …] all axes after the channels, of [N, …, C] those before them: one of a signal, two of a picture, three
 * of a volume. Inputs with fewer axes, or with one position along all of them, are no pictures.
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
