/** Which part of a picture a result shows: convolutions without padding and crops drop its edges. */
import { infer } from '../infer/infer.js';
import type { Graph, Value } from '../ir/graph.js';
import { type ImageAxes, type Layout, pictureInputAxes } from '../pictures/image-layout.js';
import type { Fields } from '../split/fields/fields.js';
import { fieldsOf } from '../split/fields/follow.js';
import { fieldAt } from '../split/fields/receptive-field.js';

/** In pixels of the picture that was fed; may be fractional. */
export interface Coverage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The coverages of one graph's outputs, found by following the graph once for each size. */
export class Coverages {
  private readonly known = new Map<string, ReadonlyMap<string, Coverage>>();

  constructor(
    private readonly graph: Graph,
    private readonly layout?: Layout,
  ) {}

  /**
   * Coverages by output, for outputs that show only a part of the picture. An output whose size is the picture's times
   * or divided by an integer shows all of it, and the graph is not followed.
   * @param inputs dims by name, of all inputs
   * @param outputs dims by name
   * @param picture the input that was fed one
   */
  of(
    inputs: ReadonlyMap<string, readonly number[]>,
    outputs: ReadonlyMap<string, readonly number[]>,
    picture: string,
  ): ReadonlyMap<string, Coverage> {
    const dims = inputs.get(picture) ?? [];
    const axes = dims.length === 4 ? pictureInputAxes(dims, this.layout) : undefined;
    if (axes === undefined) return new Map();
    const odd = [...outputs].filter(([, shape]) => shape.length === 4 && !isWhole(shape, dims, axes));
    if (odd.length === 0) return new Map();
    const key = JSON.stringify([[...inputs], odd, picture]);
    const known = this.known.get(key) ?? this.follow(inputs, odd, picture, axes);
    if (this.known.size >= maxKnown) this.known.clear();
    this.known.set(key, known);
    return known;
  }

  private follow(
    inputs: ReadonlyMap<string, readonly number[]>,
    outputs: readonly (readonly [name: string, dims: readonly number[]])[],
    picture: string,
    axes: ImageAxes,
  ): ReadonlyMap<string, Coverage> {
    const input = this.graph.inputs.find(({ name }) => name === picture);
    if (input === undefined) return new Map();
    const inference = infer(this.graph, { inputShapes: inputs });
    const fields = fieldsOf(this.graph, inference, new Map([[input, [axes.rows, axes.columns]]]));
    const found = new Map<string, Coverage>();
    for (const [name, dims] of outputs) {
      const value = this.graph.outputs.find((output) => output.name === name);
      const rows = value && along(fields, value, dims, 0);
      const columns = value && along(fields, value, dims, 1);
      if (rows === undefined || columns === undefined) continue;
      found.set(name, { x: columns.start, y: rows.start, width: columns.length, height: rows.length });
    }
    return found;
  }
}

const maxKnown = 256;

/** Whether rows and columns are the picture's, multiplied or divided by the same integer. */
function isWhole(dims: readonly number[], fed: readonly number[], axes: ImageAxes): boolean {
  const candidates = [
    [2, 3],
    [1, 2],
  ] as const;
  return candidates.some(([rows, columns]) => {
    const [height, width] = [fed[axes.rows]!, fed[axes.columns]!];
    const times = Math.max(1, Math.round(dims[columns]! / width));
    if (times > 1) return dims[columns] === width * times && dims[rows] === height * times;
    const by = Math.max(1, Math.round(width / dims[columns]!));
    return Math.abs(width / by - dims[columns]!) < 1 && Math.abs(height / by - dims[rows]!) < 1;
  });
}

/**
 * What the value covers along a picture axis, from the middles of the ranges that its first and its last position read.
 */
function along(
  fields: Fields,
  value: Value,
  dims: readonly number[],
  picture: number,
): { readonly start: number; readonly length: number } | undefined {
  const axis = fields.axes.get(value)?.findIndex((place) => place?.picture === picture) ?? -1;
  const scale = fields.axes.get(value)?.[axis]?.scale;
  if (scale === undefined) return undefined;
  const center = (position: number) => {
    const { first, last } = fieldAt(fields, { value, axis, position });
    return (first + last + 1) / 2;
  };
  const length = (dims[axis]! * scale.numerator) / scale.denominator;
  const middle = (center(0) + center(dims[axis]! - 1)) / 2;
  return Number.isFinite(middle) ? { start: middle - length / 2, length } : undefined;
}
