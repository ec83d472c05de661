// LZMA as its specification has it (7-zip.org/sdk.html, lzma-specification.txt), without header and end mark, of bytes of text: three
// bits of the byte before are the context of a literal (lc 3), positions are none (lp 0, pb 0). A fifth shorter than deflate.
// The way back is unpack-lzma.js; the names of the probabilities are there.
import { layout } from './unpack-lzma.js';

const { isMatch, isRep, isRepG0, isRepG1, isRepG2, isRep0Long, slots, special, align, lengths, repLengths, literals } =
  layout;
const mostLength = 273;
/** Positions between which the cheapest way is looked for. */
const blockSize = 4096;
/** Earlier places that are compared with each. */
const patience = 128;

/** Bits that it takes to say 0 or 1, by the probability of 0. */
const bits = [0, 1].map((bit) =>
  Float64Array.from({ length: 2049 }, (_, p) => -Math.log2(Math.min(2047, Math.max(1, bit ? 2048 - p : p)) / 2048)),
);

/** @returns the stream, which ends with the last of `data` */
export function compress(data) {
  const coder = new Encoder(layout.size);
  const finder = new MatchFinder(data);
  let state = 0;
  let reps = [0, 0, 0, 0];
  for (let from = 0; from < data.length; from += blockSize) {
    const steps = cheapest(data, from, Math.min(blockSize, data.length - from), { state, reps, coder, finder });
    for (const { at, length, distance, rep } of steps) {
      coder.bit(isMatch + state, rep === literalStep ? 0 : 1);
      if (rep === literalStep) encodeLiteral(coder, data, at, state, reps[0]);
      else if (rep === undefined) {
        coder.bit(isRep + state, 0);
        encodeLength(coder, lengths, length);
        encodeDistance(coder, length, distance);
      } else {
        coder.bit(isRep + state, 1);
        coder.bit(isRepG0 + state, rep === 0 ? 0 : 1);
        if (rep === 0) coder.bit(isRep0Long + state, length === 1 ? 0 : 1);
        else {
          coder.bit(isRepG1 + state, rep === 1 ? 0 : 1);
          if (rep > 1) coder.bit(isRepG2 + state, rep - 2);
        }
        if (length > 1) encodeLength(coder, repLengths, length);
      }
      [state, reps] = after(state, reps, { length, distance, rep });
    }
  }
  return coder.end();
}

const literalStep = -1;

function after(state, reps, { length, distance, rep }) {
  if (rep === literalStep) return [state < 4 ? 0 : state < 10 ? state - 3 : state - 6, reps];
  if (rep === undefined) return [state < 7 ? 7 : 10, [distance, reps[0], reps[1], reps[2]]];
  const next = length === 1 ? (state < 7 ? 9 : 11) : state < 7 ? 8 : 11;
  return [next, rep === 0 ? reps : [reps[rep], ...reps.filter((_, i) => i !== rep)]];
}

/** The steps from `from` on that take the fewest bits, by the probabilities as they are now. */
function cheapest(data, from, count, { state, reps, coder, finder }) {
  const price = new Prices(coder.probabilities);
  const cost = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY);
  const steps = new Array(count + 1);
  const states = new Array(count + 1);
  cost[0] = 0;
  for (let i = 0; i < count; i++) {
    const step = steps[i];
    const [now, olds] = i === 0 ? [state, reps] : after(...states[step.at - from], step);
    states[i] = [now, olds];
    const at = from + i;
    const reach = (length, bits, distance, rep) => {
      if (cost[i] + bits >= cost[i + length]) return;
      cost[i + length] = cost[i] + bits;
      steps[i + length] = { at, length, distance, rep };
    };
    const toMatch = price.of(isMatch + now, 1);
    reach(1, price.of(isMatch + now, 0) + price.literal(data, at, now, olds[0]), 0, literalStep);
    const toRep = toMatch + price.of(isRep + now, 1);
    const most = Math.min(mostLength, count - i);
    for (const [rep, distance] of olds.entries()) {
      const length = commonLength(data, at, at - distance - 1, most);
      if (length === 0) continue;
      const which = toRep + price.rep(rep, now);
      if (rep === 0) reach(1, which + price.of(isRep0Long + now, 0), distance, 0);
      const long = rep === 0 ? which + price.of(isRep0Long + now, 1) : which;
      for (let l = length; l >= 2; l--) reach(l, long + price.repLengths[l], distance, rep);
    }
    const toNew = toMatch + price.of(isRep + now, 0);
    let shortest = 2;
    for (const [found, distance] of finder.at(at)) {
      for (; shortest <= Math.min(found, most); shortest++)
        reach(shortest, toNew + price.lengths[shortest] + price.distance(shortest, distance), distance);
    }
  }
  const way = [];
  for (let i = count; i > 0; i = steps[i].at - from) way.unshift(steps[i]);
  return way;
}

