/**
 * The instructions that emitted code has, by signature: what they pop and push, a letter for each value (i = i32, l = i64,
 * f = f32, d = f64, v = v128). Codes are those of the WebAssembly specification (core, SIMD, relaxed SIMD, threads); a prefix
 * byte stands in bits 16 to 23.
 */
/** Without immediates. */
const plain = {
  'i>i': {
    'i32.eqz': 0x45,
  },
  'l>i': {
    'i64.eqz': 0x50,
    'i32.wrap_i64': 0xa7,
  },
  'll>i': {
    'i64.eq': 0x51,
    'i64.ne': 0x52,
    'i64.lt_s': 0x53,
    'i64.lt_u': 0x54,
    'i64.gt_s': 0x55,
    'i64.gt_u': 0x56,
    'i64.le_s': 0x57,
    'i64.le_u': 0x58,
    'i64.ge_s': 0x59,
    'i64.ge_u': 0x5a,
  },
  'll>l': {
    'i64.add': 0x7c,
    'i64.sub': 0x7d,
    'i64.mul': 0x7e,
    'i64.div_s': 0x7f,
    'i64.div_u': 0x80,
    'i64.rem_s': 0x81,
    'i64.rem_u': 0x82,
    'i64.and': 0x83,
    'i64.or': 0x84,
    'i64.xor': 0x85,
    'i64.shl': 0x86,
    'i64.shr_u': 0x88,
  },
  'l>l': {
    'i64.extend8_s': 0xc2,
    'i64.extend16_s': 0xc3,
    'i64.extend32_s': 0xc4,
  },
  'i>l': {
    'i64.extend_i32_s': 0xac,
    'i64.extend_i32_u': 0xad,
  },
  'f>l': {
    'i64.trunc_sat_f32_s': 0xfc0004,
  },
  'f>i': {
    'i32.trunc_sat_f32_s': 0xfc0000,
  },
  'd>l': {
    'i64.trunc_sat_f64_u': 0xfc0007,
  },
  'l>f': {
    'f32.convert_i64_s': 0xb4,
    'f32.convert_i64_u': 0xb5,
  },
  'd>i': {
    'i32.trunc_sat_f64_s': 0xfc0002,
  },
  'd>d': {
    'f64.abs': 0x99,
    'f64.neg': 0x9a,
    'f64.ceil': 0x9b,
    'f64.floor': 0x9c,
    'f64.sqrt': 0x9f,
  },
  'f>f': {
    'f32.abs': 0x8b,
    'f32.floor': 0x8e,
    'f32.nearest': 0x90,
  },
  'ff>i': {
    'f32.eq': 0x5b,
    'f32.ne': 0x5c,
    'f32.lt': 0x5d,
    'f32.gt': 0x5e,
    'f32.ge': 0x60,
  },
  'ii>i': {
    'i32.eq': 0x46,
    'i32.ne': 0x47,
    'i32.lt_s': 0x48,
    'i32.lt_u': 0x49,
    'i32.gt_s': 0x4a,
    'i32.le_s': 0x4c,
    'i32.ge_s': 0x4e,
    'i32.add': 0x6a,
    'i32.sub': 0x6b,
    'i32.mul': 0x6c,
    'i32.div_u': 0x6e,
    'i32.rem_u': 0x70,
    'i32.and': 0x71,
    'i32.or': 0x72,
    'i32.shl': 0x74,
  },
  'ff>f': {
    'f32.add': 0x92,
    'f32.sub': 0x93,
    'f32.mul': 0x94,
    'f32.div': 0x95,
    'f32.min': 0x96,
    'f32.max': 0x97,
  },
  'dd>d': {
    'f64.add': 0xa0,
    'f64.sub': 0xa1,
    'f64.mul': 0xa2,
    'f64.div': 0xa3,
    'f64.min': 0xa4,
    'f64.max': 0xa5,
  },
  'dd>i': {
    'f64.eq': 0x61,
    'f64.ne': 0x62,
    'f64.lt': 0x63,
    'f64.gt': 0x64,
    'f64.le': 0x65,
    'f64.ge': 0x66,
  },
  'i>d': {
    'f64.convert_i32_s': 0xb7,
  },
  'i>f': {
    'f32.convert_i32_s': 0xb2,
  },
  'd>f': {
    'f32.demote_f64': 0xb6,
  },
  'f>d': {
    'f64.promote_f32': 0xbb,
  },
  'vv>v': {
    'f32x4.eq': 0xfd0041,
    'f32x4.ne': 0xfd0042,
    'f32x4.lt': 0xfd0043,
    'f32x4.gt': 0xfd0044,
    'f32x4.le': 0xfd0045,
    'f32x4.ge': 0xfd0046,
    'v128.and': 0xfd004e,
    'v128.or': 0xfd0050,
    'v128.xor': 0xfd0051,
    'i32x4.add': 0xfd00ae,
    'i32x4.sub': 0xfd00b1,
    'f32x4.add': 0xfd00e4,
    'f32x4.sub': 0xfd00e5,
    'f32x4.mul': 0xfd00e6,
    'f32x4.div': 0xfd00e7,
    'f32x4.min': 0xfd00e8,
    'f32x4.max': 0xfd00e9,
    'f32x4.pmin': 0xfd00ea,
    'f32x4.pmax': 0xfd00eb,
    'f64x2.add': 0xfd00f0,
    'f64x2.sub': 0xfd00f1,
    'f64x2.mul': 0xfd00f2,
    'i16x8.add': 0xfd008e,
    'i16x8.sub': 0xfd0091,
    'i32x4.mul': 0xfd00b5,
    'i32x4.dot_i16x8_s': 0xfd00ba,
    'i8x16.add_sat_u': 0xfd0070,
    'i8x16.sub_sat_u': 0xfd0073,
    'i8x16.min_u': 0xfd0077,
    'i8x16.max_u': 0xfd0079,
    'i8x16.narrow_i16x8_u': 0xfd0066,
    'i16x8.narrow_i32x4_s': 0xfd0085,
  },
  'f>v': {
    'f32x4.splat': 0xfd0013,
  },
  'v>v': {
    'f32x4.demote_f64x2_zero': 0xfd005e,
    'f64x2.promote_low_f32x4': 0xfd005f,
    'f32x4.ceil': 0xfd0067,
    'f32x4.floor': 0xfd0068,
    'f32x4.nearest': 0xfd006a,
    'f32x4.abs': 0xfd00e0,
    'f32x4.neg': 0xfd00e1,
    'f32x4.sqrt': 0xfd00e3,
    'f32x4.convert_i32x4_s': 0xfd00fa,
    'i16x8.extend_low_i8x16_u': 0xfd0089,
    'i16x8.extend_high_i8x16_u': 0xfd008a,
    'i32x4.extend_low_i16x8_s': 0xfd00a7,
    'i32x4.extend_high_i16x8_s': 0xfd00a8,
    'i32x4.trunc_sat_f32x4_s': 0xfd00f8,
  },
  'vvv>v': {
    'v128.bitselect': 0xfd0052,
    'f32x4.relaxed_madd': 0xfd0105,
    'i32x4.relaxed_dot_i8x16_i7x16_add_s': 0xfd0113,
  },
  'vi>v': {
    'i32x4.shl': 0xfd00ab,
    'i32x4.shr_s': 0xfd00ac,
    'i32x4.shr_u': 0xfd00ad,
    'i16x8.shl': 0xfd008b,
    'i16x8.shr_s': 0xfd008c,
    'i16x8.shr_u': 0xfd008d,
  },
} as const;

