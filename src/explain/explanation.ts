/** What is said of one layer, as plain data: the words, the pictures and `unstride explain --json` are made of it. */
import type { NodeReference } from '../diagnostics.js';
import type { ConvTransposeAxis } from '../ops/convolution/conv-transpose-geometry.js';
import type { DilatePadConvolveAxis } from '../ops/convolution/dilate-pad-convolve.js';
import type { AutoPad, ConcreteWindow } from '../ops/convolution/window.js';

/** A size, or a number of elements: a number, or an expression in the open sizes of the model, `2*H + 1`. */
export type Size = number | string;

export type LayerExplanation = ConvTransposeExplanation | WindowExplanation | ResizeExplanation | MaxUnpoolExplanation;

interface Layer {
  /** The node; null for a layer that is given by hand. */
  readonly node: NodeReference | null;
  /** Names of the values that the layer reads and makes; null by hand. */
  readonly input: string | null;
  readonly output: string | null;
  readonly batch: Size;
  readonly inputChannels: Size;
  readonly outputChannels: Size;
  /** What of the graph's inputs an output position is computed from; empty by hand. */
  readonly fields: readonly InputField[];
}

/** The receptive field of the layer's output in one input of the graph. */
export interface InputField {
  readonly input: string;
  /** Why there is no field along the axes; null if there is. */
  readonly reason: string | null;
  readonly axes: readonly InputFieldAxis[];
}

export interface InputFieldAxis {
  readonly name: string;
  /** Positions of the input from the first to the last one read, for the output position that reads the most. */
  readonly receptiveField: number;
  /** Positions of the input that one position of the output stands for: 4 after two halvings, 1/2 after a doubling. */
  readonly stride: { readonly numerator: number; readonly denominator: number };
}

/** A formula for the size of an axis: in general, with what this layer has put in, and with numbers where all are known. */
export interface Formula {
  /** `out = (in − 1)·stride − 2·padding + kernel` */
  readonly general: string;
  /** `out = (H − 1)·2 − 2·1 + 4 = 2*H`, or with numbers alone. */
  readonly filled: string;
}

/** Multiplications of one run. */
export interface Multiplications {
  /** By the four steps as written: of all that the kernel covers, zeros included. */
  readonly asWritten: Size;
  /** By the subconvolutions, which read the input as it is. Fast algorithms need fewer still. */
  readonly executed: Size;
}

export interface ConvTransposeExplanation extends Layer {
  readonly kind: 'ConvTranspose';
  readonly group: number;
  /** The attribute that decided the padding, and its value where it is a word; `default` where none is given. */
  readonly decidedBy: 'pads' | 'auto_pad' | 'output_shape' | 'default';
  readonly autoPad: AutoPad;
  readonly axes: readonly ConvTransposeAxisExplanation[];
  /** One for each combination of the axes' phases, the last axis fastest; null where they are too many to list or not known. */
  readonly subconvolutions: readonly Subconvolution[] | null;
  readonly multiplications: Multiplications | null;
  readonly overlap: Overlap;
  /** The layer in the words of each framework; null where its padding depends on an open size. */
  readonly frameworks: readonly FrameworkForm[] | null;
  /** The layer computed on small numbers; null for a node of a model, and where the numbers are too many. */
  readonly example: ConvTransposeExample | null;
}

export type Framework = 'pytorch' | 'keras' | 'onnx' | 'webnn';

/** A layer as a framework writes it. */
export interface FrameworkForm {
  readonly framework: Framework;
  /** The call, or the attributes; null where the framework cannot say it. */
  readonly code: string | null;
  /** What is to be known of it, or why it cannot be said. */
  readonly note: string | null;
}

export interface ConvTransposeAxisExplanation {
  /** length, depth, height or width */
  readonly name: string;
  /** Axis of the tensor; the first spatial axis is 2. */
  readonly axis: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** (kernel − 1)·dilation + 1 */
  readonly extent: number;
  readonly outputPadding: number;
  /** Elements taken off at both ends, whichever attribute decided it. */
  readonly padBegin: Size;
  readonly padEnd: Size;
  /** Elements added at the end: output_padding, and what an output_shape requests beyond it. */
  readonly tail: Size;
  readonly input: Size;
  /** (in − 1)·stride + extent + output_padding: the size without padding. */
  readonly natural: Size;
  /** The size that output_shape or SAME requests; null if the pads decide. */
  readonly wanted: Size | null;
  readonly steps: AxisSteps;
  readonly output: Size;
  readonly formula: Formula;
  /** The subconvolutions along this axis; null where padding is not known, or they are too many. */
  readonly phases: readonly Phase[] | null;
  /** How many inputs reach each output position, where the sizes are known and not too many. */
  readonly counts: readonly number[] | null;
  /** The same far from both ends, for one position after another; it repeats with the stride. Null for huge strides. */
  readonly countsByPhase: readonly number[] | null;
  /** The axis in numbers, for pictures; null where a size is open. */
  readonly geometry: ConvTransposeAxis | null;
  readonly plan: DilatePadConvolveAxis | null;
}

