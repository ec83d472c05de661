/**
 * The instructions that emitted code has, by prefix byte, and by signature: what they pop and push, a letter for each value
 * (i = i32, l = i64, f = f32, d = f64, v = v128). Codes are those of the WebAssembly specification (core, SIMD, relaxed SIMD,
 * threads).
 */
/** Without immediates. */
const plain = {
  0: {
    'i>i': {
      i32: { eqz: 0x45 },
    },
    'l>i': {
      i64: { eqz: 0x50 },
      i32: { wrap_i64: 0xa7 },
    },
    'll>i': {
      i64: {
        eq: 0x51,
        ne: 0x52,
        lt_s: 0x53,
        lt_u: 0x54,
        gt_s: 0x55,
        gt_u: 0x56,
        le_s: 0x57,
        le_u: 0x58,
        ge_s: 0x59,
        ge_u: 0x5a,
      },
    },
    'll>l': {
      i64: {
        add: 0x7c,
        sub: 0x7d,
        mul: 0x7e,
        div_s: 0x7f,
        div_u: 0x80,
        rem_s: 0x81,
        rem_u: 0x82,
        and: 0x83,
        or: 0x84,
        xor: 0x85,
        shl: 0x86,
        shr_u: 0x88,
      },
    },
    'l>l': {
      i64: { extend8_s: 0xc2, extend16_s: 0xc3, extend32_s: 0xc4 },
    },
    'i>l': {
      i64: { extend_i32_s: 0xac, extend_i32_u: 0xad },
    },
    'l>f': {
      f32: { convert_i64_s: 0xb4, convert_i64_u: 0xb5 },
    },
    'd>d': {
      f64: { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, sqrt: 0x9f },
    },
    'f>f': {
      f32: { abs: 0x8b, floor: 0x8e, nearest: 0x90 },
    },
    'ff>i': {
      f32: { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, ge: 0x60 },
    },
    'ii>i': {
      i32: {
        eq: 0x46,
        ne: 0x47,
        lt_s: 0x48,
        lt_u: 0x49,
        gt_s: 0x4a,
        le_s: 0x4c,
        ge_s: 0x4e,
        add: 0x6a,
        sub: 0x6b,
        mul: 0x6c,
        div_u: 0x6e,
        rem_u: 0x70,
        and: 0x71,
        or: 0x72,
        shl: 0x74,
      },
    },
    'ff>f': {
      f32: { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, min: 0x96, max: 0x97 },
    },
    'dd>d': {
      f64: { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5 },
    },
    'dd>i': {
      f64: { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 },
    },
    'i>d': {
      f64: { convert_i32_s: 0xb7 },
    },
    'i>f': {
      f32: { convert_i32_s: 0xb2 },
    },
    'd>f': {
      f32: { demote_f64: 0xb6 },
    },
    'f>d': {
      f64: { promote_f32: 0xbb },
    },
  },
  252: {
    'f>l': {
      i64: { trunc_sat_f32_s: 0x04 },
    },
    'f>i': {
      i32: { trunc_sat_f32_s: 0x00 },
    },
    'd>l': {
      i64: { trunc_sat_f64_u: 0x07 },
    },
    'd>i': {
      i32: { trunc_sat_f64_s: 0x02 },
    },
  },
  253: {
    'vv>v': {
      f32x4: {
        eq: 0x41,
        ne: 0x42,
        lt: 0x43,
        gt: 0x44,
        le: 0x45,
        ge: 0x46,
        add: 0xe4,
        sub: 0xe5,
        mul: 0xe6,
        div: 0xe7,
        min: 0xe8,
        max: 0xe9,
        pmin: 0xea,
        pmax: 0xeb,
      },
      v128: { and: 0x4e, or: 0x50, xor: 0x51 },
      i32x4: { add: 0xae, sub: 0xb1, mul: 0xb5, dot_i16x8_s: 0xba },
      f64x2: { add: 0xf0, sub: 0xf1, mul: 0xf2 },
      i16x8: { add: 0x8e, sub: 0x91, narrow_i32x4_s: 0x85 },
      i8x16: { add_sat_u: 0x70, sub_sat_u: 0x73, min_u: 0x77, max_u: 0x79, narrow_i16x8_u: 0x66 },
    },
    'f>v': {
      f32x4: { splat: 0x13 },
    },
    'v>v': {
      f32x4: {
        demote_f64x2_zero: 0x5e,
        ceil: 0x67,
        floor: 0x68,
        nearest: 0x6a,
        abs: 0xe0,
        neg: 0xe1,
        sqrt: 0xe3,
        convert_i32x4_s: 0xfa,
      },
      f64x2: { promote_low_f32x4: 0x5f },
      i16x8: { extend_low_i8x16_u: 0x89, extend_high_i8x16_u: 0x8a },
      i32x4: { extend_low_i16x8_s: 0xa7, extend_high_i16x8_s: 0xa8, trunc_sat_f32x4_s: 0xf8 },
    },
    'vvv>v': {
      v128: { bitselect: 0x52 },
      f32x4: { relaxed_madd: 0x105 },
      i32x4: { relaxed_dot_i8x16_i7x16_add_s: 0x113 },
    },
    'vi>v': {
      i32x4: { shl: 0xab, shr_s: 0xac, shr_u: 0xad },
      i16x8: { shl: 0x8b, shr_s: 0x8c, shr_u: 0x8d },
    },
  },
} as const;

