// The way back of lzma.js. It is part of unstride.min.js, so it is short.

/** Where the probabilities of each kind of decision begin. */
export const layout = {
  isMatch: 0,
  isRep: 12,
  isRepG0: 24,
  isRepG1: 36,
  isRepG2: 48,
  isRep0Long: 60,
  slots: 72,
  special: 328,
  align: 456,
  lengths: 472,
  repLengths: 746,
  literals: 1020,
  size: 1020 + 8 * 0x300,
};

/** @param bytes a stream of lzma.js @param size how many bytes it stands for */
export function decompress(bytes, size) {
  const {
    isMatch,
    isRep,
    isRepG0,
    isRepG1,
    isRepG2,
    isRep0Long,
    slots,
    special,
    align,
    lengths,
    repLengths,
    literals,
  } = layout;
  const out = new Uint8Array(size);
  const probabilities = new Uint16Array(layout.size).fill(1024);
  let from = 1;
  let code = 0;
  let range = -1 >>> 0;
  let state = 0;
  let reps = [0, 0, 0, 0];
  const next = () => {
    code = ((code << 8) | bytes[from++]) >>> 0;
  };
  const bit = (place) => {
    const p = probabilities[place];
    const bound = (range >>> 11) * p;
    const is = code < bound ? 0 : 1;
    if (is) {
      range -= bound;
      code -= bound;
      probabilities[place] = p - (p >> 5);
    } else {
      range = bound;
      probabilities[place] = p + ((2048 - p) >> 5);
    }
    if (range < 0x1000000) {
      range = (range << 8) >>> 0;
      next();
    }
    return is;
  };
  const tree = (base, depth) => {
    let node = 1;
    for (let i = 0; i < depth; i++) node = node * 2 + bit(base + node);
    return node - (1 << depth);
  };
  const reverse = (base, depth) => {
    let sum = 0;
    for (let node = 1, i = 0; i < depth; i++) {
      const is = bit(base + node);
      node = node * 2 + is;
      sum |= is << i;
    }
    return sum;
  };
  const length = (base) => {
    if (!bit(base)) return 2 + tree(base + 2, 3);
    return bit(base + 1) ? 18 + tree(base + 18, 8) : 10 + tree(base + 10, 3);
  };
  const distance = (length) => {
    const slot = tree(slots + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << count;
    if (slot < 14) return base + reverse(special + base - slot, count);
    let high = 0;
    for (let i = 4; i < count; i++) {
      range >>>= 1;
      const is = code < range ? 0 : 1;
      if (is) code -= range;
      high = high * 2 + is;
      if (range < 0x1000000) {
        range = (range << 8) >>> 0;
        next();
      }
    }
    return base + high * 16 + reverse(align, 4);
  };
  for (let i = 0; i < 4; i++) next();
  for (let at = 0; at < size; ) {
    if (!bit(isMatch + state)) {
      const base = literals + 0x300 * ((at && out[at - 1]) >> 5);
      let node = 1;
      if (state > 6) {
        const other = out[at - reps[0] - 1];
        for (let i = 7; i >= 0; i--) {
          const guess = (other >> i) & 1;
          const is = bit(base + ((1 + guess) << 8) + node);
          node = node * 2 + is;
          if (is !== guess) break;
        }
      }
      while (node < 256) node = node * 2 + bit(base + node);
      out[at++] = node;
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    let count;
    if (bit(isRep + state)) {
      if (!bit(isRepG0 + state)) {
        if (!bit(isRep0Long + state)) count = 1;
      } else {
        const rep = bit(isRepG1 + state) ? 2 + bit(isRepG2 + state) : 1;
        reps = [reps[rep], ...reps.filter((_, i) => i !== rep)];
      }
      const isLong = count === undefined;
      count ??= length(repLengths);
      state = state < 7 ? (isLong ? 8 : 9) : 11;
    } else {
      count = length(lengths);
      reps = [distance(count), reps[0], reps[1], reps[2]];
      state = state < 7 ? 7 : 10;
    }
    for (const end = at + count; at < end; at++) out[at] = out[at - reps[0] - 1];
  }
  return out;
}
