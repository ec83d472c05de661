/** What the page asks of its worker, and what that answers: plain data, with all texts fit to be shown. */
import type { Severity } from '../diagnostics.js';

/** Sizes for open symbols, by name. */
export type Sizes = ReadonlyMap<string, number>;

/** A model as it comes to the page: files that a person has dropped, or an address of the page's own server. */
export type ModelSource =
  | { readonly kind: 'files'; readonly name: string; readonly model: Blob; readonly others: readonly NamedBlob[] }
  | { readonly kind: 'address'; readonly name: string; readonly address: string };

export interface NamedBlob {
  readonly name: string;
  readonly data: Blob;
}

export interface FindingView {
  readonly severity: Severity;
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly node?: { readonly place: number | undefined; readonly text: string } | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly origin?: string | undefined;
  readonly notes: readonly string[];
  readonly remedies: readonly string[];
  readonly hint?: string | undefined;
}

export interface PortView {
  readonly name: string;
  readonly type: string;
}

/** An input, and what it can be fed beside random numbers. */
export interface InputView extends PortView {
  readonly takesPicture: boolean;
  /** Elements of a latent, where it takes one; the batch is one. */
  readonly latentLength: number | undefined;
}

export interface SizeView {
  readonly name: string;
  /** `multiple of 16` */
  readonly legal: string;
  readonly example: number | undefined;
  readonly askedBy: readonly string[];
}

export interface OpenedView {
  readonly name: string;
  /** Exporter, operator sets, length of the file, layers, cost: a label and a text each. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly inputs: readonly InputView[];
  readonly outputs: readonly PortView[];
  /** Files of weights that the model names and that were not given. */
  readonly missing: readonly string[];
  readonly checked: CheckedView;
}

export interface LayerRow {
  /** In the graph's list of nodes. */
  readonly place: number;
  readonly name: string;
  readonly operator: string;
  readonly shape: string;
  readonly parameters: string;
  readonly macs: string;
  readonly bytes: string;
  /** Whether the node is at fault at these sizes. */
  readonly isBroken: boolean;
}

/** A model at sizes: what it is found to be. */
export interface CheckedView {
  readonly inputs: readonly PortView[];
  readonly outputs: readonly PortView[];
  readonly sizes: readonly SizeView[];
  readonly relations: readonly string[];
  /** The first of them. */
  readonly findings: readonly FindingView[];
  readonly findingCount: number;
  readonly errorCount: number;
  readonly layerCount: number;
}

/** Messages are read on the page's thread: lists that grow with the network come in parts. */
export interface LayersRequest {
  readonly sizes: Sizes;
  readonly from: number;
}

export type DrawDetail = 'blocks' | 'layers';

export interface DrawRequest {
  readonly sizes: Sizes;
  readonly detail: DrawDetail;
  /** Color by the time of the last run. */
  readonly byTime: boolean;
}

/** A drawing in pieces, which the page puts in one after another. */
export interface SvgDocument {
  /** The root, without anything in it. */
  readonly frame: string;
  /** Rules for the elements. */
  readonly styles: string;
  /** XML of some elements each; instead of `style` they have the attribute `ownStyle`. */
  readonly pieces: readonly string[];
}

/** Styles that elements have for themselves: under a Content-Security-Policy attributes named `style` may be without effect. */
export const ownStyle = 'data-style';

export interface DrawnView {
  readonly svg: SvgDocument;
  /** Of each block, in the drawing's order: its nodes, by place. */
  readonly blocks: readonly (readonly number[])[];
}

export interface ExplainRequest {
  /** The node's place. */
  readonly node: number;
  readonly sizes: Sizes;
}

export interface ExplainedView {
  readonly heading: string;
  /** Lines of fixed width. */
  readonly words: string;
  readonly pictures: readonly { readonly svg: SvgDocument; readonly description: string }[];
}