/** With an alignment and an offset: [code, bytes accessed]. */
const memoryAccess = {
  'i>i': {
    'i32.load': [0x28, 4],
    'i32.load8_u': [0x2d, 1],
    'i32.atomic.load': [0xfe0010, 4],
  },
  'i>f': {
    'f32.load': [0x2a, 4],
  },
  'i>l': {
    'i64.load': [0x29, 8],
    'i64.load32_s': [0x34, 4],
    'i64.load32_u': [0x35, 4],
  },
  'il>': {
    'i64.store': [0x37, 8],
    'i64.store32': [0x3e, 4],
  },
  'i>d': {
    'f64.load': [0x2b, 8],
  },
  'ii>': {
    'i32.store': [0x36, 4],
    'i32.store8': [0x3a, 1],
  },
  'if>': {
    'f32.store': [0x38, 4],
  },
  'id>': {
    'f64.store': [0x39, 8],
  },
  'i>v': {
    'v128.load': [0xfd0000, 16],
    'v128.load32_splat': [0xfd0009, 4],
    'v128.load64_splat': [0xfd000a, 8],
    'v128.load32_zero': [0xfd005c, 4],
  },
  'iv>': {
    'v128.store': [0xfd000b, 16],
  },
  'ii>i': {
    'memory.atomic.notify': [0xfe0000, 4],
    'i32.atomic.rmw.add': [0xfe001e, 4],
    'i32.atomic.rmw.sub': [0xfe0025, 4],
  },
  'iil>i': {
    'memory.atomic.wait32': [0xfe0001, 4],
  },
} as const;

/** With an alignment, an offset and a lane: [code, bytes accessed]. */
const memoryLaneAccess = {
  'iv>v': {
    'v128.load32_lane': [0xfd0056, 4],
  },
  'iv>': {
    'v128.store32_lane': [0xfd005a, 4],
    'v128.store64_lane': [0xfd005b, 8],
  },
} as const;

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

type NamesOf<Groups> = { [S in keyof Groups]: keyof Groups[S] }[keyof Groups] & string;
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

const letters: Readonly<Record<string, ValueType>> = { i: 'i32', l: 'i64', f: 'f32', d: 'f64', v: 'v128' };

function typesOf(text: string): ValueType[] {
  return Array.from(text, (letter) => letters[letter]!);
}

/** Atomic accesses must state their natural alignment; for others it is a hint, which a low one never makes wrong. */
function alignmentOf(code: number, size: number): number {
  const natural = 31 - Math.clz32(size);
  return code >>> 16 === 0xfe ? natural : Math.min(2, natural);
}

type Groups = Readonly<Record<string, Readonly<Record<string, number | readonly [number, number]>>>>;

function collect(groups: Groups): ReadonlyMap<string, Operation> {
  const all = new Map<string, Operation>();
  for (const signature in groups) {
    const group = groups[signature]!;
    for (const name in group) {
      const entry = group[name]!;
      if (typeof entry === 'number') all.set(name, operation(name, signature, entry));
      else all.set(name, operation(name, signature, ...entry));
    }
  }
  return all;
}

export const plainOperations: ReadonlyMap<string, Operation> = collect(plain);
export const memoryOperations: ReadonlyMap<string, Operation> = collect(memoryAccess);
export const memoryLaneOperations: ReadonlyMap<string, Operation> = collect(memoryLaneAccess);