/** What there was before: matches of each length at their smallest distance. */
class MatchFinder {
  constructor(data) {
    this.data = data;
    this.before = new Int32Array(data.length);
    this.last = new Int32Array(1 << 18).fill(-1);
    this.lastOfTwo = new Int32Array(1 << 16).fill(-1);
  }

  /** @param at each position is asked for once, in order @returns pairs of length and distance, longer ones later */
  at(at) {
    const { data, before, last, lastOfTwo } = this;
    const found = [];
    let longest = 1;
    const consider = (place) => {
      if (data[place + longest] !== data[at + longest]) return;
      const length = commonLength(data, at, place, Math.min(mostLength, data.length - at));
      if (length <= longest) return;
      longest = length;
      found.push([length, at - place - 1]);
    };
    if (at + 2 >= data.length) return found;
    const two = data[at] | (data[at + 1] << 8);
    const three = Math.imul(two | (data[at + 2] << 16), 0x9e3779b1) >>> 14;
    if (lastOfTwo[two] >= 0) consider(lastOfTwo[two]);
    for (let place = last[three], i = 0; place >= 0 && i < patience && longest < mostLength; i++, place = before[place])
      consider(place);
    before[at] = last[three];
    last[three] = at;
    lastOfTwo[two] = at;
    return found;
  }
}

function commonLength(data, at, place, most) {
  if (place < 0) return 0;
  let length = 0;
  while (length < most && data[at + length] === data[place + length]) length++;
  return length;
}

/** Bits that things take, by probabilities that stay as they are for a while. */
class Prices {
  constructor(probabilities) {
    this.probabilities = probabilities;
    this.lengths = this.ofLengths(lengths);
    this.repLengths = this.ofLengths(repLengths);
    this.slots = [0, 1, 2, 3].map((i) => this.ofTree(slots + i * 64, 6));
    this.special = Array.from({ length: 128 }, (_, distance) => this.footer(distance));
    this.align = Array.from({ length: 16 }, (_, low) => this.reverse(align, 4, low));
  }

  of(place, bit) {
    return bits[bit][this.probabilities[place]];
  }

  ofTree(base, depth) {
    return Array.from({ length: 1 << depth }, (_, symbol) => {
      let sum = 0;
      for (let node = 1, i = depth - 1; i >= 0; i--) {
        const bit = (symbol >> i) & 1;
        sum += this.of(base + node, bit);
        node = node * 2 + bit;
      }
      return sum;
    });
  }

  reverse(base, depth, symbol) {
    let sum = 0;
    for (let node = 1, i = 0; i < depth; i++) {
      const bit = (symbol >> i) & 1;
      sum += this.of(base + node, bit);
      node = node * 2 + bit;
    }
    return sum;
  }

  ofLengths(base) {
    const trees = [this.ofTree(base + 2, 3), this.ofTree(base + 10, 3), this.ofTree(base + 18, 8)];
    const ways = [this.of(base, 0), this.of(base, 1) + this.of(base + 1, 0), this.of(base, 1) + this.of(base + 1, 1)];
    return [0, 0, ...trees.flatMap((tree, i) => tree.map((price) => price + ways[i]))];
  }

  footer(distance) {
    const slot = slotOf(distance);
    if (slot < 4) return 0;
    const count = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << count;
    return this.reverse(special + base - slot, count, distance - base);
  }

  distance(length, distance) {
    const slot = slotOf(distance);
    const sum = this.slots[Math.min(length - 2, 3)][slot];
    if (slot < 14) return sum + this.special[distance];
    return sum + (slot >> 1) - 5 + this.align[distance & 15];
  }

  rep(rep, state) {
    if (rep === 0) return this.of(isRepG0 + state, 0);
    const sum = this.of(isRepG0 + state, 1);
    if (rep === 1) return sum + this.of(isRepG1 + state, 0);
    return sum + this.of(isRepG1 + state, 1) + this.of(isRepG2 + state, rep - 2);
  }

