/**
 * Crop, an experimental operator that ONNX removed and that converters of 2018 wrote. Its attributes are those that
 * onnxruntime supports for opsets below 10.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf, sub } from '../../ir/dim.js';
import { formatShape, tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { ints } from '../attributes.js';
import { allocateChecked } from '../creation/target-shape.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { reals } from '../type-set.js';
import { padInto } from './padding.js';

interface CropAttributes {
  /** Left, top, right, bottom. */
  readonly border: readonly number[];
  /** Height and width of the kept part, from the top left corner. If present, right and bottom have no effect. */
  readonly scale: readonly number[] | undefined;
}

const cropOutside = defineProblem(
  'US1207',
  { height: 'size', width: 'size', scale: 'integers', top: 'integer', left: 'integer' },
  ({ height, width, scale, top, left }) => ({
    message: 'the part to keep lies outside the image',
    value: 'scale',
    expected: `within ${formatShape([height, width])}`,
    actual: `${formatShape(scale)} from ${formatShape([top, left])}`,
  }),
);

/** Elements to crop at begin and end of each axis of an image [N, C, H, W]. */
function cropOf({ border, scale }: CropAttributes, [, , height, width]: readonly Dim[]): [begin: Dim, end: Dim][] {
  checkList('border', border, 4, 'left, top, right and bottom, each at least 0');
  const [left, top, right, bottom] = border as readonly [number, number, number, number];
  const isWhole = scale === undefined || scale.length === 0;
  if (!isWhole) checkList('scale', scale, 2, 'height and width, each at least 0');
  const restOf = (size: Dim, begin: number, kept: number) => sub(size, begin + kept);
  const crop: [Dim, Dim][] = [
    [0, 0],
    [0, 0],
    [top, isWhole ? bottom : restOf(height!, top, scale[0]!)],
    [left, isWhole ? right : restOf(width!, left, scale[1]!)],
  ];
  if (crop.some(([, end]) => rangeOf(end).max < 0)) {
    fail(cropOutside({ height: height!, width: width!, scale: scale!, top, left }));
  }
  return crop;
}

const cropAttributeMalformed = defineProblem(
  'US1304',
  { attribute: 'string', expected: 'string', values: 'integers' },
  ({ attribute, expected, values }) => ({
    message: `the attribute '${attribute}' is malformed`,
    value: attribute,
    expected,
    actual: formatShape(values),
  }),
);

function checkList(name: string, values: readonly number[], length: number, expected: string): void {
  if (values.length === length && values.every((value) => value >= 0)) return;
  fail(cropAttributeMalformed({ attribute: name, expected, values }));
}

/** @throws ProblemError if more is cropped than there is */
function cropped(dims: readonly Dim[], crop: readonly (readonly [Dim, Dim])[]): Dim[] {
  return dims.map((size, axis) => {
    const [begin, end] = crop[axis]!;
    const left = sub(sub(size, begin), end);
    if (rangeOf(left).max < 0) fail(borderTooLarge({ axis, size, begin, end, left }));
    return left;
  });
}

const borderTooLarge = defineProblem(
  'US1207',
  { axis: 'integer', size: 'size', begin: 'size', end: 'size', left: 'size' },
  ({ axis, size, begin, end, left }) => ({
    message: `the border takes more off axis ${axis} than there is`,
    value: 'border',
    expected: 'a size of at least 0',
    actual: `${size} - ${begin} - ${end} = ${left}`,
  }),
);

export const crop = family(
  defineOperator({
    name: 'Crop',
    versions: [1],
    removedIn: 10,
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: reals },
    attributes: { border: ints().required(), scale: ints() },
    infer: (context) => {
      const shape = shapeOfRank(context, 0, 'input', { min: 4, max: 4 });
      if (shape !== undefined) {
        return [tensorType(context.elementType(0), cropped(shape, cropOf(context.attributes, shape)))];
      }
      const unknown = Array.from({ length: 4 }, () => context.fresh('the shape is not known'));
      return [tensorType(context.elementType(0), unknown)];
    },
    reference: (context) => {
      const { type, dims, data } = tensorAt(context, 0);
      shapeOfRank({ shape: () => dims }, 0, 'input', { min: 4, max: 4 });
      const crop = cropOf(context.attributes, dims);
      const target = cropped(dims, crop) as number[];
      const out = allocateChecked(type, target);
      const pads = [...crop.map(([begin]) => -begin), ...crop.map(([, end]) => -end)];
      padInto(data, dims, pads, 'constant', out as { [index: number]: unknown });
      return [new Tensor(type, target, out)];
    },
  }),
);
