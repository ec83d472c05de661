/** MaxUnpool: where the indices come from, how they count, and which sizes its pooling divides alike. */
import type { NodeReference } from '../diagnostics.js';
import { add, type Dim, mul, sub } from '../ir/dim.js';
import type { Shape } from '../ir/shape.js';
import { type WindowAxis, windowAxes } from '../ops/convolution/window.js';
import { pictureAxisNames } from '../split/fields/fields.js';
import type { Formula, MaxUnpoolAxisExplanation, MaxUnpoolExplanation } from './explanation.js';
import { computed, factor, sizeOf } from './sizes.js';

export interface UnpoolLayer {
  readonly kernel: readonly number[];
  readonly strides: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly x: Shape;
  readonly y: Shape;
  readonly hasOutputShape: boolean;
  readonly indices: string;
  readonly pool: NodeReference | null;
  readonly counting: MaxUnpoolExplanation['counting'];
}

type Explained = Omit<MaxUnpoolExplanation, 'node' | 'input' | 'output' | 'fields'>;

export function explainUnpool(layer: UnpoolLayer): Explained {
  const { kernel, strides, pads, x, y, hasOutputShape, indices, pool, counting } = layer;
  const names = pictureAxisNames(kernel.length);
  const windows = windowAxes({ auto_pad: 'NOTSET', strides, pads }, kernel);
  const axes = windows.map((window, i) => explainAxis(window, x[i + 2]!, y[i + 2]!, names[i]!, i));
  return {
    kind: 'MaxUnpool',
    batch: sizeOf(x[0]!),
    inputChannels: sizeOf(x[1]!),
    outputChannels: sizeOf(y[1]!),
    pool,
    counting,
    indices,
    decidedBy: hasOutputShape ? 'output_shape' : 'kernel_shape',
    axes,
    index: { tensor: tensorIndex(y), plane: planeIndex(y) },
  };
}

function explainAxis(window: WindowAxis, input: Dim, output: Dim, name: string, i: number): MaxUnpoolAxisExplanation {
  const { kernel, stride, padBegin, padEnd } = window;
  const natural = add(mul(sub(input, 1), stride), kernel - padBegin - padEnd);
  const even = padBegin === padEnd;
  return {
    name,
    axis: i + 2,
    kernel,
    stride,
    padBegin,
    padEnd,
    input: sizeOf(input),
    natural: sizeOf(natural),
    output: sizeOf(output),
    formula: {
      general: `out = (in − 1)·stride ${even ? '− 2·padding' : '− padBegin − padEnd'} + kernel`,
      filled: `out = (${sizeOf(input)} − 1)·${stride} ${even ? `− 2·${padBegin}` : `− ${padBegin} − ${padEnd}`} + ${kernel} = ${sizeOf(natural)}`,
    },
    pooledFrom: sizeOf(natural),
    pooledTo: sizeOf(add(natural, stride - 1)),
  };
}

const coordinates: Readonly<Record<number, readonly string[]>> = { 1: ['w'], 2: ['h', 'w'], 3: ['d', 'h', 'w'] };

function coordinatesOf(rank: number): readonly string[] {
  return coordinates[rank] ?? Array.from({ length: rank }, (_, i) => `p${i}`);
}

/** ONNX: over the whole tensor [N, C, …]. */
function tensorIndex(y: Shape): Formula {
  const spatial = coordinatesOf(y.length - 2);
  return indexFormula(['n', 'c', ...spatial], ['N', 'C', ...spatial.map((name) => name.toUpperCase())], y);
}

/** PyTorch: within the plane of a channel. */
function planeIndex(y: Shape): Formula {
  const spatial = coordinatesOf(y.length - 2);
  return indexFormula(
    spatial,
    spatial.map((name) => name.toUpperCase()),
    y.slice(2),
  );
}

/** Each coordinate times the elements of all axes after its own. */
function indexFormula(names: readonly string[], sizes: readonly string[], shape: Shape): Formula {
  const last = names.length - 1;
  const general = names.map((name, axis) => (axis === last ? name : `${name}·${sizes.slice(axis + 1).join('·')}`));
  const filled = names.map((name, axis) => {
    if (axis === last) return name;
    const stride = computed(() => mul(1, ...shape.slice(axis + 1)));
    return `${name}·${stride === undefined ? sizes.slice(axis + 1).join('·') : factor(sizeOf(stride))}`;
  });
  return { general: `index = ${general.join(' + ')}`, filled: `index = ${filled.join(' + ')}` };
}
