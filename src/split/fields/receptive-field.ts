/** Receptive fields: which positions of the picture one position of a value is computed from. */
import type { Value } from '../../ir/graph.js';
import type { FieldStep, Fields } from './fields.js';
import { at } from './reads.js';

/** Along one axis of the picture, in positions of the largest input; zeros of paddings count as read. */
export interface ReceptiveField {
  readonly picture: number;
  /** Number of positions from the first to the last one read, for the phase of the stride that reads the most. */
  readonly size: number;
  /** The most positions that any phase reads before, and after, the position itself. */
  readonly before: number;
  readonly after: number;
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** The most phases times steps that are followed by default; above that, phases are sampled at intervals. */
const usualSteps = 2 ** 21;

/**
 * One entry for each picture axis that the value follows, in the order of the value's axes; empty if it follows none.
 * It holds for all positions and picture sizes. What refused nodes read is not included.
 */
export function receptiveField(fields: Fields, value: Value, mostSteps = usualSteps): ReceptiveField[] {
  const axes = fields.axes.get(value) ?? [];
  return axes.flatMap((axis, place) => {
    if (axis === undefined) return [];
    const { picture, scale } = axis;
    const steps = fields.steps.filter((step) => step.picture === picture).reverse();
    const phases = Math.max(1, (fields.strides[picture]! / scale.numerator) * scale.denominator);
    const stride = Math.max(1, Math.ceil((phases * steps.length) / mostSteps));
    let [size, before, after] = [0, 0, 0];
    for (let phase = 0; phase < phases; phase += stride) {
      const { first, last } = walkBack(fields, steps, { value, axis: place, position: phase });
      if (first > last) continue;
      size = Math.max(size, last - first + 1);
      const begin = Math.floor((phase * scale.numerator) / scale.denominator);
      const end = Math.ceil(((phase + 1) * scale.numerator) / scale.denominator) - 1;
      before = Math.max(before, begin - first);
      after = Math.max(after, last - end);
    }
    return [{ picture, size, before, after }];
  });
}

interface Place {
  readonly value: Value;
  readonly axis: number;
  readonly position: number;
}

/** The range of picture positions that a position reads; empty if first is above last. */
export function fieldAt(fields: Fields, place: Place): Interval {
  const picture = fields.axes.get(place.value)?.[place.axis]?.picture;
  return walkBack(fields, fields.steps.filter((step) => step.picture === picture).reverse(), place);
}

/** @param steps the steps of the place's picture axis, in reverse order */
function walkBack(fields: Fields, steps: readonly FieldStep[], { value, axis, position }: Place): Interval {
  const needed = new Map<Value, Map<number, Interval>>();
  const need = (of: Value, along: number, { first, last }: Interval) => {
    let places = needed.get(of);
    if (places === undefined) {
      places = new Map();
      needed.set(of, places);
    }
    const known = places.get(along);
    places.set(
      along,
      known === undefined ? { first, last } : { first: Math.min(first, known.first), last: Math.max(last, known.last) },
    );
  };
  need(value, axis, { first: position, last: position });
  for (const step of steps) {
    const places = needed.get(step.value);
    const interval = places?.get(step.axis);
    if (interval === undefined) continue;
    places?.delete(step.axis);
    if (places?.size === 0) needed.delete(step.value);
    for (const source of step.sources) {
      const [first, last] = [at(source.reads.first, interval.first), at(source.reads.last, interval.last)];
      if (first <= last) need(source.value, source.axis, { first, last });
    }
  }
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // What is left belongs to the inputs.
  for (const [input, places] of needed) {
    for (const [along, interval] of places) {
      const scale = fields.axes.get(input)?.[along]?.scale;
      if (scale === undefined) continue;
      const factor = scale.numerator / scale.denominator;
      first = Math.min(first, Math.floor(interval.first * factor));
      last = Math.max(last, Math.ceil((interval.last + 1) * factor) - 1);
    }
  }
  return { first, last };
}
