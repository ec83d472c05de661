/** Sets of element types that a type variable may stand for. They mostly grow from version to version. */
import { type ElementType, elementTypeFacts, elementTypes, isFloat, isInteger } from '../ir/element-type.js';

/** A bit mask; bit n stands for the type that ONNX numbers n. */
type Bits = number;

type Step = readonly [since: number, bits: Bits, isAll?: boolean];

export class TypeSet {
  /** The types of the version that was asked for last: nearly always the next one is the same. */
  private asked: { readonly version: number; readonly bits: Bits } | undefined;

  private constructor(
    private readonly bits: Bits,
    /** Steps by version, in order: types that are added, or that replace all others. */
    private readonly steps: readonly Step[] = [],
  ) {}

  static of(...types: readonly ElementType[]): TypeSet {
    return new TypeSet(types.reduce((bits, type) => bits | bitOf(type), 0));
  }

  /** The union with the other sets. */
  and(...others: readonly TypeSet[]): TypeSet {
    return this.from(0, ...others);
  }

  /** Also the other sets, from this since-version of the operator on. */
  from(version: number, ...others: readonly TypeSet[]): TypeSet {
    const added = others.flatMap(({ bits, steps }): Step[] => [
      [version, bits],
      ...steps.map(([since, more]): Step => [Math.max(since, version), more]),
    ]);
    return new TypeSet(this.bits, [...this.steps, ...added]);
  }

  /** The other set instead of this one, from this since-version of the operator on. */
  only(version: number, other: TypeSet): TypeSet {
    return new TypeSet(this.bits, [...this.steps, [version, other.in(version), true]]);
  }

  has(type: ElementType, version: number): boolean {
    return (this.in(version) & bitOf(type)) !== 0;
  }

  /** The types that an operator of this since-version takes, in ONNX's order. */
  list(version: number): readonly ElementType[] {
    return elementTypes.filter((type) => this.has(type, version));
  }

  /** The types in words, for messages. */
  describe(version: number): string {
    const types = this.list(version);
    if (types.length <= 4) return types.join(', ');
    const words: string[] = [];
    let rest = types;
    for (const [name, belongs] of families) {
      const members = elementTypes.filter(belongs);
      if (!members.every((type) => rest.includes(type))) continue;
      words.push(name);
      rest = rest.filter((type) => !members.includes(type));
    }
    return [...words, ...rest].join(', ');
  }

  private in(version: number): Bits {
    if (this.asked?.version !== version) {
      const bits = this.steps.reduce(
        (bits, [since, more, isAll = false]) => (since > version ? bits : isAll ? more : bits | more),
        this.bits,
      );
      this.asked = { version, bits };
    }
    return this.asked.bits;
  }
}

function bitOf(type: ElementType): Bits {
  return 1 << elementTypeFacts(type).code;
}

const isWide = (type: ElementType) => elementTypeFacts(type).bits >= 8;

const families: readonly (readonly [name: string, belongs: (type: ElementType) => boolean])[] = [
  ['floats of 16 to 64 bits', (type) => isFloat(type) && elementTypeFacts(type).bits >= 16],
  ['integers of 8 to 64 bits', (type) => isInteger(type) && isWide(type)],
  ['complex numbers', (type) => elementTypeFacts(type).kind === 'complex'],
  ['floats of 8 bits', (type) => isFloat(type) && elementTypeFacts(type).bits === 8],
  ['integers below 8 bits', (type) => isInteger(type) && !isWide(type)],
];

export const bools = TypeSet.of('bool');
export const strings = TypeSet.of('string');
export const int32s = TypeSet.of('int32');
export const int64s = TypeSet.of('int64');
export const uint8s = TypeSet.of('uint8');
export const float32s = TypeSet.of('float32');
export const bfloat16s = TypeSet.of('bfloat16');

/** float16, float32 and float64, the original types of operators on reals. */
export const reals = TypeSet.of('float16', 'float32', 'float64');
export const realsAndBfloat16s = reals.and(bfloat16s);
/** The 8-bit floats except float8e8m0, which has only powers of two. */
export const float8s = TypeSet.of('float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz');

export const bytes = TypeSet.of('uint8', 'int8');
export const unsigned = TypeSet.of('uint8', 'uint16', 'uint32', 'uint64');
export const signed = TypeSet.of('int8', 'int16', 'int32', 'int64');
export const integers = unsigned.and(signed);
/** Types of axes, indices and starts. */
export const indexTypes = TypeSet.of('int32', 'int64');
export const numbers = reals.and(integers);
/** Numbers without integers of 8 and 16 bits. */
export const wideNumbers = reals.and(TypeSet.of('int32', 'int64', 'uint32', 'uint64'));

export const float4s = TypeSet.of('float4e2m1');
/** Powers of two, used as scales. */
export const powersOfTwo = TypeSet.of('float8e8m0');
export const int4s = TypeSet.of('uint4', 'int4');
export const int2s = TypeSet.of('uint2', 'int2');
export const complexes = TypeSet.of('complex64', 'complex128');

/** `set` and the types that were added to the specification later. */
function growing(set: TypeSet): TypeSet {
  return set
    .from(13, bfloat16s)
    .from(19, float8s)
    .from(21, int4s)
    .from(23, float4s)
    .from(24, powersOfTwo)
    .from(25, int2s);
}

/** All types before bfloat16, for operators that move elements without computing. */
export const classicTypes = numbers.and(bools, strings, complexes);
/** All types. */
export const anyType = growing(classicTypes);
export const numbersAndBool = numbers.and(bools);
/** All numeric types and bool. */
export const anyNumberOrBool = growing(numbersAndBool);
/** The types that Cast converts from and to. */
export const castTypes = anyNumberOrBool.and(strings);
/** All types with a fixed number of bits. */
export const anyBits = anyNumberOrBool.and(complexes);
