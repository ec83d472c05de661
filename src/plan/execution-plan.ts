/**
 * What the compiled engine runs, as plain data: steps over memory that is planned beforehand. It can be printed, compared with
 * a snapshot, and sent to another thread. Of kernels it has the sizes and strides that code is emitted for later.
 *
 * Memory is counted in floats (four bytes each), whatever lies there. A run has an arena, each thread has scratch of its
 * own, and a session has constants that all its runs share.
 */
import type { ElementType } from '../ir/element-type.js';
import type { Cells } from '../wasm/kernels/cells.js';
import type { WeightType } from '../wasm/kernels/half-weights.js';
import type { KernelSpec } from '../wasm/kernels/spec.js';

export type Precision = 'fast' | 'strict';

export type Address =
  | { readonly space: 'arena' | 'scratch'; readonly offset: number }
  /** So many floats into a constant of the plan. */
  | { readonly space: 'constant'; readonly index: number; readonly offset: number };

interface StepOrigin {
  /** Which one was chosen, in words: `winograd F(4x4, 3x3)`, `direct, 4 subconvolutions`, `reference`. */
  readonly algorithm: string;
  /** The nodes that the step computes, as indices into the graph's. */
  readonly nodes: readonly number[];
}

export interface KernelStep extends StepOrigin {
  readonly kind: 'kernel';
  readonly kernel: KernelSpec;
  /** The kernel's pointers, in the order of its parameters. */
  readonly arguments: readonly Address[];
  /** Whether all earlier steps have to be complete before it begins. */
  readonly barrier: boolean;
  /** Whether threads share its units; small steps are left to one thread. */
  readonly parallel: boolean;
  /** Whether they do so only while their cores are near one another: so are all that are shared between two steps of the host, or none. */
  readonly isNear?: true;
  /** Multiplications and additions that the definition of the nodes asks for, for GFLOP/s. */
  readonly operations: number;
  /** What the algorithms that were possible are expected to take, cheapest first; empty where there was one only. */
  readonly algorithmCosts: readonly AlgorithmCost[];
}

export interface AlgorithmCost {
  readonly algorithm: string;
  /** Expected, on one thread. */
  readonly microseconds: number;
}

/** A tensor that a node's reference reads or makes: in the arena in row-major order, or held by the host. */
export type Operand =
  | {
      readonly kind: 'arena';
      readonly type: ElementType;
      readonly dims: readonly number[];
      readonly offset: number;
      /** Whether elements are numbers in float32, whatever the type is, or integers in the words of their type. */
      readonly cells: Cells;
    }
  /** A tensor of the host, by its number; its shape may be known only once it is computed. */
  | { readonly kind: 'host'; readonly index: number }
  /** A constant of the graph or a derived one, by its name. */
  | { readonly kind: 'weight'; readonly value: string }
  | { readonly kind: 'absent' };

/** A node computed by its reference, outside of WebAssembly, on the same memory. */
export interface ReferenceStep extends StepOrigin {
  readonly kind: 'reference';
  /** Why no kernel computes it. */
  readonly reason: string;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /** Values that the node's subgraphs read from the graph around them. */
  readonly captures: readonly { readonly value: string; readonly operand: Operand }[];
  /** Numbers of host tensors that nothing reads afterwards. */
  readonly releases: readonly number[];
}

/** Where an input of a body comes from: what the node gives its graph, or a value of the graph around it, by its name. */
export type BodyInput =
  | { readonly kind: 'feed'; readonly feed: number }
  | { readonly kind: 'captured'; readonly value: string };

/** A graph inside a node, as a plan of its own, which runs on memory after that of the plan around it. */
export interface BodyPlan {
  /** The node's attribute that the graph is: `then_branch`. */
  readonly attribute: string;
  /** Undefined where only a run shows the sizes: it has plans made then. */
  readonly plan: ExecutionPlan | undefined;
  /** Of the plan's inputs. Those that are captured stay from round to round. */
  readonly inputs: readonly BodyInput[];
  /** Whether it may run more than once in a step. */
  readonly repeats: boolean;
  /** Inputs that a round gets from the one before it, and the outputs that they come from. */
  readonly states: readonly { readonly output: number; readonly input: number }[];
}

/** A node that decides which of its graphs run, and how often: the host does that, and kernels compute the graphs. */
export interface ControlStep extends Omit<ReferenceStep, 'kind' | 'reason'> {
  readonly kind: 'control';
  /** The graphs that are compiled, now or in a run. The others are left to references. */
  readonly bodies: readonly BodyPlan[];
}

/**
 * The host takes a value whose size a kernel has found out of the room that is there for the largest that it can be. Inputs are
 * that room and the size, one int32.
 */
export interface CountedStep extends Omit<ReferenceStep, 'kind' | 'reason'> {
  readonly kind: 'counted';
  /** Of the value, whose elements are the first of the room; null for the size that was found. */
  readonly dims: readonly (number | null)[];
}

/** A step of the host. */
export type HostStep = ReferenceStep | ControlStep | CountedStep;

export type ExecutionStep = KernelStep | HostStep;

/** A part of the arena and the steps that need it; blocks that no step needs at the same time may share memory. */
export interface ArenaBlock {
  /** The values that it holds. */
  readonly values: readonly string[];
  readonly offset: number;
  readonly floats: number;
  /** Indices of steps, the last included. */
  readonly first: number;
  readonly last: number;
}

/** What a session keeps for all runs: packed weights and tables. Constants with equal keys have equal bytes. */
export interface PlanConstant {
  readonly key: string;
  readonly floats: number;
  readonly recipe: ConstantRecipe;
}

/** In place of a tap that a filter does not have: its weights are 0. */
export const noTap = -1;

