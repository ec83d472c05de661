/** Steps before memory is planned: what they read and write is settled, strides and addresses are not. */
import type { ElementType } from '../../ir/element-type.js';
import type { Node } from '../../ir/graph.js';
import type { AlgorithmCost, Operand } from '../../plan/execution-plan.js';
import type { KernelSpec } from '../../wasm/kernels/spec.js';
import type { View } from '../../wasm/kernels/views.js';
import type { LoweredTensor } from './tensor.js';

/** A pointer of a kernel. */
export type Pointer =
  /** So many floats behind a tensor's first element. */
  | { readonly tensor: LoweredTensor; readonly offset?: number }
  | { readonly constant: number; readonly offset?: number }
  /** Memory of the thread's own. */
  | { readonly scratch: number };

/** What is known once memory is planned. */
export interface TensorPlacement {
  /** The strides of a tensor in NHWC8. */
  view(tensor: LoweredTensor): View;
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
  /** What the definition of the nodes asks for. */
  readonly operations: number;
  /** A rough count of what the step does, to decide whether threads share it; `operations` by default. */
  readonly work?: number;
  readonly algorithmCosts?: readonly AlgorithmCost[];
  /** Steps of which each writes other elements of the same tensor: they need not wait for one another. */
  readonly isDisjoint?: boolean;
  /** It writes around tensors only. */
  readonly isHalo?: boolean;
  /** An input whose memory the output may take over, place for place, when nothing else reads it. */
  readonly overwrites?: LoweredTensor | undefined;
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

export interface UnplacedReference {
  readonly kind: 'reference';
  readonly reason: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly UnplacedOperand[];
  readonly outputs: readonly UnplacedOperand[];
  readonly captures: readonly { readonly value: string; readonly operand: UnplacedOperand }[];
}

export type UnplacedStep = UnplacedKernel | UnplacedReference;
