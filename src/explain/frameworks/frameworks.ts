/** A layer in the words of each framework. */
import type { ConvTransposeAxisExplanation, Framework, FrameworkForm } from '../explanation.js';
import type { FormAxis, FormLayer, WriteForm } from './form.js';
import { writeKeras } from './keras.js';
import { writeOnnx } from './onnx.js';
import { writePytorch } from './pytorch.js';
import { writeWebnn } from './webnn.js';

const writers: Readonly<Record<Framework, WriteForm>> = {
  pytorch: writePytorch,
  keras: writeKeras,
  onnx: writeOnnx,
  webnn: writeWebnn,
};

export const frameworks: readonly Framework[] = ['pytorch', 'keras', 'onnx', 'webnn'];

/** @param first the framework that comes first */
export function formsOf(layer: FormLayer, first?: Framework): FrameworkForm[] {
  const order = [...frameworks].sort((a, b) => Number(b === first) - Number(a === first));
  return order.map((framework) => ({ framework, ...writers[framework](layer) }));
}

/** The axes for {@link formsOf}; undefined where padding depends on an open size. */
export function formAxes(axes: readonly ConvTransposeAxisExplanation[]): FormAxis[] | undefined {
  const found: FormAxis[] = [];
  for (const { kernel, stride, dilation, padBegin, padEnd, tail } of axes) {
    if (typeof padBegin !== 'number' || typeof padEnd !== 'number' || typeof tail !== 'number') return undefined;
    found.push({ kernel, stride, dilation, padBegin, padEnd, tail });
  }
  return found;
}
