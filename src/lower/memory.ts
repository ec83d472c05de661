/**
 * From unplaced steps to a plan: strides, addresses in the arena, barriers. Tensors that are not needed at the same time
 * share memory; a step may overwrite an input that nothing reads afterwards.
 */
import type { Graph } from '../ir/graph.js';
import { requireArena } from '../limits/memory.js';
import type { Steps } from '../limits/steps.js';
import type {
  Address,
  ArenaBlock,
  ControlStep,
  CountedStep,
  ExecutionPlan,
  ExecutionStep,
  Operand,
  PlanConstant,
  ReferenceStep,
} from '../plan/execution-plan.js';
import { ownView, readableAfter, type View } from '../wasm/kernels/views.js';
import { type Block, placeBlocks } from './arena.js';
import type { LowerOptions } from './context/context.js';
import { type LoweredTensor, type Nhwc8Tensor, RowMajorTensor, rootOf } from './context/tensor.js';
import type {
  Pointer,
  TensorPlacement,
  UnplacedFault,
  UnplacedKernel,
  UnplacedOperand,
  UnplacedStep,
} from './context/unplaced-step.js';
import { stepSharing } from './sharing.js';

type HostKind =
  | Pick<ReferenceStep, 'kind' | 'algorithm' | 'reason'>
  | Pick<ControlStep, 'kind' | 'algorithm' | 'bodies'>
  | Pick<CountedStep, 'kind' | 'algorithm' | 'dims'>;

/** Blocks begin at cache lines. */
const alignment = 16;
export interface UnplacedPorts {
  readonly inputs: readonly { readonly name: string; readonly operand: UnplacedOperand }[];
  readonly outputs: readonly { readonly name: string; readonly operand: UnplacedOperand }[];
  /** Indices of inputs that keep their memory until the end. */
  readonly kept?: readonly number[];
  /** Outputs that are to take the memory of inputs, by their indices. */
  readonly states?: readonly { readonly output: number; readonly input: number }[];
  readonly faults: readonly UnplacedFault[];
}

export function* planMemory(
  graph: Graph,
  unplaced: readonly UnplacedStep[],
  ports: UnplacedPorts,
  constants: readonly PlanConstant[],
  { precision, weights, threads, ...limits }: Pick<LowerOptions, 'precision' | 'weights' | 'threads' | 'memoryLimit'>,
): Steps<Omit<ExecutionPlan, 'derived'>> {
  const placement = new ArenaPlacement(withHalos(unplaced), ports, threads > 1);
  // Kernels are built after this, some with tables as long as an axis.
  requireArena(placement.floats * 4, limits);
  const indices = new Map(graph.nodes.map((node, i) => [node, i]));
  const barriers = new Barriers();
  const releases = hostReleases(placement.steps, ports);
  const stepOf = (step: UnplacedStep, i: number): ExecutionStep => {
    const nodes = step.nodes.map((node) => indices.get(node)!);
    if (step.kind === 'reference') {
      barriers.reset();
      const kind: HostKind =
        step.counted !== undefined
          ? { kind: 'counted', algorithm: 'as many as counted', dims: step.counted }
          : step.bodies === undefined
            ? { kind: 'reference', algorithm: 'reference', reason: step.reason }
            : { kind: 'control', algorithm: 'compiled graphs', bodies: step.bodies };
      return {
        ...kind,
        nodes,
        inputs: step.inputs.map((operand) => placement.operand(operand)),
        outputs: step.outputs.map((operand) => placement.operand(operand)),
        captures: step.captures.map(({ value, operand }) => ({ value, operand: placement.operand(operand) })),
        releases: releases[i]!,
      };
    }
    const { kernel, pointers } = step.build(placement);
    return {
      kind: 'kernel',
      algorithm: step.algorithm,
      nodes,
      kernel,
      arguments: pointers.map((pointer) => placement.address(pointer)),
      barrier: barriers.isNeeded(step, placement),
      parallel: sharing.has(step),
      ...(sharing.get(step) === 'near' ? { isNear: true as const } : {}),
      operations: step.operations,
      algorithmCosts: step.algorithmCosts ?? [],
    };
  };
  const sharing = stepSharing(placement.steps);
  const steps: ExecutionStep[] = [];
  for (const [i, step] of placement.steps.entries()) {
    steps.push(stepOf(step, i));
    yield;
  }
  const scratch = Math.max(0, ...placement.steps.map((step) => (step.kind === 'kernel' ? (step.scratch ?? 0) : 0)));
  return {
    precision,
    ...(weights === undefined ? {} : { weights }),
    steps,
    // A copy is taken now, as building kernels adds tables.
    constants: [...constants],
    blocks: placement.blocks.map(
      ({ names, offset, floats, first, last }): ArenaBlock => ({ values: names, offset, floats, first, last }),
    ),
    faults: ports.faults.map(({ node, words, kind }) => ({
      ...kind,
      node: indices.get(node)!,
      offset: placement.address({ tensor: words }).offset,
    })),
    arena: placement.floats,
    scratch: Math.ceil(scratch / alignment) * alignment,
    inputs: ports.inputs.map(({ name, operand }) => ({ name, operand: placement.operand(operand) })),
    outputs: ports.outputs.map(({ name, operand }) => ({ name, operand: placement.operand(operand) })),
  };
}

