/**
 * From drafts to a plan: strides, places in the arena, barriers. Tensors that are not needed at the same time share memory;
 * a step may overwrite an input that nothing reads afterwards.
 */
import type { Graph } from '../ir/graph.js';
import type {
  Address,
  ArenaBlock,
  ExecutionPlan,
  ExecutionStep,
  KernelStep,
  Operand,
  PlanConstant,
  Precision,
} from '../plan/execution-plan.js';
import { ownView, readableAfter, type View } from '../wasm/kernels/views.js';
import type { Draft, DraftOperand, KernelDraft, Places, Pointer } from './context/draft.js';
import { type LoweredTensor, type Nhwc8Tensor, RowMajorTensor, rootOf } from './context/tensor.js';

/** Blocks begin at cache lines. */
const alignment = 16;
/** Steps below so many operations are not worth the threads' meeting. */
const leastShared = 60_000;

/** Memory of one or more tensors, one taking over from another. */
interface Block {
  readonly floats: number;
  readonly names: string[];
  first: number;
  last: number;
  offset: number;
}

export interface DraftPorts {
  readonly inputs: readonly { readonly name: string; readonly operand: DraftOperand }[];
  readonly outputs: readonly { readonly name: string; readonly operand: DraftOperand }[];
}

export function planMemory(
  graph: Graph,
  drafts: readonly Draft[],
  ports: DraftPorts,
  constants: readonly PlanConstant[],
  precision: Precision,
): Omit<ExecutionPlan, 'derived'> {
  const layout = new Layout(withHalos(drafts), ports);
  const indices = new Map(graph.nodes.map((node, i) => [node, i]));
  const barriers = new Barriers();
  const releases = hostReleases(layout.drafts, ports);
  const steps = layout.drafts.map((draft, i): ExecutionStep => {
    const nodes = draft.nodes.map((node) => indices.get(node)!);
    if (draft.kind === 'reference') {
      barriers.reset();
      return {
        kind: 'reference',
        algorithm: 'reference',
        reason: draft.reason,
        nodes,
        inputs: draft.inputs.map((operand) => layout.operand(operand)),
        outputs: draft.outputs.map((operand) => layout.operand(operand)),
        captures: draft.captures.map(({ value, operand }) => ({ value, operand: layout.operand(operand) })),
        releases: releases[i]!,
      };
    }
    const { kernel, pointers } = draft.build(layout);
    const work = draft.work ?? draft.operations;
    const step: KernelStep = {
      kind: 'kernel',
      algorithm: draft.algorithm,
      nodes,
      kernel,
      arguments: pointers.map((pointer) => layout.address(pointer)),
      barrier: barriers.isNeeded(draft, layout),
      parallel: work >= leastShared,
      operations: draft.operations,
      candidates: draft.candidates ?? [],
    };
    return step;
  });
  const scratch = Math.max(0, ...layout.drafts.map((draft) => (draft.kind === 'kernel' ? (draft.scratch ?? 0) : 0)));
  return {
    precision,
    steps,
    // Building kernels adds tables.
    constants: [...constants],
    blocks: layout.blocks.map(
      ({ names, offset, floats, first, last }): ArenaBlock => ({ values: names, offset, floats, first, last }),
    ),
    arena: layout.floats,
    scratch: Math.ceil(scratch / alignment) * alignment,
    inputs: ports.inputs.map(({ name, operand }) => ({ name, operand: layout.operand(operand) })),
    outputs: ports.outputs.map(({ name, operand }) => ({ name, operand: layout.operand(operand) })),
  };
}

function readsOf(draft: Draft): readonly LoweredTensor[] {
  if (draft.kind === 'kernel') return draft.reads;
  return [...draft.inputs, ...draft.captures.map(({ operand }) => operand)].flatMap(tensorOf);
}

function writesOf(draft: Draft): readonly LoweredTensor[] {
  return draft.kind === 'kernel' ? draft.writes : draft.outputs.flatMap(tensorOf);
}

