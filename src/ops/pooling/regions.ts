/** Regions of interest, for RoiAlign and MaxRoiPool. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Shape } from '../../ir/shape.js';
import { agree } from '../agree.js';
import { shapeOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';

const regionLength = defineProblem('US1202', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: `a region has ${expected} values`,
  value: 'rois',
  expected: String(expected),
  actual: String(actual),
}));

/** X [N, C, H, W], rois [R, columns] → [R, C, …pooled]. */
export function regionsShape(
  context: Pick<InferContext<unknown>, 'shape' | 'unify' | 'fresh'>,
  columns: number,
  pooled: readonly [number, number],
): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 4, max: 4 });
  const rois = shapeOfRank(context, 1, 'rois', { min: 2, max: 2 });
  if (rois !== undefined) {
    agree(context, columns, rois[1]!, 'columns of rois', regionLength);
  }
  if (x === undefined) return undefined;
  return [rois?.[0] ?? context.fresh('the number of regions is not known'), x[1]!, ...pooled];
}

const regionAttributeTooSmall = defineProblem(
  'US1209',
  { attribute: 'string', size: 'integer' },
  ({ attribute, size }) => ({
    message: `the attribute '${attribute}' does not fit`,
    value: attribute,
    expected: 'at least 1',
    actual: String(size),
  }),
);

export function requirePooledSize(name: string, size: number): number {
  if (Number.isSafeInteger(size) && size >= 1) return size;
  fail(regionAttributeTooSmall({ attribute: name, size }));
}

const regionOutsideBatch = defineProblem(
  'US2006',
  { region: 'integer', image: 'integer', batch: 'integer' },
  ({ region, image, batch }) => ({
    message: `region ${region} is in image ${image}, which a batch of ${batch} does not have`,
    expected: `0 to ${batch - 1}`,
    actual: String(image),
  }),
);

/** The index of the image that region `roi` is in, checked against the batch size. */
export function requireImage(index: number, batch: number, roi: number): number {
  if (Number.isInteger(index) && index >= 0 && index < batch) return index;
  fail(regionOutsideBatch({ region: roi, image: index, batch }));
}

/** A bound on memory, since regions come from data and may be absurdly large. */
export const mostPoints = 2 ** 16;

const regionTooLarge = defineProblem('US2007', { points: 'integer' }, ({ points }) => ({
  message: 'a region is too large to be sampled',
  value: 'rois',
  expected: `at most ${mostPoints} points along an axis of a bin`,
  actual: String(points),
}));

export function failPoints(points: number): never {
  fail(regionTooLarge({ points }));
}