/** Which element of a tensor a weight is: base + taps[tap] + channel * channelStride + column * columnStride. */
export interface WeightSource {
  /** The name of the value in the graph's constants. */
  readonly value: string;
  readonly base: number;
  /** One for each tap, in the order of the sum (rows of the window, then columns); `noTap` only where kernels are Winograd's. */
  readonly taps: readonly number[];
  readonly channels: number;
  readonly channelStride: number;
  readonly columns: number;
  readonly columnStride: number;
}

export type ConstantRecipe =
  /** Bytes that the plan carries itself (tables), in base 64. */
  | { readonly kind: 'bytes'; readonly base64: string }
  /** A constant's elements as float32 in row-major order, then zeros. */
  | { readonly kind: 'elements'; readonly value: string }
  /** The bytes of a constant's elements: integers of 32 or 64 bits. */
  | { readonly kind: 'words'; readonly value: string }
  /** Rows of `columns` elements each at a distance of `stride` floats, zeros between: biases and per-channel operands. */
  | { readonly kind: 'rows'; readonly value: string; readonly columns: number; readonly stride: number }
  /** Weights in panels, the pieces (groups, subconvolutions) one after another. */
  | {
      readonly kind: 'panels';
      readonly tileColumns: number;
      /** How they lie in memory: float32 by default. */
      readonly type?: WeightType | undefined;
      /** Set for Winograd's points that take turns: of so many panels some channels, panel by panel, of each channel all taps. */
      readonly turns?: { readonly channels: number; readonly panels: number } | undefined;
      readonly pieces: readonly WeightSource[];
    }
  | { readonly kind: 'small-N'; readonly lanes: number; readonly pieces: readonly WeightSource[] }
  /** In panels as well, but a column is a channel of its own: channelStride is not used. */
  | { readonly kind: 'depthwise'; readonly tileColumns: number; readonly pieces: readonly WeightSource[] }
  | {
      readonly kind: 'winograd';
      readonly tileColumns: number;
      /** Outputs and taps of the filter: height, then width. A piece may have several slices of so many taps. */
      readonly outputs: readonly [number, number];
      readonly taps: readonly [number, number];
      readonly pieces: readonly WeightSource[];
    };

/**
 * A float32 constant that is computed from quantized ones of the graph when it is needed: (value - zero point) * scale.
 * Recipes and references name it as they name the graph's own.
 */
export interface DerivedConstant {
  readonly name: string;
  readonly dims: readonly number[];
  /** Names of constants of the graph. */
  readonly value: string;
  readonly zeroPoint: string | undefined;
  readonly scale: string | undefined;
  /** Set where elements are words of four bytes, of neighbors along an axis less `base`: `dims` count words along it. */
  readonly words?: { readonly axis: number; readonly base: number } | undefined;
  /** Set for 3×3 kernels of integers as words of two channels at Winograd's points: `pointWeights` says how they lie. */
  readonly isAtPoints?: true | undefined;
  /** Neighboring elements that share a zero point and scale: element i has number floor(i / run) modulo their count. */
  readonly run: number;
  /**
   * Set where blocks of `size` neighbors along an axis share them instead: the axis has `length` elements, after which come axes of
   * `run` in all.
   */
  readonly blocks?: { readonly size: number; readonly length: number } | undefined;
  /**
   * Set for weights of a transposed convolution with these strides, made of those of a convolution [M, C, k, …] of pixels that are
   * repeated so often: along each spatial axis, element i is the sum of `repeats` of them from k - 1 - i on, of those that there are.
   */
  readonly repeats?: readonly number[] | undefined;
}

/**
 * Three words of the arena, zero when a run begins, in which a kernel notes what is wrong with a value that it reads. It goes
 * on with another one: the run fails when its threads have met.
 */
export type Fault = {
  /** The index of the node among the graph's. */
  readonly node: number;
  readonly offset: number;
} & FaultKind;

export type FaultKind =
  /** The first word is 1. */
  | { readonly kind: 'division by zero'; readonly operator: string }
  /** The words are 1 + the axis among `axes`, the index as 32 bits have it, and its position among the indices. */
  | {
      readonly kind: 'index outside';
      readonly dims: readonly number[];
      readonly axes: readonly { readonly axis: number; readonly size: number }[];
    }
  /** The words are 1, the index as 32 bits have it, and its position. */
  | { readonly kind: 'unpooled outside'; readonly dims: readonly number[]; readonly onto: readonly number[] }
  /** The words are 1 and the image that a region names, or 2 and how many points a bin would have; then the region. */
  | { readonly kind: 'region that does not fit'; readonly images: number };

/** An input or output of the graph. */
export interface Port {
  readonly name: string;
  readonly operand: Operand;
}

/** What a run reads of a plan once its code is made. */
export interface RunPlan extends Pick<ExecutionPlan, 'inputs' | 'outputs' | 'faults'> {
  readonly steps: readonly (
    | Pick<KernelStep, 'kind' | 'algorithm' | 'nodes' | 'parallel' | 'isNear' | 'operations'>
    | HostStep
  )[];
}

export interface ExecutionPlan {
  readonly precision: Precision;
  /** What weights were to be in memory, where kernels read them no slower. */
  readonly weights?: WeightType | undefined;
  readonly steps: readonly ExecutionStep[];
  readonly constants: readonly PlanConstant[];
  /** Constants that recipes and references name and that the graph does not have. */
  readonly derived: readonly DerivedConstant[];
  readonly blocks: readonly ArenaBlock[];
  /** What kernels may find wrong with values; the host looks after them. */
  readonly faults: readonly Fault[];
  /** Floats of the arena, and of each thread's scratch. */
  readonly arena: number;
  readonly scratch: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}
