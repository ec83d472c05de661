/**
 * Single kernels against native onnxruntime on one thread: every algorithm that fits a layer, on layers of the networks
 * unstride exists for.
 *
 *     cd bench && npm ci --ignore-scripts && npm run kernels -- [--tier wide|fma|baseline] [--layer TEXT] [--seconds N]
 *
 * Both run in this process, in turns, after results have been compared; of two runs in a row the second counts. GFLOP/s count what the definition needs, so an
 * algorithm that needs less may be above what the processor can do. The ratio is the peer's time by ours: above 1, ours is
 * faster; first that of the medians, then that of the fastest runs (which a busy machine disturbs less).
 */
import { parseArgs } from 'node:util';
import v8 from 'node:v8';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  type AxisWindow,
  convolutionAxis,
  directParams,
  haloOf,
  type LayerParams,
  onlyPosition,
  placeWindows,
  transposedPhases,
} from '../src/lower/convolution/geometry.js';
import {
  convolution,
  defaultTile,
  packedBiasSize,
  packWeights,
  smallNTile,
  type TileSize,
} from '../src/wasm/kernels/convolution.js';
import { interleave } from '../src/wasm/kernels/interleave.js';
import type { Kernel, Tier } from '../src/wasm/kernels/kernel.js';
import { smallNScratch } from '../src/wasm/kernels/tile.js';
import { ownView, type View } from '../src/wasm/kernels/views.js';
import { winogradProducts } from '../src/wasm/kernels/winograd/products.js';
import {
  betweenSizes,
  blockScratch,
  stepTiling,
  transformScratch,
  type WinogradParams,
  type WinogradProductsParams,
} from '../src/wasm/kernels/winograd/tiling.js';
import { winograd, winogradInputs, winogradOutputs } from '../src/wasm/kernels/winograd/winograd.js';
import { ModuleBuilder } from '../src/wasm/module.js';
import { packSmallNWeights, packWinogradWeights } from '../test/support/pack-weights.js';
import type { Layer } from './cases.js';
import {
  layerBias,
  layerName,
  layers,
  layerWeights,
  moreLayers,
  operationsOf,
  outputSize as outputSizeOf,
} from './layers.js';
import { noise } from './noise.js';
import { singleNodeModel } from './peer-model.js';

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'wide' },
    layer: { type: 'string', default: '' },
    algorithm: { type: 'string', default: '' },
    seconds: { type: 'string', default: '2' },
    tile: { type: 'string' },
    block: { type: 'string' },
    rows: { type: 'string' },
    panels: { type: 'string' },
    alone: { type: 'boolean', default: false },
  },
});
const tier = options.tier as Tier;
if (tier === 'wide') v8.setFlagsFromString('--experimental-wasm-revectorize');
const tile: TileSize =
  options.tile === undefined
    ? defaultTile[tier]
    : { pixels: Number(options.tile.split('x')[0]), columns: Number(options.tile.split('x')[1]) };

