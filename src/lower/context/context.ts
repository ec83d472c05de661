/** What lowerings work with: what is known of values, where they are, who uses them, and the steps so far. */
import type { Inference } from '../../infer/infer.js';
import { capturedValues, type Graph, type Node, subgraphsOf, type Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { Uses } from '../../ir/uses.js';
import type { MemoryOptions } from '../../limits/memory.js';
import type { BodyPlan, FaultKind, Precision } from '../../plan/execution-plan.js';
import type { ByteProducts } from '../../wasm/kernels/byte-tile.js';
import { wordsOf } from '../../wasm/kernels/cells.js';
import type { WeightType } from '../../wasm/kernels/half-weights.js';
import type { Tier } from '../../wasm/kernels/kernel.js';
import type { ProcessorClass } from '../../wasm/processor.js';
import type { Costs } from './cost-tables.js';
import { PlanConstants } from './plan-constants.js';
import { RowMajorTensor } from './tensor.js';
import { Tensors } from './tensors.js';
import type { UnplacedFault, UnplacedKernel, UnplacedOperand, UnplacedStep } from './unplaced-step.js';
import { Values } from './values.js';

export interface LowerOptions extends MemoryOptions {
  readonly tier: Tier;
  readonly precision: Precision;
  readonly threads: number;
  /** An algorithm that convolutions take wherever they can, in place of the one expected to be fastest: for measurements. */
  readonly prefer?: ConvolutionAlgorithm;
  /** What algorithms are expected to cost, in place of the table of the class: for measurements. */
  readonly costs?: Costs;
  /** What kind of processor algorithms are chosen for (default: the usual one); strict plans are the same for all. */
  readonly processor?: ProcessorClass | undefined;
  /** How weights lie in memory, where kernels read them no slower than float32: so by default. */
  readonly weights?: WeightType | undefined;
  /** How kernels sum products of bytes; without it integers are computed with as float32. */
  readonly byteProducts?: ByteProducts | undefined;
  /** Holds float64 values as float32 as well, which rounds them; by default they stay with the references. */
  readonly narrowsFloat64?: boolean;
  /** Of a graph that is a body: inputs that keep their memory until the end, and those that outputs are to be written over. */
  readonly body?: BodyMemory | undefined;
}

/** What a body has from one round to the next, by the indices of inputs and outputs. */
export interface BodyMemory {
  readonly kept: readonly number[];
  /** Where nothing reads the input any more when the output is made, both have one place. */
  readonly states: BodyPlan['states'];
}

export type ConvolutionAlgorithm =
  | { readonly name: 'direct' | 'strassen' | 'small-N' | 'depthwise' | 'phase rows' }
  | { readonly name: 'winograd' | 'winograd steps' | 'winograd panels'; readonly outputs: number };

export class LoweringContext {
  readonly values: Values;
  readonly uses: Uses;
  readonly constants: PlanConstants;
  readonly tensors: Tensors;
  readonly steps: UnplacedStep[] = [];
  readonly faults: UnplacedFault[] = [];
  /** Nodes that steps so far compute. */
  readonly done = new Set<Node>();

  constructor(
    readonly graph: Graph,
    inference: Pick<Inference, 'types'>,
    readonly options: LowerOptions,
  ) {
    this.values = new Values(graph, inference, options.narrowsFloat64);
    this.uses = new Uses(graph);
    this.constants = new PlanConstants(this.values);
    this.tensors = new Tensors(this.values, this.constants, (step) => this.add(step));
  }

  add(step: UnplacedKernel): void {
    this.steps.push(step);
    for (const node of step.nodes) this.done.add(node);
  }

  /** Words in which a kernel of the node notes what is wrong with a value that it reads. */
  fault(node: Node, kind: FaultKind): RowMajorTensor {
    const words = new RowMajorTensor(`faults of ${node.opType}`, 3, undefined, undefined, 'int32');
    this.faults.push({ node, words, kind });
    return words;
  }

  /**
   * Has the host take an output of a node out of the room that kernels have made it in.
   * @param dims of the output; null for the size, which the word of `count` is
   */
  takeCounted(
    node: Node,
    output: Value,
    room: RowMajorTensor,
    count: RowMajorTensor,
    dims: readonly (number | null)[],
    most: number,
  ): void {
    const known = this.values.sizedDims(output);
    if (known !== undefined) {
      const words = elementCount(known) * wordsOf(room.cells);
      const part = { whole: room, offset: 0 };
      this.tensors.setResidency(output, new RowMajorTensor(output.name, words, part, undefined, room.cells));
      return;
    }
    const roomDims = dims.map((size) => size ?? most);
    const inputs: UnplacedOperand[] = [
      { kind: 'tensor', tensor: room, type: this.values.elementType(output)!, dims: roomDims },
      { kind: 'tensor', tensor: count, type: 'int32', dims: [] },
    ];
    const outputs: UnplacedOperand[] = [{ kind: 'host', index: this.tensors.makeHost(output) }];
    this.steps.push({ kind: 'reference', reason: '', nodes: [node], inputs, outputs, captures: [], counted: dims });
  }

  /**
   * Has the node computed outside of WebAssembly.
   * @param bodies those of its graphs that are compiled
   */
  reference(node: Node, reason: string, bodies?: readonly BodyPlan[]): void {
    const inputs = node.inputs.map((input) => this.tensors.operand(input));
    const captures = subgraphsOf(node).flatMap(({ graph }) =>
      [...capturedValues(graph)]
        .filter((value) => this.tensors.isReady(value))
        .map((value) => ({ value: value.name, operand: this.tensors.operand(value) })),
    );
    const outputs = node.outputs.map((output): UnplacedOperand => {
      if (output === undefined) return { kind: 'absent' };
      const dims = this.tensors.storedDims(output);
      if (dims !== undefined) {
        return {
          kind: 'tensor',
          tensor: this.tensors.makeStored(output),
          type: this.values.elementType(output)!,
          dims,
        };
      }
      return { kind: 'host', index: this.tensors.makeHost(output) };
    });
    this.steps.push({ kind: 'reference', reason, nodes: [node], inputs, outputs, captures, bodies });
    this.done.add(node);
  }
}

/** State that one part of the lowering keeps for each plan. */
export function perPlan<T>(make: () => T): (context: LoweringContext) => T {
  const states = new WeakMap<LoweringContext, T>();
  return (context) => {
    const known = states.get(context);
    if (known !== undefined) return known;
    const made = make();
    states.set(context, made);
    return made;
  };
}
