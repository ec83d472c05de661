/**
 * How far from the edges of a part its values differ from those of the whole picture, if the picture continues beyond
 * the edge. A part begins at a multiple of the stride, and its size agrees with the picture's modulo the stride.
 */
import type { Value } from '../../ir/graph.js';
import type { Fields } from './fields.js';
import { firstFrom, lastUpTo, type Ratio } from './reads.js';

/** Numbers of positions, from the beginning and from the end of an axis, that differ from the whole picture's. */
export interface Edge {
  readonly size: number;
  readonly begin: number;
  readonly end: number;
}

/** The positions that a part must have of a value. */
export interface LeastSize {
  readonly picture: number;
  readonly scale: Ratio;
  /** How many positions fewer than in this inference are still enough. */
  readonly spare: number;
}

export interface Edges {
  readonly of: (value: Value, axis: number) => Edge | undefined;
  /** Sizes for which mirroring at one border reads nothing that the opposite edge changes. */
  readonly least: readonly LeastSize[];
  /** Sizes for which each value has at least two positions: a reshape cannot tell axes of one position apart. */
  readonly distinct: readonly LeastSize[];
}

/** @param fields of an inference whose sizes along the picture's axes are numbers */
export function edgesOf(fields: Fields): Edges {
  const found = new Map<Value, Map<number, Edge>>();
  const least: LeastSize[] = [];
  const distinct: LeastSize[] = [];
  const put = (value: Value, axis: number, edge: Edge) => {
    const axes = found.get(value);
    if (axes === undefined) found.set(value, new Map([[axis, edge]]));
    else axes.set(axis, edge);
  };
  const sizeAt = (value: Value, axis: number): number | undefined => {
    const dim = fields.types.get(value)?.shape?.[axis];
    return typeof dim === 'number' ? dim : undefined;
  };
  const edgeAt = (value: Value, axis: number): Edge | undefined => {
    const known = found.get(value)?.get(axis);
    const size = sizeAt(value, axis);
    return known ?? (size === undefined ? undefined : { size, begin: 0, end: 0 });
  };
  for (const { value, axis, sources } of fields.steps) {
    const size = sizeAt(value, axis);
    if (size === undefined) continue;
    let [begin, end] = [0, 0];
    for (const source of sources) {
      const input = edgeAt(source.value, source.axis);
      if (input === undefined) continue;
      begin = Math.max(begin, firstFrom(source.reads, input.begin));
      end = Math.max(end, size - 1 - lastUpTo(source.reads, input.size - 1 - input.end));
      const { mirrored } = source.reads;
      const place = fields.axes.get(source.value)?.[source.axis];
      if (mirrored !== undefined && place !== undefined) {
        const spare = input.size - 1 - Math.max(mirrored.before + input.end, mirrored.after + input.begin);
        least.push({ ...place, spare });
      }
    }
    put(value, axis, { size, begin, end });
    const place = fields.axes.get(value)?.[axis];
    if (place !== undefined) distinct.push({ ...place, spare: size - 2 });
  }
  return { of: edgeAt, least, distinct };
}