function tensorOf(operand: DraftOperand): LoweredTensor[] {
  return operand.kind === 'tensor' ? [operand.tensor] : [];
}

/** Before the first step that writes into a tensor with a halo, one that makes the halo zero. */
function withHalos(drafts: readonly Draft[]): Draft[] {
  const cleared = new Set<LoweredTensor>();
  const result: Draft[] = [];
  for (const draft of drafts) {
    for (const tensor of writesOf(draft)) {
      const root = rootOf(tensor);
      if (root.layout !== 'nhwc8' || cleared.has(root)) continue;
      cleared.add(root);
      if (hasHalo(root)) result.push(clearHalo(root));
    }
    result.push(draft);
  }
  return result;
}

function hasHalo({ halo }: Nhwc8Tensor): boolean {
  const { front = 0, back = 0, top, left, bottom, right } = halo;
  return front + back + top + left + bottom + right > 0;
}

function clearHalo(tensor: Nhwc8Tensor): KernelDraft {
  const { images, depth, height, width, channels } = tensor.size;
  const { front = 0, back = 0, top, left, bottom, right } = tensor.halo;
  const pixels = (depth + front + back) * (height + top + bottom) * (width + left + right) - depth * height * width;
  return {
    kind: 'kernel',
    algorithm: 'zero halo',
    nodes: [],
    reads: [],
    writes: [tensor],
    isHalo: true,
    operations: 0,
    work: images * pixels * channels,
    build: (places) => ({
      kernel: { name: 'zero halo', view: places.view(tensor), halo: tensor.halo },
      pointers: [{ tensor }],
    }),
  };
}

/** For each step the host tensors that are read last there. */
function hostReleases(drafts: readonly Draft[], ports: DraftPorts): number[][] {
  const kept = new Set(ports.outputs.flatMap(({ operand }) => (operand.kind === 'host' ? [operand.index] : [])));
  const seen = new Set<number>();
  const releases = drafts.map((): number[] => []);
  for (let i = drafts.length - 1; i >= 0; i--) {
    const draft = drafts[i]!;
    if (draft.kind !== 'reference') continue;
    const operands = [...draft.inputs, ...draft.outputs, ...draft.captures.map(({ operand }) => operand)];
    for (const operand of operands) {
      if (operand.kind !== 'host' || kept.has(operand.index) || seen.has(operand.index)) continue;
      seen.add(operand.index);
      releases[i]!.push(operand.index);
    }
  }
  return releases;
}

class Layout implements Places {
  readonly blocks: Block[];
  floats = 0;
  private readonly blockOf = new Map<LoweredTensor, Block>();

  constructor(
    readonly drafts: readonly Draft[],
    ports: DraftPorts,
  ) {
    this.findLifetimes(ports);
    this.blocks = [...new Set(this.blockOf.values())];
    this.place();
  }

