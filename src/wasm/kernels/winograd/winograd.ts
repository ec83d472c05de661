/**
 * Convolution with stride 1 by Winograd's minimal filtering, in two dimensions or in one (the other has one tap): tiles of
 * the input are transformed, each point of the transform is a matrix product, the result is transformed back.
 *
 * Either one kernel does all three for a block of tiles at a time, in scratch that stays in the cache, or three kernels do
 * one each for all tiles (`winogradSteps`). Blocks read the weights again for each block, so steps are for few tiles with
 * many channels. Both give the same bits.
 */

import {
  add,
  divide,
  forRange,
  loadVector,
  minimum,
  multiply,
  remainder,
  repeat,
  storeVector,
} from '../../arithmetic.js';
import { exactJson } from '../../exact-json.js';
import { call, type Local, type Operand, op } from '../../expression.js';
import type { FunctionBuilder, FunctionReference } from '../../function.js';
import { countWhole, type OuterAxis, type OutputAxis, panelsOf, storeColumns, type TileSize } from '../convolution.js';
import { type Elementwise, emitElementwise } from '../elementwise-expression.js';
import { isInline } from '../epilogue.js';
import { type Kernel, type KernelTarget, product, roundUp, splitEvenly, type Tier } from '../kernel.js';
import { prefetchPages } from '../prefetch.js';
import { emitTile, type SumAxis } from '../tile.js';
import { readableAfter } from '../views.js';
import { emitLinear, type Lanes } from './linear.js';
import { filtering } from './matrices.js';

export interface WinogradParams {
  /** Images and slices; no groups. */
  readonly outer: readonly OuterAxis[];
  /** The input's strides are those from one output to the next. */
  readonly height: OutputAxis;
  readonly width: OutputAxis;
  /** Outputs and taps of a tile in each direction: F(m, r); 1 and 1 for none. */
  readonly filter: { readonly height: FilterSize; readonly width: FilterSize };
  /** Taps along the depth, by default one: the slices are transformed one by one, and their products are one sum. */
  readonly slices?: SumAxis;
  readonly channels: number;
  readonly columns: number;
  /** As for a convolution. */
  readonly writable: number;
  readonly bias: boolean;
  readonly epilogue?: Elementwise;
  readonly tile: TileSize;
  /** Tiles of a block. */
  readonly block: number;
}

export interface FilterSize {
  readonly outputs: number;
  readonly taps: number;
}

export interface Tiling {
  readonly params: WinogradParams;
  readonly points: number;
  readonly tilesHigh: number;
  readonly tilesWide: number;
  readonly tiles: number;
  /** Tiles of a block, no more than there are. */
  readonly block: number;
  /** Tiles that the matrix product takes at a time. */
  readonly rows: number;
  /** Strides in floats of transformed inputs and of the sums. */
  readonly inputs: { readonly tile: number; readonly point: number };
  readonly sums: { readonly tile: number; readonly point: number };
  readonly sumColumns: number;
  readonly operandCount: number;
}

export function sliceCount({ slices }: WinogradParams): number {
  return slices?.size ?? 1;
}

/** Terms of a product: slices of channels. */
export function sumLength(params: WinogradParams): number {
  return sliceCount(params) * params.channels;
}

/** An odd number of cache lines: points next to one another do not fall on the same lines of the first-level cache. */
export function conflictFreeStride(floats: number): number {
  return roundUp(floats, 32) + readableAfter;
}

