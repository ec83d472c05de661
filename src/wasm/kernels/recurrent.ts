/**
 * The recurrence of RNN, GRU or LSTM: one direction of one layer. The gates' part from the input is
 * computed before, for all steps at once; this kernel adds the part from the state. Rows of the batch are independent.
 */

import { add, forRange, loadVector, move, multiply, repeat } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { type Local, memoryFill, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type ConvolutionParams, packedBiasSize, panelsOf, pixelSteps, type TileSize } from './convolution.js';
import { callTile } from './convolution-tile.js';
import { type Elementwise, emitElementwise, input, unary } from './elementwise-expression.js';
import { mapRun, plainValues } from './fold.js';
import { type Kernel, type KernelTarget, multiplyAdd, roundUp, splitEvenly } from './kernel.js';
import { rowKernel } from './rows.js';
import { callSized, sizedFunction } from './sized.js';
import { storeVectors } from './store-columns.js';
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
    axes: [{ size: rows.larger + rows.smaller, strides: [] }],
    pointers: 9,
    operations: 2 * steps * batch * hidden * columns,
    body: (f, pointers, [unit]) => {
      const firstRow = f.local('i32', multiply(unit!, rows.size));
      const run = (count: number) => emitRows(f, target, params, count, firstRow, pointers, scratchRow);
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
  target: KernelTarget,
  params: RecurrentParams,
  count: number,
  firstRow: Local,
  pointers: readonly Local[],
  scratchRow: ReturnType<typeof scratchRowOf>,
): void {
  const { module } = target;
  const { cell, hidden, steps, gates, output, initial, last, tile, hasBias } = params;
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
    eachRow([[scratch, scratchRow.stride]], ([row]) => f.run(memoryFill(row!, 0, scratchRow.products * 4)));
  }

  /** The products of the rows' numbers at an offset with the weights at `w`, which ends after them. */
  const multiplyRows = (place: number, w: Local, biasStart: number, columns: number, into: number) => {
    const to = f.local('i32', add(scratch, into * 4));
    const biasAt = f.local('i32', add(bias, biasStart * 4));
    const rows = { size: count, input: scratchRow.stride, output: scratchRow.stride };
    const product: ConvolutionParams = {
      ...{ outer: [], height: rows, width: { size: 1, input: 0, output: 0 }, sum: [{ size: hidden, stride: 1 }] },
      ...{ columns, writable: columns, bias: hasBias, tile },
    };
    const one = (width: number) => {
      const form = { pixels: count, columns: width, writable: width, panels: 1 };
      const pointers = { input: add(scratch, place * 4), weights: w, bias: biasAt, output: to };
      f.run(
        callTile(target, product, form, pixelSteps(product, 0), { ...pointers, operands: [], own: [], column: 0 }, 1),
      );
      f.increase(w, hidden * width * 4);
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
  const products = scratchRow.products;
  const packs = recurrentPacks(cell, hidden);
  /** A stage of all rows: what it takes of the gates, by their numbers, and of scratch, by places in a row. */
  const run = (stage: Stage, blocks: readonly number[], places: readonly number[]) => {
    const sizes = {
      rows: count,
      rounds: Math.ceil(hidden / step),
      strides: [gates.row * 4, scratchRow.stride * 4],
      starts: [...blocks.map((block) => block * hidden * 4), ...places.map((place) => place * 4)],
    };
    const form = { name: `${cell}, ${stage.name}`, form: exactJson(activations), own: 2 };
    const given = sizedFunction(module, form, sizes, (g, [gateRow, row], { rows, rounds, strides, starts }) => {
      repeat(g, rows, () => {
        const pointers = starts.map((start, i) => g.local('i32', add(i < blocks.length ? gateRow! : row!, start)));
        repeat(g, rounds, () => {
          stage.emit(
            cellArithmetic(g, target, activations),
            pointers.map((pointer) => () => lanes(g, pointer)),
            (index, values) => storeVectors(g, pointers[blocks.length + index]!, 0, values),
          );
          for (const pointer of pointers) g.increase(pointer, step * 4);
        });
        for (const [i, pointer] of [gateRow!, row!].entries()) move(g, pointer, strides[i]!);
      });
    });
    f.run(callSized(given, gateRows, scratch));
  };

  forRange(f, 0, steps, 1, () => {
    const w = f.local('i32', weights);
    multiplyRows(0, w, 0, packs[0]!, products);
    const block = (index: number) => products + index * hidden;
    if (cell === 'lstm') run(lstm, [0, 1, 2, 3], [0, scratchRow.second, ...[0, 1, 2, 3].map(block)]);
    else if (cell === 'rnn') run(rnn, [0], [0, block(0)]);
    else if (cell === 'gru') {
      const hiddenOffset = products + packedBiasSize(packs[0]!, tile);
      run(reset, [1], [scratchRow.second, 0, block(1)]);
      multiplyRows(scratchRow.second, w, 2 * hidden, packs[1]!, hiddenOffset);
      run(gru, [0, 2], [0, block(0), hiddenOffset]);
    } else run(gruResetAfter, [0, 1, 2], [0, block(0), block(1), block(2)]);
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

type Values = readonly Operand[];

/** What the numbers of all rows become once their products are there, in vectors. */
interface Stage {
  readonly name: string;
  /**
   * @param at what loads the next numbers of each block of gates, then of each place
   * @param store the next numbers of a place
   */
  readonly emit: (
    arithmetic: CellArithmetic,
    at: readonly (() => Values)[],
    store: (place: number, values: Values) => void,
  ) => void;
}

type CellArithmetic = ReturnType<typeof cellArithmetic>;

function lanes(f: FunctionBuilder, pointer: Local): Local[] {
  return Array.from({ length: step / 4 }, (_, j) => f.local('v128', loadVector(pointer, j * 16)));
}

function cellArithmetic(f: FunctionBuilder, { tier }: KernelTarget, activations: readonly Elementwise[]) {
  const each = (values: Values, make: (value: Operand, j: number) => Operand) =>
    values.map((value, j) => f.local('v128', make(value, j)));
  const activate = (index: number) => (x: Values) => {
    const inputs = x.map((value) => [value]);
    return each(emitElementwise(f, tier, activations[index]!, inputs), (value) => value);
  };
  return {
    sum: (a: Values, b: Values) => each(a, (value, j) => op('f32x4.add', value, b[j]!)),
    difference: (a: Values, b: Values) => each(a, (value, j) => op('f32x4.sub', value, b[j]!)),
    product: (a: Values, b: Values) => each(a, (value, j) => op('f32x4.mul', value, b[j]!)),
    productPlus: (a: Values, b: Values, c: Values) => each(a, (value, j) => multiplyAdd(tier, value, b[j]!, c[j]!)),
    gated: activate(0),
    proposed: activate(1),
    shown: activate(2),
  };
}

const lstm: Stage = {
  name: 'all',
  emit: ({ sum, product, productPlus, gated, proposed, shown }, at, store) => {
    const total = (index: number) => sum(at[index]!(), at[6 + index]!());
    const taken = product(gated(total(0)), proposed(total(3)));
    const kept = gated(total(2));
    const now = productPlus(kept, at[5]!(), taken);
    const open = gated(total(1));
    store(1, now);
    store(0, product(open, shown(now)));
  },
};

const rnn: Stage = {
  name: 'all',
  emit: ({ sum, gated }, [gate, , products], store) => store(0, gated(sum(gate!(), products!()))),
};

const reset: Stage = {
  name: 'reset',
  emit: ({ sum, product, gated }, [gate, , state, products], store) =>
    store(0, product(gated(sum(gate!(), products!())), state!())),
};

/** The state after a step of a GRU. */
function gruState(
  { sum, difference, productPlus, gated, proposed }: CellArithmetic,
  recurrentPart: Values,
  hidden: () => Values,
  update: () => readonly [Values, Values],
  state: () => Values,
): Values {
  const candidate = proposed(sum(hidden(), recurrentPart));
  const kept = gated(sum(...update()));
  return productPlus(kept, difference(state(), candidate), candidate);
}

const gru: Stage = {
  name: 'state',
  emit: (arithmetic, [update, hidden, state, updateProducts, hiddenProducts], store) =>
    store(
      0,
      gruState(arithmetic, hiddenProducts!(), hidden!, () => [update!(), updateProducts!()], state!),
    ),
};

const gruResetAfter: Stage = {
  name: 'all',
  emit: (arithmetic, [update, resets, hidden, state, updateProducts, resetProducts, hiddenProducts], store) => {
    const { sum, product, gated } = arithmetic;
    const recurrentPart = product(gated(sum(resets!(), resetProducts!())), hiddenProducts!());
    store(
      0,
      gruState(arithmetic, recurrentPart, hidden!, () => [update!(), updateProducts!()], state!),
    );
  },
};