  view(tensor: LoweredTensor): View {
    if (tensor.layout === 'row-major') throw new RangeError(`${tensor.name} has no view`);
    if (tensor.parent === undefined) return ownView(tensor.size, tensor.halo).view;
    const { whole, channel } = tensor.parent;
    const view = this.view(whole);
    const { channels } = tensor.size;
    // The last slice has the padding of the whole behind it.
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

  operand(operand: DraftOperand): Operand {
    if (operand.kind !== 'tensor') return operand;
    const { type, dims, tensor } = operand;
    const address = this.address({ tensor });
    return { kind: 'arena', type, dims, offset: address.offset };
  }

  /** Where a tensor's memory is; nothing for constants. */
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

  private findLifetimes(ports: DraftPorts): void {
    const last = this.drafts.length;
    const use = (tensor: LoweredTensor, step: number) => {
      const root = rootOf(tensor);
      if (root.layout === 'row-major' && root.constant !== undefined) return;
      const block = this.blockOf.get(root);
      if (block === undefined) {
        this.blockOf.set(root, { floats: floatsOf(root), names: [root.name], first: step, last: step, offset: 0 });
      } else block.last = Math.max(block.last, step);
    };
    for (const { operand } of ports.inputs) for (const tensor of tensorOf(operand)) use(tensor, 0);
    for (const [i, draft] of this.drafts.entries()) {
      for (const tensor of [...readsOf(draft), ...writesOf(draft)]) use(tensor, i);
    }
    for (const { operand } of ports.outputs) for (const tensor of tensorOf(operand)) use(tensor, last);
    for (const [i, draft] of this.drafts.entries()) {
      if (draft.kind === 'kernel' && draft.overwrites !== undefined)
        this.takeOver(draft.overwrites, draft.writes[0]!, i);
    }
  }

  /** Gives `target` the memory of `source`, when that is read last at this step and looks the same. */
  private takeOver(source: LoweredTensor, target: LoweredTensor, step: number): void {
    if (rootOf(source) !== source || rootOf(target) !== target) return;
    const [from, to] = [this.blockOf.get(source), this.blockOf.get(target)];
    if (from === undefined || to === undefined || from === to || from.last !== step || to.first < step - 1) return;
    if (!isSamePlace(source, target)) return;
    from.last = to.last;
    from.names.push(...to.names);
    for (const [tensor, block] of this.blockOf) if (block === to) this.blockOf.set(tensor, from);
  }

  /** Largest first, each at the lowest place that is free as long as it lives. */
  private place(): void {
    const placed: Block[] = [];
    const order = [...this.blocks].sort((a, b) => b.floats - a.floats || a.first - b.first);
    for (const block of order) {
      const others = placed
        .filter((other) => other.first <= block.last && block.first <= other.last)
        .sort((a, b) => a.offset - b.offset);
      let offset = 0;
      for (const other of others) {
        if (other.offset - offset >= block.floats) break;
        offset = Math.max(offset, other.offset + other.floats);
      }
      block.offset = offset;
      placed.push(block);
      this.floats = Math.max(this.floats, offset + block.floats);
    }
    this.blocks.sort((a, b) => a.first - b.first || a.offset - b.offset);
  }
}

function floatsOf(root: LoweredTensor): number {
  const floats = root.layout === 'nhwc8' ? ownView(root.size, root.halo).floats : root.floats;
  return Math.ceil((floats + readableAfter) / alignment) * alignment;
}

/** Whether elements of both lie at the same distances. A halo that only one has would be lost. */
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
  readonly isPartial: boolean;
  readonly isHalo: boolean;
}

/** What steps have touched since all threads last met. */
class Barriers {
  private touched: Touched[] = [];

  reset(): void {
    this.touched = [];
  }

  /** Whether the step must wait for those before it; where it must, they are complete afterwards. */
  isNeeded(draft: KernelDraft, layout: Layout): boolean {
    const mine = [...touches(draft.reads, false), ...touches(draft.writes, true)].flatMap(({ tensor, isWrite }) => {
      const block = layout.block(tensor);
      return block === undefined
        ? []
        : [{ block, tensor, isWrite, isPartial: draft.isPartial ?? false, isHalo: draft.isHalo ?? false }];
    });
    const isNeeded = this.touched.some((before) => mine.some((now) => isConflict(before, now)));
    if (isNeeded) this.touched = [];
    this.touched.push(...mine);
    return isNeeded;
  }
}

function touches(tensors: readonly LoweredTensor[], isWrite: boolean) {
  return tensors.map((tensor) => ({ tensor, isWrite }));
}

function isConflict(a: Touched, b: Touched): boolean {
  if (!a.isWrite && !b.isWrite) return false;
  const isApart =
    a.block.offset + a.block.floats <= b.block.offset || b.block.offset + b.block.floats <= a.block.offset;
  if (isApart) return false;
  const isBeside = a.isHalo || b.isHalo || (a.isPartial && b.isPartial);
  // Slices of a tensor do not overlap.
  return !(a.isWrite && b.isWrite && rootOf(a.tensor) === rootOf(b.tensor) && (isBeside || a.tensor !== b.tensor));
}