function readsOf(step: UnplacedStep): readonly LoweredTensor[] {
  if (step.kind === 'kernel') return step.reads;
  return [...step.inputs, ...step.captures.map(({ operand }) => operand)].flatMap(tensorOf);
}

function writesOf(step: UnplacedStep): readonly LoweredTensor[] {
  return step.kind === 'kernel' ? step.writes : step.outputs.flatMap(tensorOf);
}

function tensorOf(operand: UnplacedOperand): LoweredTensor[] {
  return operand.kind === 'tensor' ? [operand.tensor] : [];
}

/** The steps, with one that clears the halo before the first that writes into a tensor with a halo. */
function withHalos(steps: readonly UnplacedStep[]): UnplacedStep[] {
  const cleared = new Set<LoweredTensor>();
  const result: UnplacedStep[] = [];
  for (const step of steps) {
    for (const tensor of writesOf(step)) {
      const root = rootOf(tensor);
      if (root.layout !== 'nhwc8' || cleared.has(root)) continue;
      cleared.add(root);
      if (hasHalo(root)) result.push(clearHalo(root));
    }
    result.push(step);
  }
  return result;
}

function hasHalo({ halo }: Nhwc8Tensor): boolean {
  const { front = 0, back = 0, top, left, bottom, right } = halo;
  return front + back + top + left + bottom + right > 0;
}

function clearHalo(tensor: Nhwc8Tensor): UnplacedKernel {
  const { images, depth, height, width, channels } = tensor.size;
  const { front = 0, back = 0, top, left, bottom, right } = tensor.halo;
  const { fill } = tensor;
  const isComputed = typeof fill !== 'number';
  const pixels = (depth + front + back) * (height + top + bottom) * (width + left + right) - depth * height * width;
  return {
    kind: 'kernel',
    algorithm: 'zero halo',
    nodes: [],
    reads: isComputed ? [fill] : [],
    writes: [tensor],
    isHalo: true,
    operations: 0,
    work: images * pixels * channels,
    build: (placement) => ({
      kernel: {
        name: 'zero halo',
        params: {
          view: placement.view(tensor),
          halo: tensor.halo,
          ...(isComputed ? { isComputed } : fill === 0 ? {} : { fill }),
        },
      },
      pointers: isComputed ? [{ tensor }, { tensor: fill }] : [{ tensor }],
    }),
  };
}

/** For each step the host tensors that no later step reads. */
function hostReleases(steps: readonly UnplacedStep[], ports: UnplacedPorts): number[][] {
  const lasting = [...ports.outputs, ...(ports.kept ?? []).map((index) => ports.inputs[index]!)];
  const kept = new Set(lasting.flatMap(({ operand }) => (operand.kind === 'host' ? [operand.index] : [])));
  const seen = new Set<number>();
  const releases = steps.map((): number[] => []);
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    if (step.kind !== 'reference') continue;
    const operands = [...step.inputs, ...step.outputs, ...step.captures.map(({ operand }) => operand)];
    for (const operand of operands) {
      if (operand.kind !== 'host' || kept.has(operand.index) || seen.has(operand.index)) continue;
      seen.add(operand.index);
      releases[i]!.push(operand.index);
    }
  }
  return releases;
}

class ArenaPlacement implements TensorPlacement {
  readonly blocks: Block[];
  readonly floats: number;
  private readonly blockOf = new Map<LoweredTensor, Block>();
  /** The reverse of `blockOf`, made when all lifetimes are known. */
  private tensorsIn: Map<Block, LoweredTensor[]> | undefined;