/** The four steps along an axis, with the size after each. */
export interface AxisSteps {
  readonly zerosBetween: number;
  readonly dilated: Size;
  readonly zerosAround: number;
  readonly padded: Size;
  readonly cropBegin: Size;
  readonly cropEnd: Size;
  readonly addEnd: Size;
  readonly cropped: Size;
  readonly output: Size;
}

/** The outputs of one remainder of the position by the stride, along one axis. */
export interface Phase {
  readonly phase: number;
  /** Indices of the kernel's elements, in the order in which the input is read. */
  readonly taps: readonly number[];
  readonly output: Size;
}

/** The outputs of one remainder of the position by the stride, along each axis: a convolution of the input as it is. */
export interface Subconvolution {
  readonly phase: readonly number[];
  readonly kernel: readonly number[];
  readonly output: readonly Size[];
}

/** How many inputs reach the output positions, channels not counted, over all axes. */
export interface Overlap {
  readonly verdict: 'even' | 'checkerboard' | 'gaps';
  /** The rule that reports it; null where it is even. */
  readonly code: 'US1411' | 'US1412' | null;
  readonly text: string;
}

/** Small numbers step by step, one channel; arrays are row-major. */
export interface ConvTransposeExample {
  readonly input: ExampleArray;
  readonly kernel: ExampleArray;
  readonly dilated: ExampleArray;
  readonly padded: ExampleArray;
  readonly cropped: ExampleArray;
  readonly flipped: ExampleArray;
  readonly output: ExampleArray;
  /** The output by the naive definition, each input adding its scaled kernel: equal to `output`. */
  readonly scattered: ExampleArray;
  /** How many inputs reach each output. */
  readonly counts: ExampleArray;
}

export interface ExampleArray {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** Conv and the poolings: windows that slide by the stride. */
export interface WindowExplanation extends Layer {
  readonly kind: 'Window';
  readonly operator: string;
  readonly group: number;
  readonly decidedBy: 'pads' | 'auto_pad' | 'default';
  readonly autoPad: AutoPad;
  readonly ceilMode: boolean;
  readonly axes: readonly WindowAxisExplanation[];
  /** Null for poolings. */
  readonly multiplications: Size | null;
}

export interface WindowAxisExplanation {
  readonly name: string;
  readonly axis: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly extent: number;
  /** Null where SAME makes them depend on an open size. */
  readonly padBegin: number | null;
  readonly padEnd: number | null;
  readonly input: Size;
  readonly output: Size;
  readonly formula: Formula;
  /** Elements of the padded input after the last window, which no window reads; null where the size is open. */
  readonly cutOff: number | null;
  readonly geometry: ConcreteWindow | null;
}

export interface ResizeExplanation extends Layer {
  readonly kind: 'Resize';
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  /** How a position between two elements becomes one; null for other modes. */
  readonly nearestMode: string | null;
  readonly antialias: boolean;
  /** The input that gives the sizes. */
  readonly decidedBy: 'scales' | 'sizes';
  /** Those that the layer resizes. */
  readonly axes: readonly ResizeAxisExplanation[];
}

export interface ResizeAxisExplanation {
  readonly name: string;
  readonly axis: number;
  readonly input: Size;
  readonly output: Size;
  readonly scale: number | null;
  readonly formula: Formula;
  /** The position in the input that an output position is computed at. */
  readonly position: Formula;
  /** The first output positions, and one in the middle; of an input of `sampleInput` elements. */
  readonly samples: readonly ResizeSample[];
  /** The axis that the samples are of: the layer's own, or a small one where its size is open. */
  readonly sampleInput: number | null;
  readonly sampleOutput: number | null;
}

export interface ResizeSample {
  readonly output: number;
  /** Where it lies in the input: 0 is the center of the first element. */
  readonly position: number;
  readonly reads: readonly { readonly input: number; readonly weight: number }[];
}

export interface MaxUnpoolExplanation extends Layer {
  readonly kind: 'MaxUnpool';
  /** The MaxPool that made the indices; null if it is not to be seen. */
  readonly pool: NodeReference | null;
  /** Whether the indices are the pooling's own, or were counted by plane and are converted back. */
  readonly counting: 'tensor' | 'plane' | 'restored' | null;
  readonly indices: string;
  readonly decidedBy: 'output_shape' | 'kernel_shape';
  readonly axes: readonly MaxUnpoolAxisExplanation[];
  /** How an index counts: ONNX's over the whole tensor, PyTorch's within a plane. */
  readonly index: { readonly tensor: Formula; readonly plane: Formula };
}

export interface MaxUnpoolAxisExplanation {
  readonly name: string;
  readonly axis: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padBegin: number;
  readonly padEnd: number;
  readonly input: Size;
  /** Without output_shape. */
  readonly natural: Size;
  readonly output: Size;
  readonly formula: Formula;
  /** The sizes that such a pooling divides to `input`: from the first to the last. */
  readonly pooledFrom: Size;
  readonly pooledTo: Size;
}
