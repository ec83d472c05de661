/** Kernels as data: which one, for which sizes. `emitKernel` makes the function. */
import { type ConvolutionParams, convolution } from './convolution.js';
import { type CopyParams, copy, type FillParams, fill } from './copy.js';
import { type ElementwiseParams, elementwise } from './elementwise.js';
import { interleave } from './interleave.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { fromOnnxOrder, toOnnxOrder, zeroHalo } from './layout.js';
import {
  type NormalizePixelsParams,
  type NormalizeRunsParams,
  normalizePixels,
  normalizeRuns,
} from './normalization.js';
import { type PackPanelsParams, packPanels } from './pack-panels.js';
import { type PoolingParams, pooling } from './pooling.js';
import { type RecurrentParams, recurrent } from './recurrent.js';
import { type ReduceParams, reduce } from './reduce.js';
import { type ResampleParams, resample } from './resample.js';
import { type SoftmaxParams, softmax } from './softmax.js';
import { type UnpoolParams, unpool } from './unpool.js';
import type { Halo, View } from './views.js';
import { panelProducts } from './winograd/panel-products.js';
import { type WinogradParams, winograd, winogradSteps } from './winograd/winograd.js';

export type KernelSpec =
  | { readonly name: 'convolution'; readonly params: ConvolutionParams }
  /** Kernels of the same arguments in turns; offsets in floats are added to the arguments. */
  | {
      readonly name: 'interleave';
      readonly pieces: readonly { readonly kernel: KernelSpec; readonly offsets: readonly number[] }[];
    }
  | { readonly name: 'winograd'; readonly params: WinogradParams }
  | {
      readonly name: 'winograd step';
      readonly step: 'transformInputs' | 'products' | 'transformOutputs';
      readonly params: WinogradParams;
    }
  | { readonly name: 'winograd panels'; readonly params: WinogradParams }
  | { readonly name: 'elementwise'; readonly params: ElementwiseParams }
  | { readonly name: 'pooling'; readonly params: PoolingParams }
  | { readonly name: 'unpool'; readonly params: UnpoolParams }
  | { readonly name: 'resample'; readonly params: ResampleParams }
  | { readonly name: 'copy'; readonly params: CopyParams }
  | { readonly name: 'fill'; readonly params: FillParams }
  | { readonly name: 'reduce'; readonly params: ReduceParams }
  | { readonly name: 'normalize runs'; readonly params: NormalizeRunsParams }
  | { readonly name: 'normalize pixels'; readonly params: NormalizePixelsParams }
  | { readonly name: 'softmax'; readonly params: SoftmaxParams }
  | { readonly name: 'pack panels'; readonly params: PackPanelsParams }
  | { readonly name: 'recurrent'; readonly params: RecurrentParams }
  | { readonly name: 'from ONNX order'; readonly view: View }
  | { readonly name: 'to ONNX order'; readonly view: View }
  | { readonly name: 'zero halo'; readonly view: View; readonly halo: Halo };

export function emitKernel(target: KernelTarget, spec: KernelSpec): Kernel {
  switch (spec.name) {
    case 'convolution':
      return convolution(target, spec.params);
    case 'interleave':
      return interleave(
        target,
        spec.pieces.map(({ kernel, offsets }) => ({ kernel: emitKernel(target, kernel), offsets })),
      );
    case 'winograd':
      return winograd(target, spec.params);
    case 'winograd step':
      return winogradSteps(target, spec.params)[spec.step];
    case 'winograd panels':
      return panelProducts(target, spec.params);
    case 'elementwise':
      return elementwise(target, spec.params);
    case 'pooling':
      return pooling(target, spec.params);
    case 'unpool':
      return unpool(target, spec.params);
    case 'resample':
      return resample(target, spec.params);
    case 'copy':
      return copy(target, spec.params);
    case 'fill':
      return fill(target, spec.params);
    case 'reduce':
      return reduce(target, spec.params);
    case 'normalize runs':
      return normalizeRuns(target, spec.params);
    case 'normalize pixels':
      return normalizePixels(target, spec.params);
    case 'softmax':
      return softmax(target, spec.params);
    case 'pack panels':
      return packPanels(target, spec.params);
    case 'recurrent':
      return recurrent(target, spec.params);
    case 'from ONNX order':
      return fromOnnxOrder(target, spec.view);
    case 'to ONNX order':
      return toOnnxOrder(target, spec.view);
    case 'zero halo':
      return zeroHalo(target, spec.view, spec.halo);
  }
}
