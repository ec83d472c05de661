/** Offsets in the arena for blocks that live from one step to another. */

/** A part of the arena, of one tensor or of several that take it over one after another. */
export interface Block {
  readonly floats: number;
  readonly names: string[];
  /** Bytes are no numbers as float32: what reads a little past floats must not find them there. */
  readonly isBytes?: boolean;
  /** The steps between which it is needed, both included. */
  first: number;
  last: number;
  offset: number;
}

/** With more blocks, comparing all with all takes longer than it is worth. */
const mostCompared = 4096;

/**
 * Sets the offsets of the blocks; those that live at the same time do not overlap.
 * @param areShared whether threads share what is in them
 * @returns the floats that they take together
 */
export function placeBlocks(blocks: readonly Block[], areShared = false): number {
  const bySize = areShared ? placeByHalves : placeBySize;
  const place = (own: readonly Block[]) => (own.length > mostCompared ? placeInTime(own) : bySize(own));
  const bytes = blocks.filter(({ isBytes }) => isBytes === true);
  const floats = place(bytes.length === 0 ? blocks : blocks.filter(({ isBytes }) => isBytes !== true));
  const size = place(bytes);
  for (const block of bytes) block.offset += floats;
  return floats + size;
}

/** Blocks begin at cache lines. */
const line = 16;
/** Memory may grow by a part of so many. */
const growth = 32;
/** Of more blocks middles are not looked for: each is compared with all that live with it, at the middle of every larger one. */
const mostCentered = 512;

/**
 * As by size, but where it can be a block has its middle where that of a larger one is: each thread makes about a half of what is in a
 * block, and finds the memory of it in its own caches.
 */
function placeByHalves(blocks: readonly Block[]): number {
  const least = placeBySize(blocks);
  if (blocks.length > mostCentered) return least;
  const before = blocks.map(({ offset }) => offset);
  const floats = placeBySize(blocks, true);
  if (floats <= least + least / growth) return floats;
  for (const [i, block] of blocks.entries()) block.offset = before[i]!;
  return least;
}

/** Largest first, each at the lowest offset that is free for as long as the block lives. */
function placeBySize(blocks: readonly Block[], isCentered = false): number {
  const placed = new PlacedBlocks();
  /** By offset. */
  const inOrder: Block[] = [];
  let floats = 0;
  for (const block of [...blocks].sort((a, b) => b.floats - a.floats || a.first - b.first)) {
    const together = placed.livingWith(block);
    block.offset = (isCentered ? centeredOffset(block, inOrder, together) : undefined) ?? lowestOffset(block, together);
    placed.add(block);
    if (isCentered) {
      let after = inOrder.length;
      while (after > 0 && inOrder[after - 1]!.offset > block.offset) after--;
      inOrder.splice(after, 0, block);
    }
    floats = Math.max(floats, block.offset + block.floats);
  }
  return floats;
}

/** What is in the list of each step that it lives in; what lives longer is compared with all others. */
const mostListed = 64;

/** By steps: most blocks live for few of them, with few others. */
class PlacedBlocks {
  private readonly living = new Map<number, Block[]>();
  /** By the step that makes them. */
  private readonly made = new Map<number, Block[]>();
  private readonly lasting: Block[] = [];

  add(block: Block): void {
    const { first, last } = block;
    if (last - first >= mostListed) {
      this.lasting.push(block);
      return;
    }
    addTo(this.made, first, block);
    for (let step = first; step <= last; step++) addTo(this.living, step, block);
  }

  livingWith(block: Block): Block[] {
    const { first, last } = block;
    const together = this.lasting.filter((other) => other.first <= last && first <= other.last);
    for (let step = first; step <= last; step++) {
      const there = (step === first ? this.living : this.made).get(step);
      if (there !== undefined) together.push(...there);
    }
    return together;
  }
}

function addTo(lists: Map<number, Block[]>, step: number, block: Block): void {
  const list = lists.get(step);
  if (list === undefined) lists.set(step, [block]);
  else list.push(block);
}

function lowestOffset({ floats }: Block, together: Block[]): number {
  let offset = 0;
  for (const other of together.sort((a, b) => a.offset - b.offset)) {
    if (other.offset - offset >= floats) break;
    offset = Math.max(offset, other.offset + other.floats);
  }
  return offset;
}

function centeredOffset(block: Block, placed: readonly Block[], together: readonly Block[]): number | undefined {
  for (const larger of placed) {
    const offset = larger.offset + Math.floor((larger.floats - block.floats) / 2 / line) * line;
    const isTaken = together.some(
      (other) => other.offset < offset + block.floats && offset < other.offset + other.floats,
    );
    if (!isTaken) return offset;
  }
  return undefined;
}

/** In the order of their steps: what is free again goes to the next block of about the same size. */
function placeInTime(blocks: readonly Block[]): number {
  const free = new Map<number, number[]>();
  const ended = [...blocks].sort((a, b) => a.last - b.last);
  let next = 0;
  let floats = 0;
  for (const block of [...blocks].sort((a, b) => a.first - b.first)) {
    for (let other = ended[next]; other !== undefined && other.last < block.first; other = ended[++next]) {
      const places = free.get(roundedSize(other.floats));
      if (places === undefined) free.set(roundedSize(other.floats), [other.offset]);
      else places.push(other.offset);
    }
    const size = roundedSize(block.floats);
    const reused = free.get(size)?.pop();
    block.offset = reused ?? floats;
    if (reused === undefined) floats += size;
  }
  return floats;
}

/** Sizes that differ by less than a sixth are one; a multiple of what blocks are aligned to. */
function roundedSize(floats: number): number {
  const step = Math.max(16, 2 ** (Math.floor(Math.log2(Math.max(1, floats))) - 3));
  return Math.ceil(floats / step) * step;
}