  constructor(
    readonly steps: readonly UnplacedStep[],
    ports: UnplacedPorts,
    isShared: boolean,
  ) {
    this.findLifetimes(ports);
    this.blocks = this.blocksInOrder();
    this.floats = placeBlocks(this.blocks, isShared);
    this.blocks.sort((a, b) => a.first - b.first || a.offset - b.offset);
  }

  view(tensor: LoweredTensor): View {
    if (tensor.layout === 'row-major') throw new RangeError(`${tensor.name} has no view`);
    if (tensor.parent === undefined) return ownView(tensor.size, tensor.halo).view;
    const { whole, channel } = tensor.parent;
    const view = this.view(whole);
    const { channels } = tensor.size;
    // After the last slice comes the padding of the whole, which may be overwritten.
    const isLast = channel + channels === whole.size.channels;
    return { ...view, channels, writable: isLast ? view.writable - channel : channels };
  }

  address(pointer: Pointer): Address {
    if ('scratch' in pointer) return { space: 'scratch', offset: pointer.scratch };
    if ('constant' in pointer) return { space: 'constant', index: pointer.constant, offset: pointer.offset ?? 0 };
    const { tensor, offset = 0 } = pointer;
    if (tensor.layout === 'row-major') {
      if (tensor.constant !== undefined) return { space: 'constant', index: tensor.constant, offset };
      if (tensor.part !== undefined) {
        return this.address({ tensor: tensor.part.whole, offset: tensor.part.offset + offset });
      }
    }
    return { space: 'arena', offset: this.start(tensor) + offset };
  }

  operand(operand: UnplacedOperand): Operand {
    if (operand.kind !== 'tensor') return operand;
    const { type, dims, tensor } = operand;
    const address = this.address({ tensor });
    // Passes fold what is only a view of a constant, and constants themselves are weights.
    if (address.space !== 'arena') throw new RangeError(`${tensor.name} is a constant, and has no place in the arena`);
    const cells = tensor.layout === 'row-major' ? tensor.cells : 'float32';
    return { kind: 'arena', type, dims, offset: address.offset, cells };
  }

  /** The block that a tensor is in; undefined for constants. */
  block(tensor: LoweredTensor): Block | undefined {
    return this.blockOf.get(rootOf(tensor));
  }

  private start(tensor: LoweredTensor): number {
    if (tensor.layout === 'nhwc8' && tensor.parent !== undefined) {
      return this.start(tensor.parent.whole) + tensor.parent.channel;
    }
    const inside = tensor.layout === 'nhwc8' ? ownView(tensor.size, tensor.halo).offset : 0;
    return this.blockOf.get(tensor)!.offset + inside;
  }

  private findLifetimes(ports: UnplacedPorts): void {
    const last = this.steps.length;
    const use = (tensor: LoweredTensor, step: number) => {
      const root = rootOf(tensor);
      if (root.layout === 'row-major' && root.constant !== undefined) return;
      const block = this.blockOf.get(root);
      if (block === undefined) {
        this.blockOf.set(root, {
          floats: floatsOf(root),
          names: [root.name],
          isBytes: root.layout === 'nhwc8' && root.bytes !== undefined,
          first: step,
          last: step,
          offset: 0,
        });
      } else block.last = Math.max(block.last, step);
    };
    for (const { operand } of ports.inputs) for (const tensor of tensorOf(operand)) use(tensor, 0);
    for (const { words } of ports.faults) use(words, 0);
    for (const [i, step] of this.steps.entries()) {
      for (const tensor of readsOf(step)) use(tensor, i);
      for (const tensor of writesOf(step)) use(tensor, i);
    }
    for (const { operand } of ports.outputs) for (const tensor of tensorOf(operand)) use(tensor, last);
    for (const index of ports.kept ?? [])
      for (const tensor of tensorOf(ports.inputs[index]!.operand)) use(tensor, last);
    for (const { words } of ports.faults) use(words, last);
    for (const [i, step] of this.steps.entries()) {
      if (step.kind === 'kernel' && step.overwrites !== undefined) this.takeOver(step.overwrites, step.writes[0]!, i);
    }
    for (const { output, input } of ports.states ?? [])
      for (const source of tensorOf(ports.inputs[input]!.operand))
        for (const target of tensorOf(ports.outputs[output]!.operand)) this.keepPlace(source, target);
  }

