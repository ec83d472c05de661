/** Steps before memory is planned: what they read and write is settled, strides and addresses are not. */
import type { ElementType } from '../../ir/element-type.js';
import type { Node } from '../../ir/graph.js';
import type { AlgorithmCost, BodyPlan, FaultKind, Operand } from '../../plan/execution-plan.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import type { View } from '../../wasm/kernels/views.js';
import type { LoweredTensor, RowMajorTensor } from './tensor.js';

/** A pointer of a kernel. */
export type Pointer =
  /** `offset` is in floats from the tensor's first element. */
  | { readonly tensor: LoweredTensor; readonly offset?: number }
  | { readonly constant: number; readonly offset?: number }
  /** So many floats into the thread's scratch. */
  | { readonly scratch: number };

/** Where tensors lie, once memory is planned. */
export interface TensorPlacement {
  /** The strides of a tensor in NHWC8. */
  view(tensor: LoweredTensor): View;
}

/** A step of Winograd's filtering that makes outputs, tile by tile, and may be made to do more with each tile. */
export interface OutputTiles {
  /** Of a tile. */
  readonly height: number;
  readonly width: number;
  /** Whether outputs are finished, and neighbors in the tensor as in the tile. */
  readonly areWhole: boolean;
  readonly build: (placement: TensorPlacement, follower: TileFollower) => ReturnType<UnplacedKernel['build']>;
}

/** What follows upon a tile of outputs. */
export interface TileFollower {
  /** For the kernel. */
  readonly pooled: 'too' | 'only';
  /** A further operand of the layer, as of an epilogue. */
  readonly operand: {
    readonly reads: readonly LoweredTensor[];
    readonly pointer: Pointer;
    readonly view: (placement: TensorPlacement) => View;
    readonly isBroadcast: boolean;
  };
  /** Where else the outputs go. */
  readonly target?: { readonly strides: Partial<View>; readonly pointer: Pointer };
}

export interface UnplacedKernel {
  readonly kind: 'kernel';
  readonly algorithm: string;
  readonly nodes: readonly Node[];
  readonly reads: readonly LoweredTensor[];
  readonly writes: readonly LoweredTensor[];
  /** Made when strides are known. */
  readonly build: (placement: TensorPlacement) => {
    readonly kernel: KernelSpec;
    readonly pointers: readonly Pointer[];
  };
  /** Floats of scratch that each thread needs. */
  readonly scratch?: number;
  /** Multiplications and additions that the definition of the nodes asks for. */
  readonly operations: number;
  /** What the step does, counted in operations, roughly: it decides whether threads share the step. `operations` by default. */
  readonly work?: number;
  readonly algorithmCosts?: readonly AlgorithmCost[];
  /**
   * Whether it writes elements that no other such step of the same tensor writes: these steps need not wait for one another.
   */
  readonly isDisjoint?: boolean;
  /** Whether it writes nothing but halos. */
  readonly isHalo?: boolean;
  /**
   * An input whose memory the output may take over where nothing reads that later: each element is read before it is written.
   */
  readonly overwrites?: LoweredTensor | undefined;
  readonly tiles?: OutputTiles;
}

/** Before memory is planned, operands in the arena are tensors. */
export type UnplacedOperand =
  | Exclude<Operand, { readonly kind: 'arena' }>
  | {
      readonly kind: 'tensor';
      readonly tensor: LoweredTensor;
      readonly type: ElementType;
      readonly dims: readonly number[];
    };

/** The words of a fault, before memory is planned. */
export interface UnplacedFault {
  readonly node: Node;
  readonly words: RowMajorTensor;
  readonly kind: FaultKind;
}

export interface UnplacedReference {
  readonly kind: 'reference';
  readonly reason: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly UnplacedOperand[];
  readonly outputs: readonly UnplacedOperand[];
  readonly captures: readonly { readonly value: string; readonly operand: UnplacedOperand }[];
  /** The node's graphs that are compiled; undefined where the whole node is left to its reference. */
  readonly bodies?: readonly BodyPlan[] | undefined;
  /** Set where kernels compute the node but for the size of its output, which `CountedStep` has. */
  readonly counted?: readonly (number | null)[] | undefined;
}

export type UnplacedStep = UnplacedKernel | UnplacedReference;
