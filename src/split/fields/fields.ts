/**
 * Where the positions of a network's values come from: along each axis that a picture has in the inputs, which
 * positions of a node's inputs its outputs read, and how many positions of the picture one position of a value stands
 * for.
 *
 * An axis that does not follow the picture is read whole, or position by position, and in the same way for every part
 * of the picture. Nodes that do not fit this are refused by name: operators that see a whole axis of the picture,
 * elements that vary along the picture but do not come from it, results that depend on the picture's size.
 */
import type { Node, Value } from '../../ir/graph.js';
import type { TensorType } from '../../ir/shape.js';
import type { AxisReads, Ratio } from './reads.js';

/** By input: its axis for each picture axis (height, width, …). */
export type PictureAxes = ReadonlyMap<Value, readonly number[]>;

/** Part of an axis of a value, as a node reads it. */
export interface SourceAxis {
  readonly value: Value;
  readonly axis: number;
  readonly reads: AxisReads;
}

/** An axis of a node's output that follows an axis of the picture. */
export interface FieldStep {
  readonly node: Node;
  readonly value: Value;
  readonly axis: number;
  readonly picture: number;
  readonly sources: readonly SourceAxis[];
}

/** A node that cannot be computed part by part, and why, as in "averages over the height". */
export interface Refusal {
  readonly node: Node;
  readonly reason: string;
}

export interface Fields {
  /** In the order of the nodes. */
  readonly steps: readonly FieldStep[];
  readonly refusals: readonly Refusal[];
  /**
   * For each axis of a value: the picture axis that it follows, and how many positions of the largest input one of its
   * positions stands for; undefined for other axes. Values that follow no picture axis have no entry.
   */
  readonly axes: ReadonlyMap<Value, readonly (PictureAxis | undefined)[]>;
  /**
   * For each picture axis the number of positions after which everything repeats: a multiple of every value's scale.
   */
  readonly strides: readonly number[];
  /** Of all values that the steps name. Nodes may be followed through values that only their parts have. */
  readonly types: ReadonlyMap<Value, TensorType>;
}

export interface PictureAxis {
  readonly picture: number;
  readonly scale: Ratio;
}

const axisNames: Readonly<Record<number, readonly string[]>> = {
  1: ['length'],
  2: ['height', 'width'],
  3: ['depth', 'height', 'width'],
};

export function pictureAxisNames(count: number): readonly string[] {
  return axisNames[count] ?? Array.from({ length: count }, (_, i) => `axis ${i}`);
}