/** Pixels with alpha, from a camera. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export type FeedRequest =
  | { readonly kind: 'file'; readonly file: Blob }
  | { readonly kind: 'pixels'; readonly pixels: Pixels }
  | { readonly kind: 'random'; readonly seed: number }
  /** Normally distributed, but for elements that are given by their place. */
  | { readonly kind: 'latent'; readonly seed: number; readonly values: ReadonlyMap<number, number> };

export interface RunRequest {
  readonly sizes: Sizes;
  /** By input. */
  readonly feeds: ReadonlyMap<string, FeedRequest>;
  /** A name that `namedNormalization` knows. */
  readonly normalization: string;
  /** Whether sums are in one order, whatever the machine: the same bits everywhere, and slower. */
  readonly isStrict: boolean;
  /** What the outputs are shown as; undefined for what they evidently are. */
  readonly showAs: ShownKind | undefined;
}

export const shownKinds = ['image', 'mask', 'classes', 'probabilities', 'depth', 'channels'] as const;
export type ShownKind = (typeof shownKinds)[number];

export interface ResultPicture {
  /** `overlay`, `mask`, `picture` … */
  readonly kind: string;
  readonly file: string;
  /** It is handed over: a copy would be made on the page's thread. */
  readonly bitmap: ImageBitmap;
  readonly note: string;
}

export interface ResultView extends PortView {
  readonly range: string;
  readonly notes: readonly string[];
  readonly pictures: readonly ResultPicture[];
}

export interface StepView {
  readonly operators: string;
  readonly nodes: string;
  readonly algorithm: string;
  readonly milliseconds: number;
}

export interface FedView {
  readonly name: string;
  /** What it was fed, and how that was changed. */
  readonly text: string;
  /** The first elements of a latent. */
  readonly latent: readonly number[];
}

/** Elements of a latent that the page has sliders for. */
export const mostSliders = 16;

export interface RanView {
  readonly outputs: readonly ResultView[];
  readonly inputs: readonly FedView[];
  readonly runMilliseconds: number;
  readonly compileMilliseconds: number;
  readonly threads: number;
  /** The kind of instructions that its kernels use. */
  readonly tier: string;
  readonly notes: readonly string[];
  /** Those that took longest. */
  readonly steps: readonly StepView[];
  readonly stepCount: number;
  /** By the node's place: milliseconds of its step, at the step's first node. */
  readonly nodeTimes: ReadonlyMap<number, number>;
}

export interface DecoderView {
  readonly number: number;
  readonly text: string;
  readonly reasons: readonly string[];
}

export interface DecodersView {
  readonly kind: string;
  readonly candidates: readonly DecoderView[];
  readonly reasons: readonly string[];
}

export type ExportRequest =
  | { readonly kind: 'decoder'; readonly candidate: number }
  | { readonly kind: 'drawing'; readonly sizes: Sizes; readonly detail: DrawDetail }
  | { readonly kind: 'report'; readonly sizes: Sizes }
  | { readonly kind: 'explanations'; readonly sizes: Sizes }
  | { readonly kind: 'results' };

export interface ExportedFile {
  readonly name: string;
  readonly content: Blob;
}

/** By name, what is asked and what is answered. */
export interface Tasks {
  open(source: ModelSource): OpenedView;
  check(sizes: Sizes): CheckedView;
  /** Some rows from `from` on. */
  layers(request: LayersRequest): readonly LayerRow[];
  draw(request: DrawRequest): DrawnView;
  explain(request: ExplainRequest): ExplainedView;
  run(request: RunRequest): RanView;
  decoders(nothing: undefined): DecodersView;
  export(request: ExportRequest): ExportedFile;
}

export type TaskName = keyof Tasks;
export type Asked<K extends TaskName> = Parameters<Tasks[K]>[0];
export type Answered<K extends TaskName> = ReturnType<Tasks[K]>;

export type Request = {
  [K in TaskName]: { readonly id: number; readonly task: K; readonly asked: Asked<K> };
}[TaskName];

export type Reply =
  | { readonly kind: 'done'; readonly id: number; readonly answer: Answered<TaskName> }
  | { readonly kind: 'failed'; readonly id: number; readonly findings: readonly FindingView[] };