  /** Gives what a round of a loop makes the memory of what it was made of, where that is not read any more by then. */
  private keepPlace(source: LoweredTensor, target: LoweredTensor): void {
    if (rootOf(source) !== source || rootOf(target) !== target) return;
    const [from, to] = [this.blockOf.get(source), this.blockOf.get(target)];
    if (from === undefined || to === undefined || from === to || from.last >= to.first) return;
    if (isSamePlace(source, target)) this.join(from, to);
  }

  private blocksInOrder(): Block[] {
    return [...new Set(this.blockOf.values())];
  }

  private tensorsOf(block: Block): LoweredTensor[] {
    if (this.tensorsIn === undefined) {
      this.tensorsIn = new Map(this.blocksInOrder().map((own) => [own, []]));
      for (const [tensor, own] of this.blockOf) this.tensorsIn.get(own)?.push(tensor);
    }
    return this.tensorsIn.get(block) ?? [];
  }

  /** Gives `target` the memory of `source`, where this step is the last to read that and both lie alike in memory. */
  private takeOver(source: LoweredTensor, target: LoweredTensor, step: number): void {
    if (rootOf(source) !== source || rootOf(target) !== target) return;
    const [from, to] = [this.blockOf.get(source), this.blockOf.get(target)];
    if (from === undefined || to === undefined || from === to || from.last !== step || to.first < step - 1) return;
    if (isSamePlace(source, target)) this.join(from, to);
  }

  private join(from: Block, to: Block): void {
    from.last = Math.max(from.last, to.last);
    from.names.push(...to.names);
    for (const tensor of this.tensorsOf(to)) {
      this.blockOf.set(tensor, from);
      this.tensorsOf(from).push(tensor);
    }
  }
}

function floatsOf(root: LoweredTensor): number {
  const floats = root.layout === 'nhwc8' ? ownView(root.size, root.halo).floats : root.floats;
  return Math.ceil((floats + readableAfter) / alignment) * alignment;
}

/** Whether each element lies at the same offset in both. A halo would be overwritten, so neither has one. */
function isSamePlace(a: LoweredTensor, b: LoweredTensor): boolean {
  if (a instanceof RowMajorTensor || b instanceof RowMajorTensor)
    return a.layout === b.layout && floatsOf(a) === floatsOf(b);
  const [x, y] = [ownView(a.size, a.halo), ownView(b.size, b.halo)];
  return !hasHalo(a) && !hasHalo(b) && x.floats === y.floats && x.view.pixelStride === y.view.pixelStride;
}

interface Touched {
  readonly block: Block;
  readonly tensor: LoweredTensor;
  readonly isWrite: boolean;
  readonly isDisjoint: boolean;
  readonly isHalo: boolean;
}

/** Beyond so many comparing them takes longer than a barrier in every run. */
const mostTouched = 256;

/** What steps have touched since all threads last met. */
class Barriers {
  private touched: Touched[] = [];

  reset(): void {
    this.touched = [];
  }

  /** Whether the step has to wait for those before it. After such a step only it counts as touching memory. */
  isNeeded(step: UnplacedKernel, placement: ArenaPlacement): boolean {
    const { isDisjoint = false, isHalo = false } = step;
    const mine: Touched[] = [];
    const touch = (tensor: LoweredTensor, isWrite: boolean) => {
      const block = placement.block(tensor);
      if (block !== undefined) mine.push({ block, tensor, isWrite, isDisjoint, isHalo });
    };
    for (const tensor of step.reads) touch(tensor, false);
    for (const tensor of step.writes) touch(tensor, true);
    const isNeeded =
      this.touched.length > mostTouched || this.touched.some((before) => mine.some((now) => isConflict(before, now)));
    if (isNeeded) this.touched = [];
    this.touched.push(...mine);
    return isNeeded;
  }
}

function isConflict(a: Touched, b: Touched): boolean {
  if (!a.isWrite && !b.isWrite) return false;
  const isApart =
    a.block.offset + a.block.floats <= b.block.offset || b.block.offset + b.block.floats <= a.block.offset;
  if (isApart) return false;
  const isBeside = a.isHalo || b.isHalo || (a.isDisjoint && b.isDisjoint);
  // Slices of a tensor do not overlap.
  return !(a.isWrite && b.isWrite && rootOf(a.tensor) === rootOf(b.tensor) && (isBeside || a.tensor !== b.tensor));
}