/** With an alignment and an offset: [code, bytes accessed]. */
const memoryAccess = {
  0: {
    'i>i': {
      i32: { load: [0x28, 4], load8_u: [0x2d, 1] },
    },
    'i>f': {
      f32: { load: [0x2a, 4] },
    },
    'i>l': {
      i64: { load: [0x29, 8], load32_s: [0x34, 4], load32_u: [0x35, 4] },
    },
    'il>': {
      i64: { store: [0x37, 8], store32: [0x3e, 4] },
    },
    'i>d': {
      f64: { load: [0x2b, 8] },
    },
    'ii>': {
      i32: { store: [0x36, 4], store8: [0x3a, 1] },
    },
    'if>': {
      f32: { store: [0x38, 4] },
    },
    'id>': {
      f64: { store: [0x39, 8] },
    },
  },
  253: {
    'i>v': {
      v128: { load: [0x00, 16], load32_splat: [0x09, 4], load64_splat: [0x0a, 8], load32_zero: [0x5c, 4] },
    },
    'iv>': {
      v128: { store: [0x0b, 16] },
    },
  },
  254: {
    'i>i': {
      i32: { 'atomic.load': [0x10, 4] },
    },
    'ii>i': {
      memory: { 'atomic.notify': [0x00, 4] },
      i32: { 'atomic.rmw.add': [0x1e, 4], 'atomic.rmw.sub': [0x25, 4] },
    },
    'iil>i': {
      memory: { 'atomic.wait32': [0x01, 4] },
    },
  },
} as const;

/** With an alignment, an offset and a lane: [code, bytes accessed]. */
const memoryLaneAccess = {
  253: {
    'iv>v': {
      v128: { load32_lane: [0x56, 4] },
    },
    'iv>': {
      v128: { store32_lane: [0x5a, 4], store64_lane: [0x5b, 8] },
    },
  },
} as const;

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

type Leaf<T> = T[keyof T];
type NamesOf<Groups> = Leaf<{
  [P in keyof Groups]: Leaf<{
    [S in keyof Groups[P]]: Leaf<{
      [T in keyof Groups[P][S]]: `${T & string}.${keyof Groups[P][S][T] & string}`;
    }>;
  }>;
}>;
export type PlainOperation = NamesOf<typeof plain>;
export type MemoryOperation = NamesOf<typeof memoryAccess>;
export type MemoryLaneOperation = NamesOf<typeof memoryLaneAccess>;

export interface Operation {
  readonly name: string;
  /** With the prefix byte in bits 16 to 23. */
  readonly code: number;
  readonly pops: readonly ValueType[];
  readonly pushes: readonly ValueType[];
  /** Bytes of memory accessed; 0 where none is. */
  readonly size: number;
  /** Of the memory accessed, as a power of two. */
  readonly alignment: number;
}

/** @param signature a letter for each value popped, `>`, and a letter for each pushed */
export function operation(name: string, signature: string, code: number, size = 0): Operation {
  const [pops, pushes] = signature.split('>') as [string, string];
  return { name, code, pops: typesOf(pops), pushes: typesOf(pushes), size, alignment: alignmentOf(code, size) };
}

const letters = { i: 'i32', l: 'i64', f: 'f32', d: 'f64', v: 'v128' } as const satisfies Readonly<
  Record<string, ValueType>
>;

function typesOf(text: string): ValueType[] {
  return Array.from(text, (letter) => letters[letter as keyof typeof letters]);
}

/** Atomic accesses must state their natural alignment; for others it is a hint, which a low one never makes wrong. */
function alignmentOf(code: number, size: number): number {
  const natural = 31 - Math.clz32(size);
  return code >>> 16 === 0xfe ? natural : Math.min(2, natural);
}

type ByKey<T> = Readonly<Record<string, T>>;
type Groups = Readonly<Record<number, ByKey<ByKey<ByKey<number | readonly [number, number]>>>>>;

function collect(groups: Groups): ReadonlyMap<string, Operation> {
  const all = new Map<string, Operation>();
  for (const prefix in groups) {
    const signatures = groups[prefix]!;
    for (const signature in signatures) {
      for (const type in signatures[signature]) {
        const group = signatures[signature][type]!;
        for (const last in group) {
          const entry = group[last]!;
          const [code, size] = typeof entry === 'number' ? [entry, 0] : entry;
          const name = `${type}.${last}`;
          all.set(name, operation(name, signature, (Number(prefix) << 16) | code, size));
        }
      }
    }
  }
  return all;
}

export const plainOperations: ReadonlyMap<string, Operation> = collect(plain);
export const memoryOperations: ReadonlyMap<string, Operation> = collect(memoryAccess);
export const memoryLaneOperations: ReadonlyMap<string, Operation> = collect(memoryLaneAccess);
