/** Code that brings weights into 16 bits, in the order that kernels read them (kernels/half-weights.ts). */
import { add, floats, forRange, integers, loadVector, storeVector } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder, FunctionReference } from '../function.js';
import { roundings, withoutLowBits } from '../kernels/half-floats.js';
import type { ModuleBuilder } from '../module.js';

export interface HalfPacking {
  /** The bits of the largest magnitude among elements, above those of all numbers where one is infinite or no number. */
  largest(source: number, count: number): number;
  /**
   * `terms` rows of `columns` float32, one after another, as words: column i in the low half, column i + columns/2 in the high one.
   * @param factors that elements are multiplied by, one after the other; not for bfloat16
   */
  narrowFloat16: Narrow;
  narrowBfloat16: Narrow;
}

type Narrow = (
  source: number,
  target: number,
  terms: number,
  columns: number,
  ...factors: readonly [number, number]
) => void;

export function emitHalfPacking(module: ModuleBuilder): void {
  module.export(largest(module), 'largest');
  module.export(narrow(module, 'narrowFloat16', float16Bits), 'narrowFloat16');
  module.export(
    narrow(module, 'narrowBfloat16', (f, x) => roundings.bfloat16(f, x)),
    'narrowBfloat16',
  );
}

function largest(module: ModuleBuilder): FunctionReference {
  const type = { params: ['i32', 'i32'] as const, results: ['i32'] as const };
  return module.function('largest', type, (f, ...params) => {
    const [source, count] = params as unknown as readonly [Local, Local];
    const most = f.local('i32', 0);
    const bits = f.local('i32');
    forRange(f, 0, count, 1, () => {
      f.set(bits, op('i32.and', load('i32.load', source), 0x7fffffff));
      f.if(op('i32.gt_s', bits, most), () => f.set(most, bits));
      f.increase(source, 4);
    });
    f.return(most);
  });
}

/** Sign, exponent and fraction in the upper 16 bits; numbers below the smallest exponent are zeros. */
function float16Bits(f: FunctionBuilder, x: Operand, factors: readonly Local[]): Operand {
  const scaled = f.local(
    'v128',
    factors.reduce<Operand>((value, factor) => op('f32x4.mul', value, factor), x),
  );
  const rounded = f.local('v128', withoutLowBits(f, f.local('v128', op('f32x4.abs', scaled)), 13));
  const isNormal = op('f32x4.ge', rounded, floats(f, 2 ** -126));
  const magnitude = op('v128.and', op('i32x4.shl', rounded, 3), isNormal);
  return op('v128.or', magnitude, op('v128.and', scaled, integers(f, -(2 ** 31))));
}

type Bits = (f: FunctionBuilder, x: Operand, factors: readonly Local[]) => Operand;

function narrow(module: ModuleBuilder, name: string, bitsOf: Bits): FunctionReference {
  const type = { params: ['i32', 'i32', 'i32', 'i32', 'f32', 'f32'] as const, results: [] };
  return module.function(name, type, (f, ...params) => {
    const [source, target, terms, columns] = params as unknown as readonly [Local, Local, Local, Local];
    const factors = params.slice(4).map((factor) => f.local('v128', op('f32x4.splat', factor)));
    const half = f.local('i32', op('i32.shl', columns, 1));
    forRange(f, 0, terms, 1, () => {
      forRange(f, 0, half, 16, () => {
        const low = bitsOf(f, f.local('v128', loadVector(source)), factors);
        const high = bitsOf(f, f.local('v128', loadVector(add(source, half))), factors);
        storeVector(f, target, 0, op('v128.or', op('i32x4.shr_u', low, 16), high));
        f.increase(source, 16);
        f.increase(target, 16);
      });
      f.set(source, add(source, half));
    });
  });
}