/** @param block tiles of a block; infinity for all of them at once */
export function tilingOf(params: WinogradParams, block: number): Tiling {
  const { height, width, filter } = params;
  const points = (filter.height.outputs + filter.height.taps - 1) * (filter.width.outputs + filter.width.taps - 1);
  const tilesHigh = Math.ceil(height.size / filter.height.outputs);
  const tilesWide = Math.ceil(width.size / filter.width.outputs);
  const tiles = tilesHigh * tilesWide * product(params.outer.map(({ size }) => size));
  const used = Math.min(block, tiles);
  const rows = splitEvenly(used, params.tile.pixels).size;
  const slots = roundUp(used, rows);
  const sumColumns = panelsOf(params.columns, params.tile).reduce((sum, panel) => sum + panel.columns, 0);
  const inputTile = sliceCount(params) * roundUp(params.channels, 8);
  return {
    params,
    points,
    tilesHigh,
    tilesWide,
    tiles,
    block: used,
    rows,
    inputs: { tile: inputTile, point: conflictFreeStride(slots * inputTile) },
    sums: { tile: sumColumns, point: conflictFreeStride(slots * sumColumns) },
    sumColumns,
    operandCount: params.outer[0]?.operands?.length ?? height.operands?.length ?? width.operands?.length ?? 0,
  };
}

/** Floats of the packed weights. */
export function winogradWeightsSize(params: WinogradParams): number {
  const { points, sumColumns } = tilingOf(params, params.block);
  return points * sumLength(params) * sumColumns;
}

/** Floats of scratch: transformed inputs, sums, and one tile of outputs. */
interface Scratch {
  readonly inputs: number;
  readonly sums: number;
  readonly edge: number;
}

function scratchOf({ params, points, inputs, sums }: Tiling): Scratch {
  const { filter } = params;
  return {
    inputs: points * inputs.point,
    sums: points * sums.point,
    edge: filter.height.outputs * filter.width.outputs * vectorColumns,
  };
}

/**
 * Floats that Winograd needs: a thread's scratch in blocks; in steps what all threads share, and each thread's edge. Strides
 * play no part.
 */
export function winogradSizes(params: WinogradParams): {
  readonly scratch: number;
  readonly transformed: number;
  readonly sums: number;
  readonly edge: number;
} {
  const inBlocks = scratchOf(tilingOf(params, params.block));
  const inSteps = scratchOf(tilingOf(params, Number.POSITIVE_INFINITY));
  return {
    scratch: inBlocks.inputs + inBlocks.sums + inBlocks.edge,
    transformed: inSteps.inputs,
    sums: inSteps.sums,
    edge: inSteps.edge,
  };
}

/** Channels that a transform takes at a time. */
const vectorColumns = 8;
const vectors = vectorColumns / 4;

/** Moves pointers to a tile, by its linear index in `tile`, which is changed. */
function locateTile(
  f: FunctionBuilder,
  tiling: Tiling,
  index: Operand,
  pointers: readonly { readonly pointer: Local; readonly strideOf: (axis: OutputAxis) => number }[],
): { readonly row: Local; readonly column: Local } {
  const { params, tilesHigh, tilesWide } = tiling;
  const { filter } = params;
  const rest = f.local('i32', index);
  const take = (size: number): Local => {
    const at = f.local('i32', remainder(rest, size));
    f.set(rest, divide(rest, size));
    return at;
  };
  const column = take(tilesWide);
  const row = take(tilesHigh);
  const move = (at: Local, axis: OutputAxis, step: number) => {
    for (const { pointer, strideOf } of pointers) {
      const stride = strideOf(axis) * step * 4;
      if (stride !== 0) f.set(pointer, add(pointer, multiply(at, stride)));
    }
  };
  move(column, params.width, filter.width.outputs);
  move(row, params.height, filter.height.outputs);
  for (const axis of [...params.outer].reverse()) {
    if (axis.size > 1) move(take(axis.size), axis, 1);
  }
  return { row, column };
}

