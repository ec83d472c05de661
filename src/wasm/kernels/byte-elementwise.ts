/** An elementwise tree whose inputs or result are integers of 8 bits, each a byte: 16 channels of a pixel at a time. */
import { loadVector, repeat } from '../arithmetic.js';
import { type Local, load, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { byteMap, isShift, mapBytes, shiftBytes } from './byte-map.js';
import { roundedTree, roundTree } from './byte-rounding.js';
import { loadBytes, loadWords, storeBytes, storeWholeBytes, storeWords } from './byte-tile.js';
import { cost, type Elementwise, emitElementwise } from './elementwise-expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { mergePointerAxes, type PointerAxis, positionKernel } from './rows.js';
import { storeColumns } from './store-columns.js';

/** How elements lie in memory: as float32, as bytes, or as one float32 for all. */
export type ElementStorage = 'floats' | 'bytes' | 'number';

export interface ByteElementwiseParams {
  readonly tree: Elementwise;
  /** Positions of pixels. Strides in words: of the inputs in order, then of the output. */
  readonly axes: readonly PointerAxis[];
  readonly channels: number;
  /** Channels from each pixel's start that may be overwritten. */
  readonly writable: number;
  readonly inputs: readonly ElementStorage[];
  readonly output: 'floats' | 'bytes';
}

const group = 16;

/** Vectors of whole numbers as integers, equal ones once. */
function wholeNumbers(f: FunctionBuilder, vectors: readonly Local[]): Local[] {
  const known = new Map<Local, Local>();
  for (const vector of vectors)
    if (!known.has(vector)) known.set(vector, f.local('v128', op('i32x4.trunc_sat_f32x4_s', vector)));
  return vectors.map((vector) => known.get(vector)!);
}

/** Arguments: inputs, output. */
export function byteElementwise(target: KernelTarget, params: ByteElementwiseParams): Kernel {
  const { tree, inputs, channels, output } = params;
  const elements = product(params.axes.map(({ size }) => size)) * channels;
  const groups = Math.ceil(channels / group);
  const before = (groups - 1) * group;
  const room = Math.min(group, params.writable - before);
  const map = inputs.length === 1 && inputs[0] === 'bytes' && output === 'bytes' ? byteMap(tree) : undefined;
  const rounded = output === 'bytes' ? roundedTree(tree) : undefined;
  const emit = (f: FunctionBuilder, pointers: readonly Local[], most: number) => {
    const vectors = Math.ceil(Math.min(most, group) / 4);
    if (map !== undefined && isShift(map)) {
      const bytes = f.local('v128', loadVector(pointers[0]!));
      storeWholeBytes(f, pointers.at(-1)!, shiftBytes(f, bytes, map), Math.min(most, vectors * 4), 0);
      return;
    }
    if (map !== undefined) {
      const mapped = mapBytes(f, loadWords(f, pointers[0]!, vectors), map);
      storeWords(f, pointers.at(-1)!, mapped, most, 0, 255);
      return;
    }
    const columns = inputs.map((storage, i): readonly Local[] => {
      const pointer = pointers[i]!;
      if (storage === 'bytes') return loadBytes(f, pointer, vectors);
      if (storage === 'number') {
        const number = f.local('v128', load('v128.load32_splat', pointer));
        return Array.from({ length: vectors }, () => number);
      }
      return Array.from({ length: vectors }, (_, j) => f.local('v128', loadVector(pointer, j * 16)));
    });
    const rows = Array.from({ length: vectors }, (_, j) => columns.map((column) => column[j]!));
    if (rounded !== undefined) {
      const { shift, least, most: largest } = rounded;
      const shifts = shift === undefined ? undefined : wholeNumbers(f, columns[shift]!);
      storeWords(f, pointers.at(-1)!, roundTree(f, target.tier, rounded, rows, shifts), most, least, largest);
      return;
    }
    const values = emitElementwise(f, target.tier, tree, rows);
    if (output === 'bytes') storeBytes(f, pointers.at(-1)!, values, most);
    else storeColumns(f, pointers.at(-1)!, 0, values, most);
  };
  const bytesOf = (storage: ElementStorage) => ({ floats: group * 4, bytes: group, number: 0 })[storage];
  return positionKernel(target, {
    name: 'byte elementwise',
    axes: mergePointerAxes(params.axes),
    pointers: inputs.length + 1,
    operations: elements * Math.max(1, cost(tree)),
    work: channels,
    body: (f, pointers) => {
      repeat(f, groups - 1, () => {
        emit(f, pointers, group);
        for (const [i, storage] of [...inputs, output].entries()) {
          if (storage !== 'number') f.increase(pointers[i]!, bytesOf(storage));
        }
      });
      emit(f, pointers, room);
    },
  });
}
