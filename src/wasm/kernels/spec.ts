/** Kernels as data: which one, for which sizes. `emitKernel` makes the function. */
import { exactJson } from '../exact-json.js';
import { convolution } from './convolution.js';
import { copy, fill } from './copy.js';
import { elementwise } from './elementwise.js';
import { interleave } from './interleave.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { fromOnnxOrder, type HaloFill, toOnnxOrder, zeroHalo } from './layout.js';
import type { Halo, View } from './views.js';

/** Kernels that most plans name. Their second parameter is what plans have as `params`. */
const kernels = {
  convolution,
  copy,
  elementwise,
  fill,
  'from ONNX order': fromOnnxOrder,
  'to ONNX order': toOnnxOrder,
  'zero halo': (
    target: KernelTarget,
    { view, halo, ...fill }: { readonly view: View; readonly halo: Halo } & HaloFill,
  ) => zeroHalo(target, view, halo, fill),
};

/** Those that few plans name, in groups that are loaded with the first plan that does. A kernel is a line in one of them. */
const groups = {
  bytes: async () => {
    const group = await import('./groups/bytes.js');
    group.register();
    return group;
  },
  counting: () => import('./groups/counting.js'),
  depthwise: () => import('./groups/depthwise.js'),
  functions: async () => {
    const group = await import('./groups/functions.js');
    group.registerRareFunctions();
    return group;
  },
  indexing: () => import('./groups/indexing.js'),
  integers: () => import('./groups/integers.js'),
  panels: () => import('./groups/panels.js'),
  pooling: () => import('./groups/pooling.js'),
  'raw weights': async () => {
    const group = await import('./groups/raw-weights.js');
    group.register();
    return group;
  },
  recurrent: () => import('./groups/recurrent.js'),
  regions: () => import('./groups/regions.js'),
  resampling: () => import('./groups/resampling.js'),
  'small floats': async () => {
    const group = await import('./groups/small-floats.js');
    group.register();
    return group;
  },
  statistics: () => import('./groups/statistics.js'),
  strassen: () => import('./groups/strassen.js'),
  winograd: () => import('./groups/winograd.js'),
};

export type KernelGroup = keyof typeof groups;

/** Which kernels are in which group, so that a plan tells which it takes. */
const groupOf: Readonly<Record<LaterName, KernelGroup>> = {
  'arg extremum': 'indexing',
  'argmax indices': 'indexing',
  attention: 'statistics',
  'byte depthwise': 'bytes',
  'byte elementwise': 'bytes',
  'byte range': 'bytes',
  'byte table': 'bytes',
  'byte winograd': 'bytes',
  'causal convolution': 'recurrent',
  'channel moments': 'statistics',
  'channel window': 'regions',
  coordinates: 'counting',
  'count marked': 'counting',
  cumulate: 'indexing',
  depthwise: 'depthwise',
  determinant: 'regions',
  'fold columns': 'regions',
  gather: 'indexing',
  'gather runs': 'indexing',
  'grid sample': 'indexing',
  'group factors': 'statistics',
  'integer elementwise': 'integers',
  'integer reduce': 'integers',
  'list marked': 'counting',
  'max roi pool': 'regions',
  'normalize pixels': 'statistics',
  'normalize runs': 'statistics',
  'one hot': 'indexing',
  'pack panels': 'panels',
  pick: 'counting',
  pooling: 'pooling',
  range: 'bytes',
  recurrent: 'recurrent',
  reduce: 'statistics',
  resample: 'resampling',
  'roi align': 'regions',
  scatter: 'indexing',
  softmax: 'statistics',
  strassen: 'strassen',
  'top k': 'indexing',
  triangle: 'indexing',
  unique: 'counting',
  unpool: 'indexing',
  winograd: 'winograd',
  'winograd columns': 'winograd',
  'winograd inputs': 'winograd',
  'winograd outputs': 'winograd',
  'winograd panels': 'raw weights',
  'winograd products': 'winograd',
};

type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type LaterKernels = UnionToIntersection<Awaited<ReturnType<(typeof groups)[KernelGroup]>>['kernels']>;
type LaterName = keyof LaterKernels;
type Kernels = typeof kernels & LaterKernels;

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

type Emit = (target: KernelTarget, params: SingleSpec['params']) => Kernel;

// That name and params belong together is what SingleSpec says; the compiler does not follow it through a table.
const emitters = new Map<string, Emit>(Object.entries(kernels) as [string, Emit][]);

export function registerKernels(list: object): void {
  for (const [name, emit] of Object.entries(list)) emitters.set(name, emit);
}

const loading = new Map<KernelGroup, Promise<void>>();

/** Loads a group, once. */
export function loadKernelGroup(group: KernelGroup): Promise<void> {
  const known = loading.get(group);
  if (known !== undefined) return known;
  const promise = groups[group]().then(
    (module) => registerKernels(module.kernels),
    (error) => {
      loading.delete(group);
      throw error;
    },
  );
  loading.set(group, promise);
  return promise;
}

/** Loads the kernels of these that are not loaded; undefined where all are. */
export function loadKernels(specs: Iterable<KernelSpec>): Promise<unknown> | undefined {
  const missing = new Set<KernelGroup>();
  const visit = (spec: KernelSpec) => {
    if (spec.name === 'interleave') for (const { kernel } of spec.pieces) visit(kernel);
    else if (!emitters.has(spec.name)) missing.add(groupOf[spec.name as LaterName]);
    else if (spec.name === 'convolution' && spec.params.bytes && !emitters.has('byte elementwise'))
      missing.add('bytes');
    if (spec.name === 'winograd columns' && spec.params.isRaw && !emitters.has('winograd panels'))
      missing.add('raw weights');
  };
  for (const spec of specs) visit(spec);
  return missing.size === 0 ? undefined : Promise.all([...missing].map(loadKernelGroup));
}

/**
 * One for equal specifications, so that layers of equal sizes share their code.
 * @throws RangeError for a kernel that is not loaded
 */
export function emitKernel(target: KernelTarget, spec: KernelSpec): Kernel {
  return target.module.shared(`kernel ${exactJson(spec)}`, () => {
    if (spec.name === 'interleave') {
      const pieces = spec.pieces.map(({ kernel, offsets }) => ({ kernel: emitKernel(target, kernel), offsets }));
      return interleave(target, pieces);
    }
    const emit = emitters.get(spec.name);
    if (emit === undefined) throw new RangeError(`the kernel '${spec.name}' is used before it is loaded`);
    return emit(target, spec.params);
  });
}