/** Arguments: input, transformed, first tile, end tile, the tile that `transformed` begins with. */
function inputTransform({ module, tier }: KernelTarget, tiling: Tiling): FunctionReference {
  const { params, inputs } = tiling;
  const high = filtering(params.filter.height.outputs, params.filter.height.taps);
  const wide = filtering(params.filter.width.outputs, params.filter.width.taps);
  const type = { params: Array.from({ length: 5 }, () => 'i32' as const), results: [] };
  const name = `winograd input ${high.points}x${wide.points} channels ${params.channels}`;
  return module.function(name, type, (f, input, transformed, begin, end, origin) => {
    const context = { f, tier };
    forRange(f, begin!, end!, 1, (tile) => {
      const source = f.local('i32', input);
      locateTile(f, tiling, tile, [{ pointer: source, strideOf: (axis) => axis.input }]);
      const target = f.local('i32', add(transformed!, multiply(op('i32.sub', tile, origin!), inputs.tile * 4)));
      const slice = () =>
        repeat(f, roundUp(params.channels, vectorColumns) / vectorColumns, () => {
          const columns: Lanes[][] = [];
          for (let x = 0; x < wide.points; x++) {
            const pixels: Lanes[] = [];
            for (let y = 0; y < high.points; y++) {
              const at = (y * params.height.input + x * params.width.input) * 4;
              pixels.push(Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(source, at + i * 16))));
            }
            columns.push(emitLinear(context, high.inputTransform, pixels));
          }
          for (let p = 0; p < high.points; p++) {
            const row = emitLinear(
              context,
              wide.inputTransform,
              columns.map((column) => column[p]!),
            );
            for (const [q, lanes] of row.entries()) {
              const at = (p * wide.points + q) * inputs.point * 4;
              for (const [i, lane] of lanes.entries()) storeVector(f, target, at + i * 16, lane);
            }
          }
          f.increase(source, vectorColumns * 4);
          f.increase(target, vectorColumns * 4);
        });
      const { slices } = params;
      if (slices === undefined) slice();
      else {
        repeat(f, slices.size, () => {
          slice();
          f.increase(source, (slices.stride - roundUp(params.channels, vectorColumns)) * 4);
        });
      }
    });
  });
}

export interface PointProducts {
  readonly columns: number;
  /** How often the tiling's `rows` of tiles are taken. */
  readonly rounds: Operand;
  /** Addresses, which are changed: the first tile at the point, and its sums; of the point's weights in the panel. */
  readonly a: Local;
  readonly result: Local;
  readonly weights: Local;
}

/** The sums of all tiles at a point for the columns of a panel. */
export function emitPointProducts(
  f: FunctionBuilder,
  tier: Tier,
  { params, inputs, sums, rows }: Tiling,
  { columns, rounds, a, result, weights }: PointProducts,
): void {
  forRange(f, 0, rounds, 1, () => {
    const b = f.local('i32', weights);
    const options = {
      tier,
      rows: Array.from({ length: rows }, (_, m) => m * inputs.tile),
      columns,
      sum: [
        { size: sliceCount(params), stride: roundUp(params.channels, vectorColumns) },
        { size: params.channels, stride: 1 },
      ],
    };
    const totals = emitTile(f, options, a, b);
    for (const [m, total] of totals.entries()) {
      for (const [j, value] of total.entries()) storeVector(f, result, (m * sums.tile + j * 4) * 4, value);
    }
    f.increase(a, rows * inputs.tile * 4);
    f.increase(result, rows * sums.tile * 4);
  });
}