  literal(data, at, state, distance) {
    let sum = 0;
    eachLiteralBit(data, at, state, distance, (place, bit) => {
      sum += this.of(place, bit);
    });
    return sum;
  }
}

function eachLiteralBit(data, at, state, distance, visit) {
  const base = literals + 0x300 * ((data[at - 1] ?? 0) >> 5);
  // After a match the byte that would have gone on with it is a context, as far as it is right.
  let other = state < 7 ? -1 : data[at - distance - 1];
  for (let node = 1, i = 7; i >= 0; i--) {
    const bit = (data[at] >> i) & 1;
    if (other < 0) visit(base + node, bit);
    else {
      const guess = (other >> i) & 1;
      visit(base + ((1 + guess) << 8) + node, bit);
      if (guess !== bit) other = -1;
    }
    node = node * 2 + bit;
  }
}

function encodeLiteral(coder, data, at, state, distance) {
  eachLiteralBit(data, at, state, distance, (place, bit) => coder.bit(place, bit));
}

function encodeLength(coder, base, length) {
  const symbol = length - 2;
  coder.bit(base, symbol < 8 ? 0 : 1);
  if (symbol >= 8) coder.bit(base + 1, symbol < 16 ? 0 : 1);
  if (symbol < 8) coder.tree(base + 2, 3, symbol);
  else if (symbol < 16) coder.tree(base + 10, 3, symbol - 8);
  else coder.tree(base + 18, 8, symbol - 16);
}

function encodeDistance(coder, length, distance) {
  const slot = slotOf(distance);
  coder.tree(slots + Math.min(length - 2, 3) * 64, 6, slot);
  if (slot < 4) return;
  const count = (slot >> 1) - 1;
  const base = (2 | (slot & 1)) << count;
  const rest = distance - base;
  if (slot < 14) coder.reverse(special + base - slot, count, rest);
  else {
    for (let i = count - 1; i >= 4; i--) coder.even((rest >> i) & 1);
    coder.reverse(align, 4, rest & 15);
  }
}

/** How many bits a distance has, and the second of them. */
function slotOf(distance) {
  if (distance < 4) return distance;
  const high = 31 - Math.clz32(distance);
  return high * 2 + ((distance >> (high - 1)) & 1);
}

/** The range coder. */
class Encoder {
  constructor(size) {
    this.probabilities = new Uint16Array(size).fill(1024);
    this.low = 0;
    this.range = 0xffffffff;
    this.held = 0;
    this.pending = 1;
    this.bytes = [];
  }

  bit(place, bit) {
    const p = this.probabilities[place];
    const bound = (this.range >>> 11) * p;
    if (bit === 0) {
      this.range = bound;
      this.probabilities[place] = p + ((2048 - p) >> 5);
    } else {
      this.low += bound;
      this.range -= bound;
      this.probabilities[place] = p - (p >> 5);
    }
    this.renew();
  }

  /** A bit that is as likely 0 as 1. */
  even(bit) {
    this.range >>>= 1;
    if (bit !== 0) this.low += this.range;
    this.renew();
  }

  tree(base, depth, symbol) {
    for (let node = 1, i = depth - 1; i >= 0; i--) {
      const bit = (symbol >> i) & 1;
      this.bit(base + node, bit);
      node = node * 2 + bit;
    }
  }

  reverse(base, depth, symbol) {
    for (let node = 1, i = 0; i < depth; i++) {
      const bit = (symbol >> i) & 1;
      this.bit(base + node, bit);
      node = node * 2 + bit;
    }
  }

  renew() {
    while (this.range < 2 ** 24) {
      this.range *= 256;
      this.shift();
    }
  }

  /** A byte leaves once no carry can change it. */
  shift() {
    if (this.low < 0xff000000 || this.low >= 2 ** 32) {
      const carry = this.low >= 2 ** 32 ? 1 : 0;
      for (let byte = this.held; this.pending > 0; this.pending--, byte = 0xff) this.bytes.push((byte + carry) & 0xff);
      this.held = Math.floor(this.low / 2 ** 24) & 0xff;
    }
    this.pending++;
    this.low = (this.low % 2 ** 24) * 256;
  }

  end() {
    for (let i = 0; i < 5; i++) this.shift();
    return Uint8Array.from(this.bytes);
  }
}
