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
  /** By offset. */
  const placed: Block[] = [];
  let floats = 0;
  for (const block of [...blocks].sort((a, b) => b.floats - a.floats || a.first - b.first)) {
    const { first, last } = block;
    let offset = 0;
    for (let i = 0; i < placed.length; i++) {
      const other = placed[i]!;
      // Hardly any lives with it: to ask a function of each takes most of the time.
      if (other.first > last || other.last < first) continue;
      if (other.offset - offset >= block.floats) break;
      offset = Math.max(offset, other.offset + other.floats);
    }
    block.offset = (isCentered ? centeredOffset(block, placed) : undefined) ?? offset;
    let after = placed.length;
    while (after > 0 && placed[after - 1]!.offset > block.offset) after--;
    placed.splice(after, 0, block);
    floats = Math.max(floats, block.offset + block.floats);
  }
  return floats;
}

function centeredOffset(block: Block, placed: readonly Block[]): number | undefined {
  const together = placed.filter(({ first, last }) => first <= block.last && block.first <= last);
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