/** Arguments: transformed, weights, sums, tiles, first product, end product. Products are points x panels. */
function products({ module, tier }: KernelTarget, tiling: Tiling): FunctionReference {
  const { params, points, inputs, sums, rows, sumColumns } = tiling;
  const { tile } = params;
  const terms = sumLength(params);
  const panels = panelsOf(params.columns, tile);
  const type = { params: Array.from({ length: 6 }, () => 'i32' as const), results: [] };
  const name = `winograd products ${terms}x${params.columns}`;
  return module.function(name, type, (f, transformed, weights, target, count, begin, end) => {
    const rounds = f.local('i32', divide(add(count!, rows - 1), rows));
    forRange(f, begin!, end!, 1, (index) => {
      const panel = f.local('i32', remainder(index, panels.length));
      const point = f.local('i32', divide(index, panels.length));
      const a = f.local('i32', add(transformed!, multiply(point, inputs.point * 4)));
      const packed = f.local(
        'i32',
        add(weights!, multiply(point, terms * sumColumns * 4), multiply(panel, terms * tile.columns * 4)),
      );
      const result = f.local('i32', add(target!, multiply(point, sums.point * 4), multiply(panel, tile.columns * 4)));
      const panelBytes = terms * tile.columns * 4;
      const hasNext = op('i32.lt_s', index, points * countWhole(panels, tile) - 1);
      prefetchPages(f, hasNext, add(packed, panelBytes), panelBytes);
      const run = (columns: number) =>
        emitPointProducts(f, tier, tiling, { columns, rounds, a, weights: packed, result });
      const last = panels.at(-1)!.columns;
      if (last === tile.columns) run(last);
      else if (panels.length === 1) run(last);
      else {
        f.if(
          op('i32.eq', panel, panels.length - 1),
          () => run(last),
          () => run(tile.columns),
        );
      }
    });
  });
}

