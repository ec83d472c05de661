/**
 * DeformConv as a GridSample that reads every tap of every output, and a Conv of single elements that sums them: between
 * elements both interpolate linearly, with zeros around the input.
 */

import type { Value } from '../../ir/graph.js';
import { intAttribute, intsAttribute, textAttribute } from '../../ir/graph-editor.js';
import { isConcrete } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { type Expansion, isTable, longTable, openSizes } from '../expansion.js';
import type { ConcreteWindow } from './window.js';

export interface DeformParts {
  readonly x: Value;
  readonly w: Value;
  readonly offset: Value;
  readonly bias: Value | undefined;
  readonly mask: Value | undefined;
  readonly output: Value;
  readonly group: number;
  readonly offsetGroups: number;
  /** One for each spatial axis. */
  readonly windowsOf: (x: readonly number[], w: readonly number[]) => readonly ConcreteWindow[];
}

export function expandDeformConv(expansion: Expansion, parts: DeformParts): string | undefined {
  const { x, w, offset, bias, mask, output, group, offsetGroups, windowsOf } = parts;
  const [dims, weights] = [x, w].map((value) => expansion.facts.shape(value));
  if (dims === undefined || weights === undefined || !isConcrete(dims) || !isConcrete(weights)) return openSizes;
  const windows = windowsOf(dims, weights);
  const [batch = 1, channels = 1, ...sizes] = dims;
  const rank = sizes.length;
  if (sizes.some((size) => size === 0)) return 'an image without elements';
  const kernel = windows.map((window) => window.kernel);
  const outputs = windows.map((window) => window.output);
  const taps = elementCount(kernel);
  const [first = 1, ...others] = outputs;
  const images = batch * offsetGroups;
  if (!isTable(taps, rank) || !isTable(rank, ...outputs)) return longTable;
  return expansion.inFloat32(x, output, (wide, type, result) => {
    const inType = (value: Value) => expansion.cast(value, type);
    // In a grid, position p of an axis of n elements is (2p + 1) / n - 1.
    const scale = (axis: number) => 2 / sizes[axis]!;
    const ones = sizes.map(() => 1);
    const perAxis = expansion.table('scale', type, [1, 1, rank, ...ones], ([, , axis]) => scale(axis!));
    const ofTaps = expansion.table('taps', type, [1, taps, rank, ...ones], ([, tap, axis]) => {
      const { dilation, padBegin } = windows[axis!]!;
      const inKernel = Math.floor(tap! / elementCount(kernel.slice(axis! + 1))) % kernel[axis!]!;
      return (inKernel * dilation - padBegin) * scale(axis!) + 1 / sizes[axis!]! - 1;
    });
    const ofPlaces = expansion.table('places', type, [1, 1, rank, ...outputs], (index) => {
      const axis = index[2]!;
      return index[3 + axis]! * windows[axis]!.stride * scale(axis);
    });
    const moved = expansion.reshape(inType(offset), [images, taps, rank, ...outputs]);
    const scaled = expansion.add('Mul', [moved, perAxis]);
    const positions = expansion.add('Add', [expansion.add('Add', [scaled, ofTaps]), ofPlaces]);
    // The coordinate of the last axis comes first.
    const backward = expansion.integers(sizes.map((_, axis) => rank - 1 - axis));
    const turned = expansion.add('Gather', [positions, backward], { attributes: { axis: intAttribute(2) } });
    const last = expansion.transpose(turned, [0, 1, ...sizes.map((_, axis) => axis + 3), 2]);
    const grid = expansion.reshape(last, [images, taps * first, ...others, rank]);
    const planes = expansion.reshape(wide, [images, channels / offsetGroups, ...sizes]);
    let samples = expansion.add('GridSample', [planes, grid], { attributes: { mode: textAttribute('linear') } });
    if (mask !== undefined) {
      const factors = expansion.reshape(inType(mask), [images, 1, taps * first, ...others]);
      samples = expansion.add('Mul', [samples, factors]);
    }
    const columns = expansion.reshape(samples, [batch, channels * taps, ...outputs]);
    const matrix = expansion.reshape(inType(w), [weights[0]!, (channels / group) * taps, ...ones]);
    expansion.add('Conv', [columns, matrix, bias && inType(bias)], {
      attributes: { group: intAttribute(group), kernel_shape: intsAttribute(ones) },
      output: result,
    });
  });
}
