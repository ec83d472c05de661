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
 * @returns the floats that they take together
 */
export function placeBlocks(blocks: readonly Block[]): number {
  const place = (own: readonly Block[]) => (own.length > mostCompared ? placeInTime(own) : placeBySize(own));
  const bytes = blocks.filter(({ isBytes }) => isBytes === true);
  const floats = place(bytes.length === 0 ? blocks : blocks.filter(({ isBytes }) => isBytes !== true));
  const size = place(bytes);
  for (const block of bytes) block.offset += floats;
  return floats + size;
}

/** Largest first, each at the lowest offset that is free for as long as the block lives. */
function placeBySize(blocks: readonly Block[]): number {
  /** By offset. */
  const placed: Block[] = [];
  let floats = 0;
  for (const block of [...blocks].sort((a, b) => b.floats - a.floats || a.first - b.first)) {
    let offset = 0;
    for (let i = 0; i < placed.length; i++) {
      const other = placed[i]!;
      if (other.first > block.last || block.first > other.last) continue;
      if (other.offset - offset >= block.floats) break;
      offset = Math.max(offset, other.offset + other.floats);
    }
    block.offset = offset;
    let after = placed.length;
    while (after > 0 && placed[after - 1]!.offset > offset) after--;
    placed.splice(after, 0, block);
    floats = Math.max(floats, offset + block.floats);
  }
  return floats;
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