/** Memory addresses in floats, handed out one after another. */
class Arena {
  #end = 1024;
  take(floats: number): number {
    const start = this.#end;
    this.#end = Math.ceil((start + floats + 16) / 16) * 16;
    return start;
  }
  get pages(): number {
    return Math.ceil((this.#end * 4) / 65536) + 1;
  }
}

interface Step {
  readonly name: string;
  readonly kernel: Kernel;
  /** Addresses in floats. */
  readonly pointers: readonly number[];
}

interface Algorithm {
  readonly name: string;
  readonly steps: Step[];
  readonly constants: { readonly at: number; readonly data: Float32Array }[];
}

interface Problem {
  readonly layer: Layer;
  readonly outputSize: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  /** ONNX order: Conv [to, from, k, k], ConvTranspose [from, to, k, k]. */
  weightAt(y: number, x: number, from: number, to: number): number;
  readonly windows: readonly (readonly [AxisWindow, AxisWindow])[];
}

function problemOf(layer: Layer): Problem {
  const { op, from, to, kernel, stride = 1, pad = 0 } = layer;
  const weights = layerWeights(layer);
  const outputSize = outputSizeOf(layer);
  const axis =
    op === 'Conv'
      ? [convolutionAxis(outputSize, kernel, stride, 1, pad)]
      : transposedPhases(outputSize, kernel, stride, 1, pad);
  return {
    layer,
    outputSize,
    weights,
    bias: layerBias(layer),
    weightAt: (y, x, c, o) => weights[((op === 'Conv' ? o * from + c : c * to + o) * kernel + y) * kernel + x]!,
    windows: axis.flatMap((height) => axis.map((width) => [height, width] as const)),
  };
}

interface Placement {
  readonly layer: LayerParams;
  readonly input: number;
  readonly output: number;
  readonly bias: number;
}

type Builder = (module: ModuleBuilder, arena: Arena, problem: Problem, at: Placement) => Algorithm | undefined;

function addDirect(
  algorithm: Algorithm,
  module: ModuleBuilder,
  arena: Arena,
  problem: Problem,
  at: Placement,
  height: AxisWindow,
  width: AxisWindow,
) {
  const channels = problem.layer.from;
  const unit = { rows: Number(options.rows ?? 4), panels: Number(options.panels ?? 1000) };
  const { params, inputOffset, outputOffset } = directParams(
    at.layer,
    { depth: onlyPosition, height, width },
    tile,
    unit,
  );
  const sumLength = height.taps.length * width.taps.length * channels;
  const data = packWeights(sumLength, problem.layer.to, tile, (k, o) => {
    const tap = Math.floor(k / channels);
    const y = height.taps[Math.floor(tap / width.taps.length)]!;
    return problem.weightAt(y, width.taps[tap % width.taps.length]!, k % channels, o);
  });
  const weights = arena.take(data.length);
  algorithm.constants.push({ at: weights, data });
  algorithm.steps.push({
    name: 'convolution',
    kernel: convolution({ module, tier }, params),
    pointers: [at.input + inputOffset, weights, at.bias, at.output + outputOffset],
  });
}

const direct: Builder = (module, arena, problem, at) => {
  const algorithm: Algorithm = { name: 'direct', steps: [], constants: [] };
  for (const [height, width] of problem.windows) addDirect(algorithm, module, arena, problem, at, height, width);
  return algorithm;
};

function filterFor(window: AxisWindow, outputs: number): { outputs: number; taps: number } | undefined {
  const isFit = window.inputStep === 1 && window.tapStep === 1 && window.taps.length >= 2 && window.taps.length <= 3;
  return isFit ? { outputs, taps: window.taps.length } : undefined;
}

function winogradBuilder(outputs: number, isInSteps: boolean): Builder {
  return (module, arena, problem, at) => {
    const name = `winograd F(${outputs})${isInSteps ? ' in steps' : ''}`;
    const algorithm: Algorithm = { name, steps: [], constants: [] };
    let isUsed = false;
    for (const [height, width] of problem.windows) {
      const filters = [filterFor(height, outputs), filterFor(width, outputs)];
      if (filters[0] === undefined || filters[1] === undefined) {
        addDirect(algorithm, module, arena, problem, at, height, width);
        continue;
      }
      isUsed = true;
      const placed = placeWindows(at.layer, { depth: onlyPosition, height, width });
      const { from, to } = problem.layer;
      const params: WinogradParams = {
        ...placed.params,
        filter: { height: filters[0], width: filters[1] },
        channels: from,
        columns: to,
        writable: at.layer.output.writable,
        bias: true,
        tile,
        block: Number(options.block ?? 24),
      };
      const data = packWinogradWeights(params, (y, x, c, o) => problem.weightAt(height.taps[y]!, width.taps[x]!, c, o));
      const weights = arena.take(data.length);
      algorithm.constants.push({ at: weights, data });
      const [input, output] = [at.input + placed.inputOffset, at.output + placed.outputOffset];
      if (!isInSteps) {
        const kernel = winograd({ module, tier }, params);
        const pointers = [input, weights, at.bias, output, arena.take(blockScratch(params))];
        algorithm.steps.push({ name: 'winograd', kernel, pointers });
        continue;
      }
      const target = { module, tier };
      const [high, wide] = [filters[0], filters[1]];
      const products: WinogradProductsParams = {
        ...params,
        parts: [{ height: high.outputs, width: wide.outputs, tiles: stepTiling(params).tiles }],
      };
      const sizes = betweenSizes(products);
      const transformed = arena.take(sizes.transformed);
      const sums = arena.take(sizes.sums);
      const own = arena.take(transformScratch(params.filter));
      algorithm.steps.push(
        { name: 'inputs', kernel: winogradInputs(target, params), pointers: [input, transformed, own] },
        { name: 'products', kernel: winogradProducts(target, products), pointers: [transformed, weights, sums] },
        { name: 'outputs', kernel: winogradOutputs(target, params), pointers: [sums, at.bias, output, own] },
      );
    }
    return isUsed ? algorithm : undefined;
  };
}

/** The direct subconvolutions of a transposed convolution in turns, so that rows stay in the cache. */
const interleaved: Builder = (module, arena, problem, at) => {
  if (problem.windows.length === 1) return undefined;
  const { steps, constants } = direct(module, arena, problem, at)!;
  const first = steps[0]!.pointers;
  const pieces = steps.map(({ kernel, pointers }) => ({
    kernel,
    offsets: pointers.map((pointer, i) => pointer - first[i]!),
  }));
  const kernel = interleave({ module, tier }, pieces);
  return { name: 'direct, in turns', steps: [{ name: 'subconvolutions', kernel, pointers: first }], constants };
};

const smallN: Builder = (module, arena, problem, at) => {
  const { from, to } = problem.layer;
  if (to > 4) return undefined;
  const constants: Algorithm['constants'] = [];
  const placed = problem.windows.map(([height, width]) => {
    const windows = { depth: onlyPosition, height, width };
    const own = directParams(at.layer, windows, smallNTile(to), { rows: 4, panels: 1 });
    const taps = height.taps.length * width.taps.length;
    const data = packSmallNWeights(tier, taps, from, to, (tap, c, o) =>
      problem.weightAt(height.taps[Math.floor(tap / width.taps.length)]!, width.taps[tap % width.taps.length]!, c, o),
    );
    const weights = arena.take(data.length);
    constants.push({ at: weights, data });
    return { own, weights };
  });
  const first = placed[0]!.weights;
  const kernel = interleave(
    { module, tier },
    placed.map(({ own, weights }) => ({
      kernel: convolution({ module, tier }, { ...own.params, algorithm: 'small-N' }),
      offsets: [own.inputOffset, weights - first, 0, own.outputOffset, 0],
    })),
  );
  const pointers = [at.input, first, at.bias, at.output, arena.take(smallNScratch)];
  return { name: 'small-N', steps: [{ name: 'small-N', kernel, pointers }], constants };
};

const builders: readonly Builder[] = [
  direct,
  interleaved,
  smallN,
  winogradBuilder(4, false),
  winogradBuilder(4, true),
  winogradBuilder(6, false),
  winogradBuilder(6, true),
  winogradBuilder(2, false),
];

function toInner(data: Float32Array, view: View, into: Float32Array): void {
  for (let c = 0; c < view.channels; c++) {
    for (let h = 0; h < view.height; h++) {
      for (let w = 0; w < view.width; w++) {
        into[h * view.rowStride + w * view.pixelStride + c] = data[(c * view.height + h) * view.width + w]!;
      }
    }
  }
}

function largestError(expected: Float32Array, view: View, actual: Float32Array): number {
  let error = 0;
  let largest = 0;
  for (let c = 0; c < view.channels; c++) {
    for (let h = 0; h < view.height; h++) {
      for (let w = 0; w < view.width; w++) {
        const value = expected[(c * view.height + h) * view.width + w]!;
        largest = Math.max(largest, Math.abs(value));
        error = Math.max(error, Math.abs(value - actual[h * view.rowStride + w * view.pixelStride + c]!));
      }
    }
  }
  return error / largest;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function benchmark(layer: Layer): Promise<void> {
  const problem = problemOf(layer);
  const { op, from, to, kernel, stride = 1, pad = 0, outputPadding = 0, size } = layer;
  const { outputSize } = problem;
  // Winograd's tiles reach over the edge by up to five outputs.
  const axis = problem.windows.map(([height]) => height);
  const { before, after } = haloOf(axis, size);
  const halo = { top: before, left: before, bottom: after + 5, right: after + 5 };
  const arena = new Arena();
  const input = ownView({ images: 1, channels: from, height: size, width: size }, halo);
  const output = ownView({ images: 1, channels: to, height: outputSize, width: outputSize });
  const at: Placement = {
    layer: { input: input.view, output: output.view, groups: 1, bias: true },
    input: arena.take(input.floats) + input.offset,
    output: arena.take(output.floats),
    bias: arena.take(packedBiasSize(to, tile)),
  };
  const module = new ModuleBuilder();
  const algorithms = builders
    .map((build) => build(module, arena, problem, at))
    .filter((algorithm) => algorithm?.name.includes(options.algorithm))
    .filter((algorithm) => algorithm !== undefined);
  module.importMemory('host', 'memory', { initial: arena.pages });
  const functions = [...new Set(algorithms.flatMap(({ steps }) => steps.map((step) => step.kernel.function)))];
  for (const reference of functions) module.export(reference, `f${reference.index}`);
  const memory = new WebAssembly.Memory({ initial: arena.pages });
  const bytes = module.toBytes();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } });
  const floats = new Float32Array(memory.buffer);
  const x = noise(from * size * size, 3);
  toInner(x, input.view, floats.subarray(at.input));
  floats.set(problem.bias, at.bias);
  for (const { constants } of algorithms) for (const { at: place, data } of constants) floats.set(data, place);

