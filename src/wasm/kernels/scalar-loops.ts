/** Arithmetic of single numbers that no instruction does: a loop for each. */
import { type Local, type Operand, op, select } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/** Repeats the body for as long as the condition holds. */
function whileTrue(f: FunctionBuilder, condition: () => Operand, body: () => void): void {
  f.block((end) => {
    f.loop((start) => {
      f.brIf(end, op('i32.eqz', condition()));
      body();
      f.br(start);
    });
  });
}

/**
 * `base` to a whole power, modulo 2^64, by repeated squaring. Below 0 it is a quotient towards zero: of 1 and -1 alone there is one
 * that is not 0.
 * @param isUnsigned whether the exponent is
 */
export function integerPower(f: FunctionBuilder, base: Operand, exponent: Operand, isUnsigned: boolean): Local {
  const square = f.local('i64', base);
  const rest = f.local('i64', exponent);
  const result = f.local('i64', 1);
  const isOdd = () => op('i32.wrap_i64', op('i64.and', rest, 1));
  if (!isUnsigned) {
    f.if(op('i64.lt_s', rest, 0), () => {
      const isUnit = op('i32.or', op('i64.eq', square, 1), op('i64.eq', square, -1));
      f.set(result, select('i64', select('i64', square, 1, isOdd()), 0, isUnit));
      f.set(rest, 0);
    });
  }
  whileTrue(
    f,
    () => op('i64.ne', rest, 0),
    () => {
      f.set(result, op('i64.mul', result, select('i64', square, 1, isOdd())));
      f.set(square, op('i64.mul', square, square));
      f.set(rest, op('i64.shr_u', rest, 1));
    },
  );
  return result;
}

/** Bits by which a quotient may be larger than 1, so that its product with 24 bits is exact in 53. */
const exactQuotient = 2 ** 28;

/** What is left of `a` by multiples of `b`, exactly and with the sign of `a`, as `%` of JavaScript and C's fmod give it. */
export function floatRemainder(f: FunctionBuilder, a: Operand, b: Operand): Local {
  const double = (x: Operand) => f.local('f64', op('f64.abs', op('f64.promote_f32', x)));
  const [rest, divisor] = [double(a), double(b)];
  const multiple = f.local('f64');
  const result = f.local('f32', Number.NaN);
  const isNumber = op('i32.and', op('f64.lt', rest, Number.POSITIVE_INFINITY), op('f64.gt', divisor, 0));
  f.if(isNumber, () => {
    whileTrue(
      f,
      () => op('f64.ge', rest, divisor),
      () => {
        f.set(multiple, divisor);
        const next = op('f64.mul', multiple, exactQuotient);
        whileTrue(
          f,
          () => op('f64.le', next, rest),
          () => f.set(multiple, next),
        );
        const quotient = op('f64.floor', op('f64.div', rest, multiple));
        f.set(rest, op('f64.sub', rest, op('f64.mul', quotient, multiple)));
        // The quotient may have been rounded up to a whole number.
        f.if(op('f64.lt', rest, 0), () => f.set(rest, op('f64.add', rest, multiple)));
      },
    );
    const number = f.local('f32', op('f32.demote_f64', rest));
    const signed = select('f32', op('f32.sub', 0, number), number, op('f32.lt', a, 0));
    f.set(result, select('f32', op('f32.mul', a, 0), signed, op('f32.eq', number, 0)));
  });
  return result;
}
