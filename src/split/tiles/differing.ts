/** Whether a window is to a network what the whole picture is: the same positions read, sizes that differ by the tiles alone. */
import type { Inference } from '../../infer.js';
import type { Node } from '../../ir/graph.js';
import type { Fields } from '../fields/fields.js';
import type { AxisReads, FlooredLine } from '../fields/reads.js';
import type { AxisTiling } from './plan.js';

interface Analysis {
  readonly fields: Fields;
  readonly inference: Inference;
}

/** The first node that reads otherwise, or gives another size, than tiles can have; undefined where there is none. */
export function differingNode(
  whole: Analysis,
  window: Analysis,
  tilings: readonly AxisTiling[],
): { readonly node: Node; readonly reason: string } | undefined {
  for (const [i, step] of whole.fields.steps.entries()) {
    const other = window.fields.steps[i];
    const name = 'depends on the size of the whole picture';
    if (other?.value !== step.value || other.axis !== step.axis || other.sources.length !== step.sources.length) {
      return { node: step.node, reason: name };
    }
    const isSame = step.sources.every((source, k) => isSameReads(source.reads, other.sources[k]!.reads));
    const scale = whole.fields.axes.get(step.value)?.[step.axis]?.scale;
    const [size, part] = [whole, window].map(({ inference }) => inference.types.get(step.value)?.shape?.[step.axis]);
    const { size: picture, window: most } = tilings[step.picture]!;
    const isProportional =
      typeof size === 'number' &&
      typeof part === 'number' &&
      scale !== undefined &&
      (size - part) * scale.numerator === (picture - most) * scale.denominator;
    if (!isSame || !isProportional) return { node: step.node, reason: name };
  }
  return undefined;
}

function isSameReads(a: AxisReads, b: AxisReads): boolean {
  const isSameLine = (x: FlooredLine, y: FlooredLine) =>
    x.slope === y.slope && x.offset === y.offset && x.divisor === y.divisor;
  const isMirrored = a.mirrored?.before === b.mirrored?.before && a.mirrored?.after === b.mirrored?.after;
  return isSameLine(a.first, b.first) && isSameLine(a.last, b.last) && isMirrored;
}
