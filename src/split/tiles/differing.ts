/**
 * Whether a network treats a window as it treats the whole picture: it reads the same relative positions, and sizes
 * differ only as the window and the picture do.
 */
import type { Dim } from '../../ir/dim.js';
import type { FieldStep, Fields, Refusal } from '../fields/fields.js';
import { type AxisReads, type FlooredLine, scaled } from '../fields/reads.js';
import type { AxisTiling } from './plan.js';

/**
 * The first node that reads other positions, or whose output has another size, than tiling allows; undefined if there
 * is none.
 */
export function differingNode(whole: Fields, window: Fields, tilings: readonly AxisTiling[]): Refusal | undefined {
  const differing = whole.steps.find((step, i) => {
    const other = window.steps[i];
    if (other === undefined || !isSameStep(step, other)) return true;
    return !isProportional(step, whole, window.types.get(other.value)?.shape?.[step.axis], tilings);
  });
  return differing && { node: differing.node, reason: 'depends on the size of the whole picture' };
}

function isSameStep(a: FieldStep, b: FieldStep): boolean {
  return (
    a.node === b.node &&
    a.axis === b.axis &&
    a.sources.length === b.sources.length &&
    a.sources.every((source, i) => isSameReads(source.reads, b.sources[i]!.reads))
  );
}

/** Whether the value of the whole picture exceeds the window's `part` by as much as the picture exceeds the window. */
function isProportional(
  { value, axis, picture }: FieldStep,
  whole: Fields,
  part: Dim | undefined,
  tilings: readonly AxisTiling[],
): boolean {
  const scale = whole.axes.get(value)?.[axis]?.scale;
  const size = whole.types.get(value)?.shape?.[axis];
  if (typeof size !== 'number' || typeof part !== 'number' || scale === undefined) return false;
  const tiling = tilings[picture]!;
  return scaled(size - part, scale) === tiling.size - tiling.window;
}

function isSameReads(a: AxisReads, b: AxisReads): boolean {
  const isSameLine = (x: FlooredLine, y: FlooredLine) =>
    x.slope === y.slope && x.offset === y.offset && x.divisor === y.divisor;
  const isMirrored = a.mirrored?.before === b.mirrored?.before && a.mirrored?.after === b.mirrored?.after;
  return isSameLine(a.first, b.first) && isSameLine(a.last, b.last) && isMirrored;
}