/** Arguments: sums, bias, output, operands..., edge, first tile, end tile, the tile that `sums` begins with. */
function outputTransform({ module, tier }: KernelTarget, tiling: Tiling): FunctionReference {
  const { params, sums, operandCount, sumColumns } = tiling;
  const { filter, height, width, epilogue } = params;
  const high = filtering(filter.height.outputs, filter.height.taps);
  const wide = filtering(filter.width.outputs, filter.width.taps);
  const type = { params: Array.from({ length: 7 + operandCount }, () => 'i32' as const), results: [] };
  const name = `winograd output ${high.outputs}x${wide.outputs} columns ${params.columns}`;
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'winograd');
  return module.function(name, type, (f, ...args) => {
    const [source, bias, output] = args as [Local, Local, Local];
    const operands = args.slice(3, 3 + operandCount);
    const [edge, begin, end, origin] = args.slice(3 + operandCount) as [Local, Local, Local, Local];
    const context = { f, tier };

    /** The outputs of eight columns of a tile, with the bias. */
    const transform = (from: Local, biasAt: Local): Lanes[][] => {
      const columns: Lanes[][] = [];
      for (let q = 0; q < wide.points; q++) {
        const points: Lanes[] = [];
        for (let p = 0; p < high.points; p++) {
          const at = (p * wide.points + q) * sums.point * 4;
          points.push(Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(from, at + i * 16))));
        }
        columns.push(emitLinear(context, high.outputTransform, points));
      }
      const shift = params.bias
        ? Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(biasAt, i * 16)))
        : undefined;
      return Array.from({ length: high.outputs }, (_, y) =>
        emitLinear(
          context,
          wide.outputTransform,
          columns.map((column) => column[y]!),
        ).map((lanes) =>
          shift === undefined ? lanes : lanes.map((lane, i) => f.local('v128', op('f32x4.add', lane, shift[i]!))),
        ),
      );
    };
    const finish = (values: Lanes, addresses: readonly Local[], offsets: readonly number[]): Lanes => {
      if (epilogue === undefined) return values;
      const inputs = values.map((value, i) => [
        value,
        ...addresses.map((address, k) => f.local('v128', loadVector(address, (offsets[k]! + i * 4) * 4))),
      ]);
      return emitElementwise(f, tier, epilogue, inputs);
    };

    forRange(f, begin, end, 1, (tile) => {
      const target = f.local('i32', output);
      const sides = operands.map((operand) => f.local('i32', operand));
      const { row, column } = locateTile(f, tiling, tile, [
        { pointer: target, strideOf: (axis) => axis.output },
        ...sides.map((pointer, k) => ({ pointer, strideOf: (axis: OutputAxis) => axis.operands?.[k] ?? 0 })),
      ]);
      const from = f.local('i32', add(source, multiply(op('i32.sub', tile, origin), sums.tile * 4)));
      const biasAt = f.local('i32', bias);
      const rowsLeft = f.local(
        'i32',
        minimum(f, op('i32.sub', height.size, multiply(row, high.outputs)), high.outputs),
      );
      const columnsLeft = f.local(
        'i32',
        minimum(f, op('i32.sub', width.size, multiply(column, wide.outputs)), wide.outputs),
      );
      const whole = (writable: number) => {
        for (const [y, outputs] of transform(from, biasAt).entries()) {
          for (const [x, values] of outputs.entries()) {
            const offsets = sides.map((_, k) => y * (height.operands?.[k] ?? 0) + x * (width.operands?.[k] ?? 0));
            const at = (y * height.output + x * width.output) * 4;
            storeColumns(f, target, at, finish(values, sides, offsets), writable);
          }
        }
      };
      /** By way of scratch: for tiles that hang over the edge of the output, and for costly epilogues. */
      const partial = (writable: number) => {
        for (const [y, outputs] of transform(from, biasAt).entries()) {
          for (const [x, values] of outputs.entries()) {
            const at = (y * wide.outputs + x) * vectorColumns * 4;
            for (const [i, value] of values.entries()) storeVector(f, edge, at + i * 16, value);
          }
        }
        const rowStart = [f.local('i32', edge), f.local('i32', target), ...sides.map((side) => f.local('i32', side))];
        const rowStrides = [
          wide.outputs * vectorColumns,
          height.output,
          ...sides.map((_, k) => height.operands?.[k] ?? 0),
        ];
        const pixelStrides = [vectorColumns, width.output, ...sides.map((_, k) => width.operands?.[k] ?? 0)];
        forRange(f, 0, rowsLeft, 1, () => {
          const pointers = rowStart.map((pointer) => f.local('i32', pointer));
          forRange(f, 0, columnsLeft, 1, () => {
            const [made, into, ...others] = pointers as [Local, Local, ...Local[]];
            const values = Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(made, i * 16)));
            const finished = finish(
              values,
              others,
              others.map(() => 0),
            );
            storeColumns(f, into, 0, finished, writable);
            for (const [k, pointer] of pointers.entries()) f.increase(pointer, pixelStrides[k]! * 4);
          });
          for (const [k, pointer] of rowStart.entries()) f.increase(pointer, rowStrides[k]! * 4);
        });
      };
      const isWhole = op('i32.and', op('i32.eq', rowsLeft, high.outputs), op('i32.eq', columnsLeft, wide.outputs));
      const step = (writable: number) => {
        if (isDeferred) partial(writable);
        else {
          f.if(
            isWhole,
            () => whole(writable),
            () => partial(writable),
          );
        }
      };
      const groups = sumColumns / vectorColumns;
      // First the groups of eight columns that may be overwritten whole, then the rest.
      const wholeGroups = Math.min(groups, Math.floor(params.writable / vectorColumns));
      repeat(f, wholeGroups, () => {
        step(vectorColumns);
        f.increase(from, vectorColumns * 4);
        f.increase(target, vectorColumns * 4);
        f.increase(biasAt, vectorColumns * 4);
        for (const side of sides) f.increase(side, vectorColumns * 4);
      });
      const left = params.writable - wholeGroups * vectorColumns;
      if (wholeGroups < groups && left > 0) step(left);
    });
  });
}

export interface WinogradKernel extends Kernel {
  /** Floats of scratch that each thread needs. */
  readonly scratch: number;
}

function operationsOf({ params, points, tiles }: Tiling): number {
  return 2 * points * tiles * sumLength(params) * params.columns;
}

