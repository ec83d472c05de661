/**
 * GridSample: reads X at the positions that a grid names.
 *
 * padding_mode determines the value of each element that is read outside X; positions themselves are not clipped.
 * border repeats the outermost elements, reflection mirrors at the outermost centers (align_corners) or edges, as in
 * onnxruntime and PyTorch.
 */
import { defineProblem } from '../../diagnostics.js';
import { floatsOf, numbersOf } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { requireKind } from '../elementwise/element-types.js';
import { roundHalfToEven } from '../elementwise/rounding.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { sampledArray, sampledTensor } from './sampled.js';
import { gridSampleSchema } from './schemas.js';
import { cubicKernel, type InterpolationKernel, linearKernel } from './taps.js';

interface GridSampleAttributes {
  readonly align_corners: boolean;
  /** Names of version 16, and of version 20 and later. */
  readonly mode: 'linear' | 'bilinear' | 'nearest' | 'cubic' | 'bicubic';
  readonly padding_mode: 'zeros' | 'border' | 'reflection';
}

const gridPosition = defineProblem('US1202', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: 'the last axis of the grid does not hold a position in X',
  value: 'grid',
  expected: String(expected),
  actual: String(actual),
}));

/** X [N, C, …], grid [N, …output, spatial rank] → [N, C, …output]. */
function sampledShape(context: InferContext<unknown>): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 5 });
  if (x === undefined) return undefined;
  const grid = shapeOfRank(context, 1, 'grid', { min: x.length, max: x.length });
  if (grid === undefined) {
    const unknown = x.slice(2).map((_, i) => context.fresh(`size ${i + 1} of the grid is not known`));
    return [x[0]!, x[1]!, ...unknown];
  }
  agree(context, x.length - 2, grid.at(-1)!, 'last axis of the grid and the spatial axes of X', gridPosition);
  const batch = context.unify(x[0]!, grid[0]!, 'batch of X and of the grid');
  return [batch, x[1]!, ...grid.slice(1, -1)];
}

const nearest = 'nearest';

function methodFor(mode: GridSampleAttributes['mode']): InterpolationKernel | typeof nearest {
  if (mode === 'nearest') return nearest;
  return mode === 'linear' || mode === 'bilinear' ? linearKernel : cubicKernel(-0.75);
}

/** Reads one axis: converts positions, and maps indices outside it. */
interface AxisReader {
  readonly size: number;
  /** Converts a position in −1..1 to elements. */
  place(normalized: number): number;
  /** The index to read instead of `i`; undefined for zero. */
  inside(i: number): number | undefined;
}

/** @param round rounds to the grid's own precision, in which halves decide which element is nearest */
function axisReader(
  size: number,
  { align_corners, padding_mode }: GridSampleAttributes,
  round: (x: number) => number,
): AxisReader {
  const place = (x: number) =>
    align_corners ? round((round(x + 1) / 2) * (size - 1)) : round(round(round(round(x + 1) * size) - 1) / 2);
  switch (padding_mode) {
    case 'zeros':
      return { size, place, inside: (i) => (i >= 0 && i < size ? i : undefined) };
    case 'border':
      return { size, place, inside: (i) => Math.max(0, Math.min(i, size - 1)) };
    case 'reflection': {
      const [low, high] = align_corners ? [0, size - 1] : [-0.5, size - 0.5];
      return { size, place, inside: (i) => reflect(i, low, high) };
    }
  }
}

/** Mirrors `x` at both borders until it is between them. */
function reflect(x: number, low: number, high: number): number {
  const span = high - low;
  if (span === 0) return low;
  const distance = Math.abs(x - low) % (2 * span);
  return low + (distance <= span ? distance : 2 * span - distance);
}

/** Indices and weights of the elements of a plane that one position reads. */
class PositionTaps {
  count = 0;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
  private readonly perAxis: number;

  constructor(
    private readonly readers: readonly AxisReader[],
    private readonly method: InterpolationKernel | typeof nearest,
  ) {
    this.perAxis = method === nearest ? 1 : 2 * method.radius;
    const most = this.perAxis ** readers.length;
    this.indices = new Int32Array(most);
    this.weights = new Float64Array(most);
  }

  /** Moves to the normalized position at grid[start…], which has the last axis first. */
  move(grid: ArrayLike<number>, start: number): void {
    this.count = 1;
    this.indices[0] = 0;
    this.weights[0] = 1;
    const last = this.readers.length - 1;
    this.readers.forEach((reader, axis) => {
      this.extend(reader, reader.place(grid[start + last - axis]!));
    });
  }

  /** Replaces every tap by taps along one more axis, from the end so that none is overwritten before it is read. */
  private extend(reader: AxisReader, position: number): void {
    const { perAxis, method, indices, weights } = this;
    const first = method === nearest ? roundHalfToEven(position) : Math.floor(position) - method.radius + 1;
    for (let tap = this.count - 1; tap >= 0; tap--) {
      for (let k = perAxis - 1; k >= 0; k--) {
        const element = reader.inside(first + k);
        const weight = method === nearest ? 1 : method.weight(first + k - position);
        const to = tap * perAxis + k;
        weights[to] = element === undefined ? 0 : weights[tap]! * weight;
        indices[to] = indices[tap]! * reader.size + (element ?? 0);
      }
    }
    this.count *= perAxis;
  }
}

function gridSample(attributes: GridSampleAttributes, x: Tensor, grid: Tensor): Tensor {
  const [batch, channels, ...spatial] = x.dims as [number, number];
  const outputs = grid.dims.slice(1, -1);
  const dims = [batch, channels, ...outputs];
  const out = sampledArray(x.type, elementCount(dims));
  const [plane, points, rank] = [elementCount(spatial), elementCount(outputs), spatial.length];
  const data = numbersOf(x);
  const positions = floatsOf(grid);
  const round = grid.type === 'float64' ? (value: number) => value : Math.fround;
  const taps = new PositionTaps(
    spatial.map((size) => axisReader(size, attributes, round)),
    methodFor(attributes.mode),
  );
  for (let n = 0; n < batch; n++) {
    for (let point = 0; point < points; point++) {
      taps.move(positions, (n * points + point) * rank);
      for (let c = n * channels; c < (n + 1) * channels; c++) {
        let sum = 0;
        for (let k = 0; k < taps.count; k++) {
          // Taps in zero padding have weight 0 and a placeholder index, whose element may be NaN.
          if (taps.weights[k] !== 0) sum += taps.weights[k]! * data[c * plane + taps.indices[k]!]!;
        }
        out[c * points + point] = sum;
      }
    }
  }
  return sampledTensor(x.type, dims, out);
}

export const gridSamples: readonly Operator[] = [
  defineOperator({
    ...gridSampleSchema,
    infer: (context) => {
      requireKind(context.elementType(0), 'ordered', 'X');
      return [tensorType(context.elementType(0), sampledShape(context))];
    },
    reference: (context) => [gridSample(context.attributes, tensorAt(context, 0), tensorAt(context, 1))],
  }),
];
