/** Conv and the poolings: windows that slide by the stride, and what they leave over at the end. */
import { type Dim, mul } from '../ir/dim.js';
import type { Shape } from '../ir/shape.js';
import { kernelExtent } from '../ops/convolution/conv-transpose-geometry.js';
import { resolvePads, type SpatialAttributes, type WindowAxis, windowAxes } from '../ops/convolution/window.js';
import { pictureAxisNames } from '../split/fields/fields.js';
import type { Formula, Size, WindowAxisExplanation, WindowExplanation } from './explanation.js';
import { computed, factor, sizeOf } from './sizes.js';

export interface WindowLayer {
  readonly operator: string;
  readonly attributes: SpatialAttributes;
  readonly kernel: readonly number[];
  readonly group: number;
  readonly ceilMode: boolean;
  readonly isConvolution: boolean;
  readonly x: Shape;
  readonly y: Shape;
}

type Explained = Omit<WindowExplanation, 'node' | 'input' | 'output' | 'fields'>;

/** @throws ProblemError when the attributes do not fit the kernel */
export function explainWindow(layer: WindowLayer): Explained {
  const { operator, attributes, kernel, group, ceilMode, isConvolution, x, y } = layer;
  const names = pictureAxisNames(kernel.length);
  const axes = windowAxes(attributes, kernel).map((axis, i) =>
    explainAxis(axis, x[i + 2]!, y[i + 2]!, { name: names[i]!, axis: i + 2, ceilMode }),
  );
  const isPadded = attributes.auto_pad !== 'NOTSET';
  const products = isConvolution ? computed(() => multiplications(x, y, kernel, group)) : undefined;
  return {
    kind: 'Window',
    operator,
    batch: sizeOf(x[0]!),
    inputChannels: sizeOf(x[1]!),
    outputChannels: sizeOf(y[1]!),
    group,
    decidedBy: isPadded ? 'auto_pad' : attributes.pads === undefined ? 'default' : 'pads',
    autoPad: attributes.auto_pad,
    ceilMode,
    axes,
    multiplications: products === undefined ? null : sizeOf(products),
  };
}

function multiplications(x: Shape, y: Shape, kernel: readonly number[], group: number): Dim | undefined {
  const channels = x[1]!;
  return typeof channels === 'number' ? mul(...y, channels / group, ...kernel) : undefined;
}

interface Place {
  readonly name: string;
  readonly axis: number;
  readonly ceilMode: boolean;
}

function explainAxis(window: WindowAxis, input: Dim, output: Dim, place: Place): WindowAxisExplanation {
  const { kernel, stride, dilation, autoPad } = window;
  const extent = kernelExtent(window);
  const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  const pads =
    typeof input === 'number'
      ? resolvePads(window, input)
      : isSame
        ? null
        : { begin: window.padBegin, end: window.padEnd };
  const isKnown = typeof input === 'number' && typeof output === 'number' && pads !== null;
  const left = isKnown ? input + pads.begin + pads.end - ((output - 1) * stride + extent) : null;
  return {
    name: place.name,
    axis: place.axis,
    kernel,
    stride,
    dilation,
    extent,
    padBegin: pads?.begin ?? null,
    padEnd: pads?.end ?? null,
    input: sizeOf(input),
    output: sizeOf(output),
    formula: isSame
      ? sameFormula(sizeOf(input), stride, sizeOf(output))
      : windowFormula(window, sizeOf(input), sizeOf(output), place),
    cutOff: left === null ? null : Math.max(0, left),
    geometry: isKnown ? { input, output, kernel, stride, dilation, padBegin: pads.begin, padEnd: pads.end } : null,
  };
}

/** By the specification of Conv and of the poolings; ceil_mode rounds up where the last window begins inside. */
function windowFormula(window: WindowAxis, input: Size, output: Size, { ceilMode }: Place): Formula {
  const { kernel, stride, dilation, padBegin, padEnd, autoPad } = window;
  const round = ceilMode && autoPad === 'NOTSET' ? 'ceil' : 'floor';
  const even = padBegin === padEnd;
  return {
    general: `out = ${round}((in ${even ? '+ 2·padding' : '+ padBegin + padEnd'} − ${dilation === 1 ? 'kernel' : '((kernel − 1)·dilation + 1)'})/stride) + 1`,
    filled: `out = ${round}((${input} ${even ? `+ 2·${padBegin}` : `+ ${padBegin} + ${padEnd}`} − ${dilation === 1 ? kernel : `((${kernel} − 1)·${dilation} + 1)`})/${stride}) + 1 = ${output}`,
  };
}

function sameFormula(input: Size, stride: number, output: Size): Formula {
  return { general: 'out = ceil(in/stride)', filled: `out = ceil(${factor(input)}/${stride}) = ${output}` };
}
