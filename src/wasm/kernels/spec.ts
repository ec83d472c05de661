/** Kernels as data: which one, for which sizes. `emitKernel` makes the function. */
import { argExtremum } from './arg-extremum.js';
import { argmaxIndices } from './argmax-indices.js';
import { attention } from './attention.js';
import { byteElementwise } from './byte-elementwise.js';
import { causalConvolution } from './causal-convolution.js';
import { convolution } from './convolution.js';
import { copy, fill } from './copy.js';
import { cumulate } from './cumulate.js';
import { elementwise } from './elementwise.js';
import { gatherRuns } from './gather-runs.js';
import { gridSample } from './grid-sample.js';
import { gather, scatter } from './indexed.js';
import { integerElementwise } from './integer-elementwise.js';
import { integerReduce } from './integer-reduce.js';
import { interleave } from './interleave.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { fromOnnxOrder, type HaloFill, toOnnxOrder, zeroHalo } from './layout.js';
import { normalizePixels, normalizeRuns } from './normalization.js';
import { oneHot } from './one-hot.js';
import { packPanels } from './pack-panels.js';
import { pooling } from './pooling.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { resample } from './resample.js';
import { softmax } from './softmax.js';
import { topK } from './top-k.js';
import { triangle } from './triangle.js';
import { unpool } from './unpool.js';
import type { Halo, View } from './views.js';
import { panelProducts } from './winograd/panel-products.js';
import { winogradProducts } from './winograd/products.js';
import { winograd, winogradInputs, winogradOutputs } from './winograd/winograd.js';

/** Every kernel that a plan names: a line adds one. Its second parameter is what plans have as `params`. */
const kernels = {
  'arg extremum': argExtremum,
  'argmax indices': argmaxIndices,
  'byte elementwise': byteElementwise,
  attention,
  'causal convolution': causalConvolution,
  convolution,
  copy,
  cumulate,
  elementwise,
  fill,
  'from ONNX order': fromOnnxOrder,
  gather,
  'gather runs': gatherRuns,
  'grid sample': gridSample,
  'integer elementwise': integerElementwise,
  'integer reduce': integerReduce,
  'normalize pixels': normalizePixels,
  'normalize runs': normalizeRuns,
  'one hot': oneHot,
  'pack panels': packPanels,
  pooling,
  recurrent,
  reduce,
  resample,
  scatter,
  softmax,
  'to ONNX order': toOnnxOrder,
  'top k': topK,
  triangle,
  unpool,
  winograd,
  'winograd inputs': winogradInputs,
  'winograd outputs': winogradOutputs,
  'winograd panels': panelProducts,
  'winograd products': winogradProducts,
  'zero halo': (
    target: KernelTarget,
    { view, halo, ...fill }: { readonly view: View; readonly halo: Halo } & HaloFill,
  ) => zeroHalo(target, view, halo, fill),
};

type Kernels = typeof kernels;

/** What the kernel of a name is emitted for. */
type ParamsOf<N extends keyof Kernels> = Parameters<Kernels[N]>[1];

type SingleSpec = { readonly [N in keyof Kernels]: { readonly name: N; readonly params: ParamsOf<N> } }[keyof Kernels];

export type KernelSpec =
  | SingleSpec
  /** Kernels of the same arguments in turns; offsets in floats are added to the arguments. */
  | {
      readonly name: 'interleave';
      readonly pieces: readonly { readonly kernel: KernelSpec; readonly offsets: readonly number[] }[];
    };

export function emitKernel(target: KernelTarget, spec: KernelSpec): Kernel {
  if (spec.name === 'interleave') {
    const pieces = spec.pieces.map(({ kernel, offsets }) => ({ kernel: emitKernel(target, kernel), offsets }));
    return interleave(target, pieces);
  }
  // That name and params belong together is what SingleSpec says; the compiler does not follow it through the table.
  const emit = kernels[spec.name] as (target: KernelTarget, params: SingleSpec['params']) => Kernel;
  return emit(target, spec.params);
}
