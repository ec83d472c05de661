/**
 * float32 rounded to what floats of 8 and 4 bits have, to nearest, ties to even: the numbers stay float32. The formats are
 * those of OCP OFP8 and MX, and ONNX's "Float stored in 8 bits" for the FNUZ kinds; `ir/small-float.ts` has them in bits.
 */
import { floats, integers } from '../arithmetic.js';
import { type Local, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import type { EmitFunction } from './lanes.js';

/** What becomes of numbers beyond the largest one: of finite ones alone, of infinities too, or neither is it. */
type Saturation = 'saturated' | 'finite saturated' | 'open';
type Fnuz = 'float8e4m3fnuz' | 'float8e5m2fnuz';
export type Float8 = 'float8e4m3fn' | 'float8e5m2' | Fnuz;
export type SmallFloatRounding =
  | `${Float8} ${'saturated' | 'open'}`
  | `${Fnuz} finite saturated`
  | 'float4e2m1'
  | `float8e8m0 ${'up' | 'down' | 'nearest'} ${'saturated' | 'open'}`;

interface Format {
  readonly mantissaBits: number;
  /** The exponent of the smallest normal number. */
  readonly least: number;
  readonly largest: number;
  /** What is beyond the largest number where that is not taken for it. */
  readonly beyond: number;
  /** Without it, zeros are 0. */
  readonly hasNegativeZero: boolean;
}

const formats: Readonly<Record<Float8, Format>> = {
  float8e4m3fn: { mantissaBits: 3, least: -6, largest: 448, beyond: Number.NaN, hasNegativeZero: true },
  float8e4m3fnuz: { mantissaBits: 3, least: -7, largest: 240, beyond: Number.NaN, hasNegativeZero: false },
  float8e5m2: { mantissaBits: 2, least: -14, largest: 57344, beyond: Number.POSITIVE_INFINITY, hasNegativeZero: true },
  float8e5m2fnuz: { mantissaBits: 2, least: -15, largest: 57344, beyond: Number.NaN, hasNegativeZero: false },
};
const float4: Format = { mantissaBits: 1, least: 0, largest: 6, beyond: 6, hasNegativeZero: true };

const exponentBits = 0x7f80_0000;
const infinity = Number.POSITIVE_INFINITY;

/** The largest power of two that a normal number is not below; 0 for those below 2^-126. */
function powerBelow(f: FunctionBuilder, x: Operand): Local {
  return f.local('v128', op('v128.and', x, integers(f, exponentBits)));
}

function choose(f: FunctionBuilder, mask: Operand, a: Operand, b: Operand): Local {
  return f.local('v128', op('v128.bitselect', a, b, mask));
}

/** @param nan what NaN becomes */
function rounded(f: FunctionBuilder, x: Operand, format: Format, saturation: Saturation, nan: Operand): Local {
  const { mantissaBits, least, largest, beyond, hasNegativeZero } = format;
  const magnitude = f.local('v128', op('f32x4.abs', x));
  const power = op('f32x4.max', powerBelow(f, x), floats(f, 2 ** least));
  const unit = f.local('v128', op('f32x4.mul', power, floats(f, 2 ** -mantissaBits)));
  // The quotient by a power of two is exact, and its integers are what the format has.
  const near = f.local('v128', op('f32x4.mul', op('f32x4.nearest', op('f32x4.div', magnitude, unit)), unit));
  const isInfinite = op('f32x4.eq', magnitude, floats(f, infinity));
  const outside =
    saturation === 'finite saturated'
      ? choose(f, isInfinite, floats(f, beyond), floats(f, largest))
      : floats(f, saturation === 'saturated' ? largest : beyond);
  // Of infinities the quotient is NaN.
  const bounded = choose(f, op('f32x4.le', near, floats(f, largest)), near, outside);
  const signed = f.local('v128', op('v128.or', bounded, op('v128.and', x, integers(f, -(2 ** 31)))));
  const result = hasNegativeZero ? signed : f.local('v128', op('f32x4.add', signed, floats(f, 0)));
  return choose(f, op('f32x4.eq', x, x), result, nan);
}

/** Powers of two from 2^-127 on; there is no zero and no sign. */
function roundedToPower(f: FunctionBuilder, x: Operand, mode: string, saturates: boolean): Local {
  const [least, largest] = [2 ** -127, 2 ** 127];
  // Numbers without an exponent of their own get one.
  const isSmall = f.local('v128', op('f32x4.lt', x, floats(f, 2 ** -60)));
  const scaled = choose(f, isSmall, op('f32x4.mul', x, floats(f, 2 ** 64)), x);
  const below = powerBelow(f, scaled);
  const twice = op('f32x4.mul', below, floats(f, 2));
  const goesUp =
    mode === 'up' ? op('f32x4.gt', scaled, below) : op('f32x4.ge', scaled, op('f32x4.mul', below, floats(f, 1.5)));
  const power = mode === 'down' ? below : choose(f, goesUp, twice, below);
  const near = choose(f, isSmall, op('f32x4.mul', power, floats(f, 2 ** -64)), power);
  const [low, high] = saturates ? [least, largest] : [Number.NaN, Number.NaN];
  const above = choose(f, op('f32x4.ge', near, floats(f, least)), near, floats(f, low));
  const isBeyond = op('f32x4.gt', above, floats(f, largest));
  const bounded = choose(f, isBeyond, floats(f, high), above);
  return choose(f, op('f32x4.ge', x, floats(f, 0)), bounded, floats(f, Number.NaN));
}

function each(emit: (f: FunctionBuilder, x: Operand) => Local): EmitFunction {
  return (f, _tier, values) => values.map((value) => emit(f, value));
}

/** By their names in trees. */
export const smallFloatRoundings: Readonly<Record<SmallFloatRounding, EmitFunction>> = (() => {
  const list: [string, EmitFunction][] = [
    ['float4e2m1', each((f, x) => rounded(f, x, float4, 'saturated', floats(f, -0)))],
  ];
  for (const [name, format] of Object.entries(formats))
    for (const saturation of ['saturated', 'finite saturated', 'open'] as const)
      if (saturation !== 'finite saturated' || !format.hasNegativeZero)
        list.push([`${name} ${saturation}`, each((f, x) => rounded(f, x, format, saturation, x))]);
  for (const mode of ['up', 'down', 'nearest'])
    for (const end of ['saturated', 'open'])
      list.push([`float8e8m0 ${mode} ${end}`, each((f, x) => roundedToPower(f, x, mode, end === 'saturated'))]);
  return Object.fromEntries(list) as Record<SmallFloatRounding, EmitFunction>;
})();
