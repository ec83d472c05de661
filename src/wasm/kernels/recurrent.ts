/**
 * The recurrence of RNN, GRU or LSTM: one direction of one layer. The gates' part from the input is
 * computed before, for all steps at once; this kernel adds the part from the state. Rows of the batch are independent.
 */

import { add, forRange, loadVector, multiply, repeat, storeVector } from '../arithmetic.js';
import { f32x4Const, type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { packedBiasSize, panelsOf, type TileSize } from './convolution.js';
import { type Elementwise, emitElementwise, input, unary } from './elementwise-expression.js';
import { mapRun, plainValues } from './fold.js';
import { type Kernel, type KernelTarget, multiplyAdd, roundUp, splitEvenly, type Tier } from './kernel.js';
import { rowKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { emitTile } from './tile.js';
import { readableAfter } from './views.js';

export interface RecurrentParams {
  /** ONNX's gates: one of an RNN, z, r, h of a GRU (whose reset gate is applied before or after the weights), i, o, f, c of an LSTM. */
  readonly cell: RecurrentCell;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  /** Strides of steps (negative for the reverse direction) and rows; the numbers of a row are adjacent. */
  readonly gates: StepStrides;
  /** All states after each step, where they are wanted. */
  readonly output?: StepStrides;
  /**
   * Distances of the rows of the first state and of the last; without, it is zeros, or not wanted. The same for both states.
   */
  readonly initial?: number;
  readonly last?: number;
  readonly hasBias: boolean;
  readonly tile: TileSize;
  /** Trees over one input, in ONNX's order: f, of a GRU f and g, of an LSTM f, g and h (default: sigmoid, tanh, tanh; an RNN's tanh). */
  readonly activations?: readonly Elementwise[];
}

export type RecurrentCell = 'rnn' | 'gru' | 'gru, reset after' | 'lstm';

export interface StepStrides {
  readonly step: number;
  readonly row: number;
}

/**
 * The columns of each pack of recurrence weights. A GRU's hidden gate reads another state when reset comes before, so it has
 * its own.
 */
export function recurrentPacks(cell: RecurrentCell, hidden: number): readonly number[] {
  if (cell === 'gru') return [2 * hidden, hidden];
  return [{ rnn: 1, 'gru, reset after': 3, lstm: 4 }[cell] * hidden];
}

/** Floats of a row in scratch: the state, the cell state of an LSTM or reset state of a GRU, the products. */
function scratchRowOf({ cell, hidden, tile }: RecurrentParams) {
  const state = roundUp(hidden, 8);
  const products = recurrentPacks(cell, hidden).reduce((sum, columns) => sum + packedBiasSize(columns, tile), 0);
  return { second: state, products: 2 * state, stride: 2 * state + products + 8 };
}

function rowsOf({ batch, tile }: RecurrentParams) {
  return splitEvenly(batch, Math.min(tile.pixels, Math.ceil(batch / 4)));
}

/** Floats of scratch that a thread needs. */
export function recurrentScratch(params: RecurrentParams): number {
  return rowsOf(params).size * scratchRowOf(params).stride + readableAfter;
}

const step = 8;

/**
 * Arguments: gates (steps, rows, as many blocks of hidden numbers as the cell has), weights (packed one pack after
 * another: sum index k is the state's), bias (a row, in the order of the gates), first state, first cell state, output, last
 * state, last cell state, scratch. Units are rows of the batch.
 */
export function recurrent(target: KernelTarget, params: RecurrentParams): Kernel {
  const { cell, batch, hidden, steps } = params;
  const rows = rowsOf(params);
  const scratchRow = scratchRowOf(params);
  const columns = recurrentPacks(cell, hidden).reduce((sum, count) => sum + count, 0);
  return rowKernel(target, {
    name: cell,
    key: params,
    axes: [{ size: rows.larger + rows.smaller, strides: [] }],
    pointers: 9,
    operations: 2 * steps * batch * hidden * columns,
    body: (f, pointers, [unit]) => {
      const firstRow = f.local('i32', multiply(unit!, rows.size));
      const run = (count: number) => emitRows(f, target.tier, params, count, firstRow, pointers, scratchRow);
      if (rows.smaller === 0) run(rows.size);
      else {
        f.if(
          op('i32.lt_s', unit!, rows.larger),
          () => run(rows.size),
          () => {
            f.set(firstRow, add(multiply(unit!, rows.size - 1), rows.larger));
            run(rows.size - 1);
          },
        );
      }
    },
  });
}

function emitRows(
  f: FunctionBuilder,
  tier: Tier,
  params: RecurrentParams,
  count: number,
  firstRow: Local,
  pointers: readonly Local[],
  scratchRow: ReturnType<typeof scratchRowOf>,
): void {
  const { cell, hidden, steps, gates, output, initial, last, tile } = params;
  const defaults = cell === 'rnn' ? ['tanh' as const] : (['sigmoid', 'tanh', 'tanh'] as const);
  const activations = params.activations ?? defaults.map((name) => unary(name, input(0)));
  const [gatesIn, weights, bias, firstState, firstCell, outputs, lastState, lastCell, scratch] = pointers as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const rowOf = (pointer: Local, stride: number) => f.local('i32', add(pointer, multiply(firstRow, stride * 4)));
  /** Goes over the rows: pointers move by strides in floats. */
  const eachRow = (moving: readonly (readonly [Local, number])[], body: (at: readonly Local[]) => void) => {
    const at = moving.map(([pointer]) => f.local('i32', pointer));
    repeat(f, count, () => {
      body(at);
      for (const [i, pointer] of at.entries()) f.increase(pointer, moving[i]![1] * 4);
    });
  };
  const copyStates = (isIn: boolean, outside: Local, stride: number, place: number) => {
    const inside = f.local('i32', add(scratch, place * 4));
    eachRow(
      [
        [inside, scratchRow.stride],
        [rowOf(outside, stride), stride],
      ],
      ([here, there]) => {
        const [from, to] = isIn ? [there!, here!] : [here!, there!];
        mapRun(f, [from], to, hidden, hidden, ([x], vectors) => plainValues(x!, vectors));
      },
    );
  };
  if (initial !== undefined) {
    copyStates(true, firstState, initial, 0);
    if (cell === 'lstm') copyStates(true, firstCell, initial, scratchRow.second);
  } else {
    eachRow([[scratch, scratchRow.stride]], ([row]) => {
      for (let j = 0; j < scratchRow.products; j += 4) storeVector(f, row!, j * 4, f32x4Const(0));
    });
  }

  /** The products of the rows' numbers at an offset with the weights at `w`, which ends after them. */
  const multiplyRows = (place: number, w: Local, biasStart: number, columns: number, into: number) => {
    const to = f.local('i32', add(scratch, into * 4));
    const biasAt = f.local('i32', add(bias, biasStart * 4));
    const one = (width: number) => {
      const a = f.local('i32', add(scratch, place * 4));
      const offsets = Array.from({ length: count }, (_, row) => row * scratchRow.stride);
      const options = { tier, rows: offsets, columns: width, sum: [{ size: hidden, stride: 1 }] };
      const sums = emitTile(f, options, a, w, params.hasBias ? biasAt : undefined);
      for (const [row, sum] of sums.entries()) storeColumns(f, to, row * scratchRow.stride * 4, sum, width);
      f.increase(to, width * 4);
      f.increase(biasAt, width * 4);
    };
    const panels = panelsOf(columns, tile);
    const halfPanels = panels.filter((panel) => panel.columns !== tile.columns);
    repeat(f, panels.length - halfPanels.length, () => one(tile.columns));
    for (const panel of halfPanels) one(panel.columns);
  };

  const gateRows = rowOf(gatesIn, gates.row);
  const outputRows = rowOf(outputs, output?.row ?? 0);
  /** Goes over the numbers of the rows, in vectors: gates, and all that is in scratch. */
  const eachVector = (
    body: (gate: (index: number) => Local[], place: (offset: number) => Local[], at: Local) => void,
  ) =>
    eachRow(
      [
        [gateRows, gates.row],
        [scratch, scratchRow.stride],
      ],
      ([gateRow, row]) => {
        const [g, s] = [f.local('i32', gateRow!), f.local('i32', row!)];
        const load = (pointer: Local, offset: number) =>
          Array.from({ length: step / 4 }, (_, j) => f.local('v128', loadVector(pointer, offset * 4 + j * 16)));
        repeat(f, Math.ceil(hidden / step), () => {
          body(
            (index) => load(g, index * hidden),
            (offset) => load(s, offset),
            s,
          );
          f.increase(g, step * 4);
          f.increase(s, step * 4);
        });
      },
    );
  const each = (values: readonly Operand[], make: (value: Operand, j: number) => Operand) =>
    values.map((value, j) => f.local('v128', make(value, j)));
  const sum = (a: readonly Operand[], b: readonly Operand[]) => each(a, (value, j) => op('f32x4.add', value, b[j]!));
  const product = (a: readonly Operand[], b: readonly Operand[]) =>
    each(a, (value, j) => op('f32x4.mul', value, b[j]!));
  const activate = (index: number) => (x: readonly Operand[]) => {
    const values = emitElementwise(
      f,
      tier,
      activations[index]!,
      x.map((value) => [value]),
    );
    return values.map((value) => f.local('v128', value));
  };
  const [gated, proposed, shown] = [activate(0), activate(1), activate(2)];
  const store = (at: Local, place: number, values: readonly Operand[]) => {
    for (const [j, value] of values.entries()) storeVector(f, at, place * 4 + j * 16, value);
  };
  const products = scratchRow.products;
  const packs = recurrentPacks(cell, hidden);

  forRange(f, 0, steps, 1, () => {
    const w = f.local('i32', weights);
    multiplyRows(0, w, 0, packs[0]!, products);
    if (cell === 'lstm') {
      eachVector((gate, place, at) => {
        const total = (index: number) => sum(gate(index), place(products + index * hidden));
        const taken = product(gated(total(0)), proposed(total(3)));
        const kept = gated(total(2));
        const before = place(scratchRow.second);
        const now = each(taken, (value, j) => multiplyAdd(tier, kept[j]!, before[j]!, value));
        const open = gated(total(1));
        store(at, scratchRow.second, now);
        store(at, 0, product(open, shown(now)));
      });
    } else if (cell === 'rnn') {
      eachVector((gate, place, at) => store(at, 0, gated(sum(gate(0), place(products)))));
    } else {
      const hiddenOffset = cell === 'gru' ? products + packedBiasSize(packs[0]!, tile) : products + 2 * hidden;
      const reset = (gate: (index: number) => Local[], place: (offset: number) => Local[]) =>
        gated(sum(gate(1), place(products + hidden)));
      if (cell === 'gru') {
        eachVector((gate, place, at) => store(at, scratchRow.second, product(reset(gate, place), place(0))));
        multiplyRows(scratchRow.second, w, 2 * hidden, packs[1]!, hiddenOffset);
      }
      eachVector((gate, place, at) => {
        const recurrentPart = cell === 'gru' ? place(hiddenOffset) : product(reset(gate, place), place(hiddenOffset));
        const candidate = proposed(sum(gate(2), recurrentPart));
        const update = gated(sum(gate(0), place(products)));
        const difference = each(place(0), (value, j) => op('f32x4.sub', value, candidate[j]!));
        store(
          at,
          0,
          each(difference, (value, j) => multiplyAdd(tier, update[j]!, value, candidate[j]!)),
        );
      });
    }
    if (output !== undefined) {
      eachRow(
        [
          [scratch, scratchRow.stride],
          [outputRows, output.row],
        ],
        ([from, to]) => mapRun(f, [from!], to!, hidden, hidden, ([x], vectors) => plainValues(x!, vectors)),
      );
      f.increase(outputRows, output.step * 4);
    }
    f.increase(gateRows, gates.step * 4);
  });
  if (last === undefined) return;
  copyStates(false, lastState, last, 0);
  if (cell === 'lstm') copyStates(false, lastCell, last, scratchRow.second);
}
