/** Executes a plan in the plainest way: one thread, a call a step, constants packed by the functions of the kernels. */

import { elementTypeFacts } from '../../src/ir/element-type.js';
import type { Graph } from '../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { elementCount, rowMajorStrides, Tensor } from '../../src/ir/tensor.js';
import { RandomSource } from '../../src/ops/random-source.js';
import { findOperator } from '../../src/ops/registry.js';
import {
  type Address,
  type ExecutionPlan,
  noTap,
  type Operand,
  type PlanConstant,
  type WeightSource,
} from '../../src/plan/execution-plan.js';
import { failOf } from '../../src/runtime/faults.js';
import { packWeights } from '../../src/wasm/kernels/convolution.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { emitKernel } from '../../src/wasm/kernels/spec.js';
import { ModuleBuilder } from '../../src/wasm/module.js';
import { inTurns, packSmallNWeights, packWinogradWeights } from '../support/pack-weights.js';

function packed(loadConstant: (value: string) => Tensor, { recipe, floats }: PlanConstant, tier: Tier): Float32Array {
  const result = new Float32Array(floats);
  if (recipe.kind === 'bytes') {
    new Uint8Array(result.buffer).set(Uint8Array.from(atob(recipe.base64), (c) => c.charCodeAt(0)));
    return result;
  }
  const elements = (value: string) => numbersOf(loadConstant(value));
  if (recipe.kind === 'elements') {
    result.set(elements(recipe.value));
    return result;
  }
  if (recipe.kind === 'words') {
    const { data } = loadConstant(recipe.value);
    const { buffer, byteOffset, byteLength } = data as BigInt64Array;
    new Uint8Array(result.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
    return result;
  }
  if (recipe.kind === 'rows') {
    for (const [i, value] of Array.from(elements(recipe.value)).entries()) {
      result[Math.floor(i / recipe.columns) * recipe.stride + (i % recipe.columns)] = value;
    }
    return result;
  }
  let position = 0;
  for (const piece of recipe.pieces) {
    const data = elements(piece.value);
    const weight = (tap: number, channel: number, column: number) =>
      piece.taps[tap] === noTap
        ? 0
        : data[piece.base + piece.taps[tap]! + channel * piece.channelStride + column * piece.columnStride]!;
    const loaded = loadConstant(piece.value);
    if (loaded.type === 'int32') {
      // Words of bytes: their places are packed, as a float that is no number would not keep its bits.
      const places = packPiece(piece, (tap, channel, column) => {
        return 1 + piece.base + piece.taps[tap]! + channel * piece.channelStride + column * piece.columnStride;
      });
      const words = loaded.data as Int32Array;
      new Int32Array(result.buffer).set(
        Array.from(places, (place) => (place === 0 ? 0 : words[place - 1]!)),
        position,
      );
      position += places.length;
      continue;
    }
    const part = packPiece(piece, weight);
    result.set(part, position);
    position += part.length;
  }
  return result;

  function packPiece(
    { taps, channels, columns }: WeightSource,
    weight: (tap: number, channel: number, column: number) => number,
  ): Float32Array {
    if (recipe.kind === 'small-N') return packSmallNWeights(tier, taps.length, channels, columns, weight);
    if (recipe.kind === 'winograd') {
      const [high, wide] = [0, 1].map((i) => ({ outputs: recipe.outputs[i]!, taps: recipe.taps[i]! }));
      const axis = { size: 1, input: 0, output: 0 };
      const params = {
        outer: [],
        height: axis,
        width: axis,
        filter: { height: high!, width: wide! },
        slices: [{ size: taps.length / (high!.taps * wide!.taps), stride: 0 }],
        channels,
        columns,
        writable: columns,
        bias: false,
        tile: { pixels: 6, columns: recipe.tileColumns },
        block: 1,
      };
      return packWinogradWeights(params, (y, x, term, column) => {
        const slice = Math.floor(term / channels);
        return weight((slice * high!.taps + y) * wide!.taps + x, term % channels, column);
      });
    }
    if (recipe.kind !== 'panels' && recipe.kind !== 'depthwise') throw new Error('not weights');
    const tile = { pixels: 6, columns: recipe.tileColumns };
    const plain = packWeights(taps.length * channels, columns, tile, (k, column) =>
      weight(Math.floor(k / channels), k % channels, column),
    );
    const { turns } = recipe as { readonly turns?: { readonly channels: number; readonly panels: number } };
    return turns ? inTurns(plain, { taps: taps.length, channels, columns, tile, turns }) : plain;
  }
}

/** Constants of the graph and of the plan, by name; what is derived is computed here once more, in its own way. */
function constantsOf(graph: Graph, { derived }: ExecutionPlan): (value: string) => Tensor {
  const own = (value: string) => {
    const constant = [...graph.constants].find(([{ name }]) => name === value)?.[1];
    if (constant === undefined) throw new Error(`no constant ${value}`);
    return constant.load();
  };
  return (value) => {
    const recipe = derived.find(({ name }) => name === value);
    if (recipe === undefined) return own(value);
    const along = (name: string | undefined, otherwise: number) => {
      const numbers = name === undefined ? [otherwise] : [...numbersOf(own(name))];
      const { blocks, run } = recipe;
      if (blocks !== undefined && name !== undefined) {
        // Each of an axis of blocks as often as the block has elements.
        const lines = Array.from({ length: numbers.length / run }, (_, line) => line * run);
        const count = Math.ceil(blocks.length / blocks.size);
        const repeated = lines.flatMap((start, line) => {
          const isLast = line % count === count - 1;
          const times = isLast ? blocks.length - (count - 1) * blocks.size : blocks.size;
          return new Array<readonly number[]>(times).fill(numbers.slice(start, start + run)).flat();
        });
        return (i: number) => repeated[i]!;
      }
      return (i: number) => numbers[Math.floor(i / run) % numbers.length]!;
    };
    const [zero, scale] = [along(recipe.zeroPoint, 0), along(recipe.scale, 1)];
    if (recipe.words !== undefined) {
      const { axis, base } = recipe.words;
      const { dims, data } = own(recipe.value);
      const inner = elementCount(dims.slice(axis + 1));
      const words = new Int32Array(elementCount(recipe.dims));
      for (const [i, element] of Array.from(data as Int8Array).entries()) {
        const place = Math.floor(i / inner) % dims[axis]!;
        const outer = Math.floor(i / inner / dims[axis]!);
        const word = (outer * recipe.dims[axis]! + (place >> 2)) * inner + (i % inner);
        words[word]! |= ((element - base - zero(i)) & 255) << ((place & 3) * 8);
      }
      return new Tensor('int32', recipe.dims, words);
    }
    if (recipe.isAtPoints === true) return weightsAtPoints(own(recipe.value), zero, recipe.dims);
    if (recipe.repeats !== undefined) return repeatedWeights(own(recipe.value), recipe.repeats, recipe.dims);
    const elements = Array.from(numbersOf(own(recipe.value)), (element, i) => (element - zero(i)) * scale(i));
    return tensorFromNumbers('float32', recipe.dims, elements);
  };
}

/** Kernels between two matrices: what F(4×4, 3×3) multiplies by, in multiples that are whole. Two channels of 16 bits a word. */
function weightsAtPoints(source: Tensor, zero: (i: number) => number, dims: readonly number[]): Tensor {
  const [channels, pairs] = [source.dims[1]!, dims[1]!];
  const matrix = ['6 0 0', '1 1 1', '1 -1 1', '1 2 4', '1 -2 4', '0 0 6'].map((row) => row.split(' ').map(Number));
  const numbers = numbersOf(source);
  const words = new Int32Array(elementCount(dims));
  for (const [word] of words.entries()) {
    const [point, pair, output] = [word % 36, Math.floor(word / 36) % pairs, Math.floor(word / 36 / pairs)];
    const [down, right] = [matrix[Math.floor(point / 6)]!, matrix[point % 6]!];
    const [low, high] = [2 * pair, 2 * pair + 1].map((channel) => {
      if (channel >= channels) return 0;
      const first = (output * channels + channel) * 9;
      const terms = down.flatMap((a, y) => right.map((b, x) => [a * b, first + 3 * y + x] as const));
      return terms.reduce((sum, [factor, i]) => sum + factor * (numbers[i]! - zero(i)), 0);
    });
    words[word] = (low! & 0xffff) | (high! << 16);
  }
  return new Tensor('int32', dims, words);
}

/** Element i along an axis of k weights is the sum of weights k - 1 - i to k - 1 - i + repeats - 1, of those that there are. */
function repeatedWeights(source: Tensor, repeats: readonly number[], dims: readonly number[]): Tensor {
  const [strides, onto] = [source.dims, dims].map(rowMajorStrides);
  const numbers = numbersOf(source);
  const elements = Array.from({ length: elementCount(dims) }, (_, i) => {
    const at = dims.map((size, axis) => Math.floor(i / onto![axis]!) % size);
    let places = [at[0]! * strides![0]! + at[1]! * strides![1]!];
    for (const [spatial, count] of repeats.entries()) {
      const axis = spatial + 2;
      const size = source.dims[axis]!;
      const taps = Array.from({ length: count }, (_tap, k) => size - 1 - at[axis]! + k);
      places = places.flatMap((place) =>
        taps.filter((tap) => tap >= 0 && tap < size).map((tap) => place + tap * strides![axis]!),
      );
    }
    return places.reduce((sum, place) => sum + numbers[place]!, 0);
  });
  return tensorFromNumbers('float32', dims, elements);
}

const pageFloats = 16384;

/**
 * Memory is filled with NaN first: what is read before it is written shows.
 * @param pieces parts that the units of each step are done in, the last first
 */
export function executePlan(
  graph: Graph,
  plan: ExecutionPlan,
  tier: Tier,
  feeds: readonly Tensor[],
  pieces = 1,
): readonly Tensor[] {
  const module = new ModuleBuilder();
  const starts: number[] = [];
  let end = 64;
  for (const { floats } of plan.constants) {
    starts.push(end);
    end += Math.ceil(floats / 16) * 16 + 16;
  }
  const arena = end;
  const scratch = arena + plan.arena + 64;
  const pages = Math.ceil((scratch + plan.scratch + 64) / pageFloats);
  module.importMemory('host', 'memory', { initial: pages });
  const kernels = plan.steps.map((step) => (step.kind === 'kernel' ? emitKernel({ module, tier }, step.kernel) : null));
  const exported = new Set<number>();
  for (const kernel of kernels) {
    if (kernel === null || exported.has(kernel.function.index)) continue;
    exported.add(kernel.function.index);
    for (const each of [kernel.function, ...(kernel.prepare === undefined ? [] : [kernel.prepare])])
      module.export(each, `f${each.index}`);
  }
  const memory = new WebAssembly.Memory({ initial: pages });
  const floats = new Float32Array(memory.buffer).fill(Number.NaN);
  const loadConstant = constantsOf(graph, plan);
  const wordsAt = new Int32Array(memory.buffer);
  for (const [i, constant] of plan.constants.entries()) {
    // As words: numbers may be the bits of integers, which a float that is no number would not keep.
    wordsAt.set(new Int32Array(packed(loadConstant, constant, tier).buffer), starts[i]!);
  }
  for (const { offset } of plan.faults) wordsAt.fill(0, arena + offset, arena + offset + 3);
  const bytes = module.toBytes();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  const addressOf = (address: Address) => {
    if (address.space === 'constant') return (starts[address.index]! + address.offset) * 4;
    return ((address.space === 'arena' ? arena : scratch) + address.offset) * 4;
  };
  const host = new Map<number, Tensor>();
  const read = (operand: Operand): Tensor | undefined => {
    switch (operand.kind) {
      case 'absent':
        return undefined;
      case 'host':
        return host.get(operand.index);
      case 'weight':
        return loadConstant(operand.value);
      case 'arena': {
        const start = arena + operand.offset;
        const count = elementCount(operand.dims);
        if (operand.cells !== 'float32') {
          const { array } = elementTypeFacts(operand.type);
          return new Tensor(operand.type, operand.dims, new array!(memory.buffer, start * 4, count).slice());
        }
        return tensorFromNumbers(operand.type, operand.dims, floats.slice(start, start + count));
      }
    }
  };
  const write = (operand: Operand, tensor: Tensor) => {
    if (operand.kind === 'host') host.set(operand.index, tensor);
    else if (operand.kind === 'arena' && operand.cells !== 'float32') {
      const { array } = elementTypeFacts(operand.type);
      const place = new array!(memory.buffer, (arena + operand.offset) * 4, elementCount(operand.dims));
      (place as BigInt64Array).set(tensor.data as BigInt64Array);
    } else if (operand.kind === 'arena') floats.set(numbersOf(tensor), arena + operand.offset);
  };
  for (const [i, port] of plan.inputs.entries()) write(port.operand, feeds[i]!);
  const random = new RandomSource(0);
  for (const [i, step] of plan.steps.entries()) {
    if (step.kind === 'kernel') {
      const kernel = kernels[i]!;
      const run = exports[`f${kernel.function.index}`] as (...args: number[]) => void;
      const args = step.arguments.map(addressOf);
      if (kernel.prepare !== undefined) (exports[`f${kernel.prepare.index}`] as typeof run)(...args);
      for (let piece = pieces - 1; piece >= 0; piece--) {
        const [begin, end] = [piece, piece + 1].map((part) => Math.floor((kernel.units * part) / pieces));
        if (begin! < end!) run(...args, begin!, end!);
      }
      continue;
    }
    if (step.kind === 'counted') {
      const [room, count] = step.inputs.map((operand) => read(operand)!);
      const dims = step.dims.map((size) => size ?? Number(count!.data[0]));
      write(step.outputs[0]!, new Tensor(room!.type, dims, (room!.data as Float32Array).slice(0, elementCount(dims))));
      continue;
    }
    const node = graph.nodes[step.nodes[0]!]!;
    const outputs = findOperator(node)!
      .bind(node)
      .reference({
        inputs: step.inputs.map(read),
        outputCount: node.outputs.length,
        random,
        runGraph: () => {
          throw new Error('subgraphs are not run here');
        },
      });
    for (const [k, operand] of step.outputs.entries()) if (outputs[k] !== undefined) write(operand, outputs[k]);
  }
  for (const fault of plan.faults) {
    const words = wordsAt.subarray(arena + fault.offset, arena + fault.offset + 3);
    if (words[0] !== 0) failOf(fault, words);
  }
  return plan.outputs.map(({ operand }) => read(operand)!);
}
