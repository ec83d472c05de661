/** Gathering and scattering at indices that are computed, or in no order that a copy has. */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { type Element, isIntegerType, wordsOf } from '../../wasm/kernels/cells.js';
import type { IndexComponent, Reduction } from '../../wasm/kernels/indexed.js';
import { type PointerAxis, unitWork } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import type { RowMajorTensor } from '../context/tensor.js';
import { addCopy } from './copy.js';

/** The indices of a node: their values, and the axes of the data that they are indices of. */
export interface ComputedIndices {
  readonly value: Value;
  /** The first of the data's axes that the components of an index are for. */
  readonly axes: readonly number[];
  /** The data's. */
  readonly dims: readonly number[];
}

/** How kernels read the elements of a value; undefined where they are of no type that they compute with. */
export function elementOf({ tensors, values }: LoweringContext, value: Value): Element | undefined {
  const type = values.elementType(value);
  const cells = tensors.cells(value);
  if (cells === undefined || tensors.storedDims(value) === undefined) return undefined;
  if (isIntegerType(type)) return { type, cells };
  return cells === 'float32' ? { type: 'float32', cells } : undefined;
}

/** Whether steps can read indices. */
export function areReadable(context: LoweringContext, indices: Value): boolean {
  const element = elementOf(context, indices);
  return element !== undefined && isIntegerType(element.type) && context.tensors.isReady(indices);
}

function componentsOf({ axes, dims }: ComputedIndices, words: number): readonly IndexComponent[] {
  return axes.map((axis, at) => ({ at, size: dims[axis]!, stride: elementCount(dims.slice(axis + 1)) * words }));
}

function faultOf(context: LoweringContext, node: Node, { value, axes, dims }: ComputedIndices): RowMajorTensor {
  return context.fault(node, {
    kind: 'index outside',
    dims: context.values.dims(value)!,
    axes: axes.map((axis) => ({ axis, size: dims[axis]! })),
  });
}

/** Strides in elements: of the data, of the indices, and of what is written or of the updates. */
export interface IndexedAxis {
  readonly size: number;
  readonly data: number;
  readonly index: number;
  readonly other: number;
}

function inWords(axes: readonly IndexedAxis[], words: number, indexWords: number): PointerAxis[] {
  return axes.map(({ size, data, index, other }) => ({
    size,
    strides: [data * words, index * indexWords, other * words],
  }));
}

/** @param run elements that lie side by side */
export function addGather(
  context: LoweringContext,
  node: Node,
  x: Value,
  result: Value,
  indices: ComputedIndices,
  { axes, run }: { readonly axes: readonly IndexedAxis[]; readonly run: number },
): void {
  const source = context.tensors.stored(x);
  const positions = context.tensors.stored(indices.value);
  const index = elementOf(context, indices.value)!;
  const words = wordsOf(source.cells);
  const fault = faultOf(context, node, indices);
  const target = context.tensors.makeStored(result, source.cells);
  const params = {
    axes: inWords(axes, words, wordsOf(index.cells)),
    index,
    components: componentsOf(indices, words),
    run: run * words,
  };
  context.add({
    kind: 'kernel',
    algorithm: 'gather',
    nodes: [node],
    reads: [source, positions],
    writes: [target],
    operations: 0,
    work: target.floats * 4 + elementCount(axes.map(({ size }) => size)) * 8,
    build: () => ({
      kernel: { name: 'gather', params },
      pointers: [source, positions, target, positions, fault].map((tensor) => ({ tensor })),
    }),
  });
}

export interface Scattering {
  /** Positions that never coincide, as those beside the axis of the indices. */
  readonly axes: readonly IndexedAxis[];
  readonly ordered: readonly IndexedAxis[];
  readonly run: number;
  readonly reduction: Reduction;
}

/** A copy of the data, and the updates after it. */
export function addScatter(
  context: LoweringContext,
  node: Node,
  { x, updates, result }: { readonly x: Value; readonly updates: Value; readonly result: Value },
  indices: ComputedIndices,
  scattering: Scattering,
): void {
  const isSame = context.tensors.cells(x) === context.tensors.cells(updates);
  const [source, changes] = [x, updates].map((value) =>
    isSame ? context.tensors.stored(value) : context.tensors.exact(value),
  ) as [RowMajorTensor, RowMajorTensor];
  const positions = context.tensors.stored(indices.value);
  const index = elementOf(context, indices.value)!;
  const { cells } = source;
  const words = wordsOf(cells);
  const fault = faultOf(context, node, indices);
  const target = context.tensors.makeStored(result, cells);
  const elements = elementCount(context.values.dims(x)!);
  const whole = [{ size: elements, strides: [words, words] }];
  addCopy(context, { node, source, target, elements, boxOf: () => ({ axes: whole }) });
  const { axes, ordered, run, reduction } = scattering;
  const indexWords = wordsOf(index.cells);
  const count = elementCount([...axes, ...ordered].map(({ size }) => size));
  const params = {
    axes: inWords(axes, words, indexWords),
    ordered: inWords(ordered, words, indexWords),
    index,
    components: componentsOf(indices, words),
    run: run * words,
    reduction,
    element: { type: elementOf(context, x)!.type, cells },
  };
  context.add({
    kind: 'kernel',
    algorithm: 'scatter',
    nodes: [node],
    reads: [changes, positions],
    writes: [target],
    operations: 0,
    // Threads can share positions that never coincide alone.
    work: axes.length === 0 ? Math.min(unitWork, count * run) : count * (run * words + 8),
    build: () => ({
      kernel: { name: 'scatter', params },
      pointers: [target, positions, changes, positions, fault].map((tensor) => ({ tensor })),
    }),
  });
}
