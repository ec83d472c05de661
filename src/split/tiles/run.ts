/** Runs a network window by window and puts its results together. */
import { allocate, elementCount, Tensor, type TensorData } from '../../ir/tensor.js';
import type { TiledValueAxis, TilePlan } from './plan.js';
import { addWeighted, copyRegion } from './regions.js';

export type Tensors = ReadonlyMap<string, Tensor>;

export interface TiledRunOptions {
  /** Window `index` of `total` begins. */
  readonly onWindow?: (index: number, total: number) => void;
}

/** Windows of the whole picture. */
export function windowCount({ axes }: TilePlan): number {
  return axes.reduce((count, { starts }) => count * starts.length, 1);
}

/**
 * @param inputs the whole inputs, by name
 * @param runWindow runs the network on a window's inputs. They are overwritten afterwards; what it returns is read
 * before it is called again
 */
export async function runTiled(
  plan: TilePlan,
  inputs: Tensors,
  runWindow: (feeds: Tensors, index: number) => Promise<Tensors>,
  { onWindow }: TiledRunOptions = {},
): Promise<Map<string, Tensor>> {
  const windows = new WindowReader(plan, inputs);
  const results = new Map([...plan.outputs].map(([value, axes]) => [value.name, new ResultWriter(axes)]));
  const counts = plan.axes.map(({ starts }) => starts.length);
  const total = windowCount(plan);
  for (let index = 0; index < total; index++) {
    onWindow?.(index, total);
    const place = placeOf(index, counts);
    const outputs = await runWindow(windows.at(place), index);
    for (const [name, result] of results) result.put(outputs.get(name)!, place);
  }
  return new Map([...results].map(([name, result]) => [name, result.tensor()]));
}

/** The window's index along each axis. */
function placeOf(index: number, counts: readonly number[]): number[] {
  let rest = index;
  return counts
    .toReversed()
    .map((count) => {
      const place = rest % count;
      rest = Math.floor(rest / count);
      return place;
    })
    .reverse();
}

type Axes = readonly (TiledValueAxis | undefined)[];

/** Cuts windows out of the inputs, into the same memory each time. */
class WindowReader {
  private readonly windows = new Map<string, Tensor>();

  constructor(
    private readonly plan: TilePlan,
    private readonly inputs: Tensors,
  ) {}

  at(place: readonly number[]): Tensors {
    const feeds = new Map(this.inputs);
    for (const [{ name }, axes] of this.plan.inputs) feeds.set(name, this.window(name, axes, place));
    return feeds;
  }

  private window(name: string, axes: Axes, place: readonly number[]): Tensor {
    const whole = this.inputs.get(name)!;
    const dims = whole.dims.map((dim, axis) => axes[axis]?.window ?? dim);
    if (dims.every((dim, axis) => dim === whole.dims[axis])) return whole;
    const window = this.windows.get(name) ?? new Tensor(whole.type, dims, allocate(whole.type, elementCount(dims)));
    this.windows.set(name, window);
    const from = dims.map((_, axis) => startOf(axes[axis], place));
    const zeros = dims.map(() => 0);
    copyRegion(whole.data, { dims: whole.dims, from }, window.data, { dims, from: zeros }, dims);
    return window;
  }
}

function startOf(axis: TiledValueAxis | undefined, place: readonly number[]): number {
  return axis === undefined ? 0 : axis.starts[place[axis.picture]!]!;
}

/** Puts one output together. */
class ResultWriter {
  private whole: Tensor | undefined;

  constructor(private readonly axes: Axes) {}

  put(part: Tensor, place: readonly number[]): void {
    const { axes } = this;
    const isFirst = this.whole === undefined;
    const dims = part.dims.map((dim, axis) => axes[axis]?.size ?? dim);
    this.whole ??= new Tensor(part.type, dims, allocate(part.type, elementCount(dims)));
    const starts = dims.map((_, axis) => startOf(axes[axis], place));
    // Outputs that follow no picture axis are the same for all windows.
    if (!isFirst && axes.every((axis) => axis === undefined)) return;
    if (axes.some((axis) => axis?.weights !== undefined) && isBlendable(part.data)) {
      const weights = dims.map((_, axis) => weightsOf(axes[axis], place));
      const from = dims.map(() => 0);
      addWeighted(
        part.data,
        { dims: part.dims, from },
        this.whole.data as Float32Array,
        { dims, from: starts },
        part.dims,
        weights,
      );
      return;
    }
    const cuts = dims.map((dim, axis) => cutOf(axes[axis], place, dim));
    const from = cuts.map((cut, axis) => cut.begin - starts[axis]!);
    const counts = cuts.map((cut) => cut.end - cut.begin);
    const to = { dims, from: cuts.map(({ begin }) => begin) };
    copyRegion(part.data, { dims: part.dims, from }, this.whole.data, to, counts);
  }

  tensor(): Tensor {
    return this.whole!;
  }
}

function isBlendable(data: TensorData): data is Float32Array | Float64Array {
  return data instanceof Float32Array || data instanceof Float64Array;
}

function weightsOf(axis: TiledValueAxis | undefined, place: readonly number[]): Float64Array | undefined {
  return axis?.weights?.[place[axis.picture]!];
}

function cutOf(axis: TiledValueAxis | undefined, place: readonly number[], size: number) {
  if (axis === undefined) return { begin: 0, end: size };
  const k = place[axis.picture]!;
  return { begin: axis.cuts[k]!, end: axis.cuts[k + 1] ?? axis.size };
}
