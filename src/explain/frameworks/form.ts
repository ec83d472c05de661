/** What all frameworks are told of a layer, and how lists of its axes are written. */
import type { ConvTransposeAxis } from '../../ops/convolution/conv-transpose-geometry.js';
import type { Framework, FrameworkForm, Size } from '../explanation.js';

/** An axis whose padding is known; the size of the input is not needed. */
export type FormAxis = Pick<ConvTransposeAxis, 'kernel' | 'stride' | 'dilation' | 'padBegin' | 'padEnd' | 'tail'>;

export interface FormLayer {
  readonly axes: readonly FormAxis[];
  readonly group: number;
  readonly inputChannels: Size;
  readonly outputChannels: Size;
}

export type WriteForm = (layer: FormLayer) => Omit<FrameworkForm, 'framework'>;

/** A layer given by hand, in the words of a framework: one entry for each axis, where it is given. */
export interface HandLayer {
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** As given: one value for each axis, or for each end of each axis, in the order of the framework. */
  readonly padding: readonly number[] | undefined;
  /** `same`, `valid`, SAME_UPPER and the like, whichever option gave it. */
  readonly paddingWord: string | undefined;
  readonly outputPadding: readonly number[] | undefined;
  readonly outputShape: readonly number[] | undefined;
}

/** A layer by hand that its framework does not know: a sentence, and what to do. */
export class HandLayerError extends Error {
  override readonly name = 'HandLayerError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** What the elements taken off at the end are, less what is added there. */
export function netEnd({ padEnd, tail }: FormAxis): number {
  return padEnd - tail;
}

/** `2` where all are alike, else `(2, 1)`. */
export function alike(values: readonly number[], open = '(', close = ')'): string {
  const [first] = values;
  return values.every((value) => value === first) ? String(first) : `${open}${values.join(', ')}${close}`;
}

export const frameworkTitles: Readonly<Record<Framework, string>> = {
  pytorch: 'PyTorch',
  keras: 'Keras',
  onnx: 'ONNX',
  webnn: 'WebNN',
};