/** Arguments: input (its first tap at output 0), weights, bias, output, operands..., scratch. Units are blocks of tiles. */
export function winograd(target: KernelTarget, params: WinogradParams): WinogradKernel {
  const tiling = tilingOf(params, params.block);
  const { tiles, block, operandCount } = tiling;
  const scratch = scratchOf(tiling);
  const emit = () => {
    const transformInputs = inputTransform(target, tiling);
    const multiplyPoints = products(target, tiling);
    const transformOutputs = outputTransform(target, tiling);
    const type = { params: Array.from({ length: 7 + operandCount }, () => 'i32' as const), results: [] };
    const name = `winograd ${params.height.size}x${params.width.size} ${params.channels}x${params.columns}`;
    return target.module.function(name, type, (f, ...args) => {
      const [input, weights, bias, output] = args as [Local, Local, Local, Local];
      const operands = args.slice(4, 4 + operandCount);
      const [inputs, begin, end] = args.slice(4 + operandCount) as [Local, Local, Local];
      const sums = f.local('i32', add(inputs, scratch.inputs * 4));
      const edge = f.local('i32', add(sums, scratch.sums * 4));
      const allProducts = tiling.points * panelsOf(params.columns, params.tile).length;
      forRange(f, begin, end, 1, (unit) => {
        const first = f.local('i32', multiply(unit, block));
        const last = f.local('i32', minimum(f, add(first, block), tiles));
        f.run(call(transformInputs, input, inputs, first, last, first));
        f.run(call(multiplyPoints, inputs, weights, sums, op('i32.sub', last, first), 0, allProducts));
        f.run(call(transformOutputs, sums, bias, output, ...operands, edge, first, last, first));
      });
    });
  };
  return {
    function: target.module.shared(`winograd ${exactJson(params)}`, emit),
    units: Math.ceil(tiles / block),
    operations: operationsOf(tiling),
    scratch: scratch.inputs + scratch.sums + scratch.edge,
  };
}

export interface WinogradSteps {
  /** Arguments: input, transformed. Units are tiles. */
  readonly transformInputs: Kernel;
  /** Arguments: transformed, weights, sums. Units are points x panels. */
  readonly products: Kernel;
  /** Arguments: sums, bias, output, operands..., edge (of each thread). Units are tiles. */
  readonly transformOutputs: Kernel;
  /** Floats of what all threads share, and of the edge that each has. */
  readonly transformedSize: number;
  readonly sumsSize: number;
  readonly edgeSize: number;
}

/** The three steps for all tiles at once; each has to be complete before the next begins. `block` is not used. */
export function winogradSteps(target: KernelTarget, params: WinogradParams): WinogradSteps {
  const tiling = tilingOf(params, Number.POSITIVE_INFINITY);
  const { tiles, operandCount } = tiling;
  const scratch = scratchOf(tiling);
  const key = exactJson({ ...params, block: 0 });
  const wrap = (what: string, pointers: number, emit: () => FunctionReference, pass: Wrapper): FunctionReference =>
    target.module.shared(`winograd ${what} ${key}`, () => {
      const inner = emit();
      const type = { params: Array.from({ length: pointers + 2 }, () => 'i32' as const), results: [] };
      return target.module.function(`${inner.name}, all tiles`, type, (f, ...args) => {
        f.run(call(inner, ...pass(args.slice(0, pointers), args[pointers]!, args[pointers + 1]!)));
      });
    });
  return {
    transformInputs: {
      function: wrap(
        'inputs',
        2,
        () => inputTransform(target, tiling),
        (pointers, begin, end) => [...pointers, begin, end, 0],
      ),
      units: tiles,
      operations: 0,
    },
    products: {
      function: wrap(
        'products',
        3,
        () => products(target, tiling),
        (pointers, begin, end) => [...pointers, tiles, begin, end],
      ),
      units: tiling.points * panelsOf(params.columns, params.tile).length,
      operations: operationsOf(tiling),
    },
    transformOutputs: {
      function: wrap(
        'outputs',
        4 + operandCount,
        () => outputTransform(target, tiling),
        (pointers, begin, end) => [...pointers, begin, end, 0],
      ),
      units: tiles,
      operations: 0,
    },
    transformedSize: scratch.inputs,
    sumsSize: scratch.sums,
    edgeSize: scratch.edge,
  };
}

type Wrapper = (pointers: readonly Local[], begin: Local, end: Local) => readonly Operand[];