  const pads = [pad, pad, pad, pad];
  const model = singleNodeModel({
    op,
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads,
      ...(outputPadding > 0 ? { output_padding: [outputPadding, outputPadding] } : {}),
    },
    input: [1, from, size, size],
    initializers: [
      { dims: op === 'Conv' ? [to, from, kernel, kernel] : [from, to, kernel, kernel], data: problem.weights },
      { dims: [to], data: problem.bias },
    ],
  });
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  const feeds = { x: new Tensor('float32', x, [1, from, size, size]) };
  const expected = (await session.run(feeds))['y']!.data as Float32Array;

  const useful = operationsOf(layer);
  const runs = algorithms.map(({ steps }) => {
    const calls = steps.map(({ kernel: { function: reference, units }, pointers }) => {
      const run = exports[`f${reference.index}`] as (...args: number[]) => void;
      const args = [...pointers.map((pointer) => pointer * 4), 0, units];
      return () => run(...args);
    });
    return () => {
      for (const run of calls) run();
    };
  });
  const times: number[][] = runs.map(() => []);
  const peer: number[] = [];
  const errors = runs.map((run) => {
    floats.fill(0, at.output, at.output + output.floats);
    run();
    return largestError(expected, output.view, floats.subarray(at.output));
  });
  // Until the engine has optimized the code, in the background.
  const warm = performance.now() + 400;
  while (performance.now() < warm) {
    for (const run of runs) run();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const end = performance.now() + Number(options.seconds) * 1000;
  while (performance.now() < end || peer.length < 5) {
    // The first of two runs brings caches and registers to where they are when nothing else runs in between.
    for (let turn = 0; turn < 2; turn++) {
      const start = performance.now();
      if (!options.alone) await session.run(feeds);
      if (turn === 1) peer.push(performance.now() - start);
    }
    for (const [i, run] of runs.entries()) {
      run();
      const start = performance.now();
      run();
      times[i]!.push(performance.now() - start);
    }
  }
  const rate = (time: number) => (useful / time / 1e6).toFixed(0).padStart(4);
  console.log(
    `${layerName(layer)} (${bytes.length} bytes)\n  onnxruntime            ${rate(median(peer))} ${rate(Math.min(...peer))} GFLOP/s, ${median(peer).toFixed(2)} ms`,
  );
  for (const [i, { name }] of algorithms.entries()) {
    const own = times[i]!;
    const ratio = median(peer) / median(own);
    const best = Math.min(...peer) / Math.min(...own);
    console.log(
      `  ${name.padEnd(22)} ${rate(median(own))} ${rate(Math.min(...own))} GFLOP/s, ${median(own).toFixed(2)} ms, ratio ${ratio.toFixed(2)} ${best.toFixed(2)}, error ${errors[i]!.toExponential(0)}`,
    );
  }
  await session.release();
}

console.log(`Node ${process.version}, ${tier}, tile ${tile.pixels}x${tile.columns}, 1 thread; median and best`);
for (const layer of [...layers, ...moreLayers]) {
  if (layerName(layer).includes(options.layer)) await benchmark(layer);
}
