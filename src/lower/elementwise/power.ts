/**
 * Pow as a tree. Other exponents than a few go by way of logarithms: the relative error grows with the magnitude of the
 * result's logarithm, 1.5e-7 for each unit of it, so it is below 1e-5 for results from 1e-28 to 1e28.
 */
import { binary, constant, type Elementwise, unary, where } from '../../wasm/kernels/elementwise-expression.js';

/** Whole exponents up to here are multiplied out. */
const mostMultiplied = 16;

/** Whether a formula may read x several times: a longer tree would be computed each time. */
function isShort(x: Elementwise): boolean {
  return x.kind === 'input' || x.kind === 'constant';
}

/** Undefined where the formula would have to read a long tree several times. */
export function powerTree(x: Elementwise, exponent: Elementwise): Elementwise | undefined {
  if (exponent.kind === 'constant') return constantPower(x, exponent.value);
  return isShort(x) && isShort(exponent) ? anyPower(x, exponent) : undefined;
}

function constantPower(x: Elementwise, exponent: number): Elementwise | undefined {
  const isWhole = Number.isInteger(exponent);
  if (exponent === 0 || !Number.isFinite(exponent)) return undefined;
  if (exponent === 1) return x;
  if (exponent === -1) return unary('reciprocal', x);
  if (exponent === 0.5) return unary('sqrt', x);
  if (exponent === -0.5) return unary('reciprocal', unary('sqrt', x));
  if (!isWhole) return unary('exp', binary('mul', unary('log', x), constant(exponent)));
  if (Math.abs(exponent) <= mostMultiplied) {
    if (!isShort(x)) return undefined;
    const power = multiplied(x, Math.abs(exponent));
    return exponent < 0 ? unary('reciprocal', power) : power;
  }
  const even = exponent % 2 === 0 ? exponent : exponent - 1;
  const power = unary('exp', binary('mul', unary('log', unary('abs', x)), constant(even)));
  if (even === exponent) return power;
  return isShort(x) ? binary('mul', power, x) : undefined;
}

/** x to a whole power above 0, by repeated squaring. */
function multiplied(x: Elementwise, exponent: number): Elementwise {
  if (exponent === 1) return x;
  const root = multiplied(x, Math.floor(exponent / 2));
  const square = binary('mul', root, root);
  return exponent % 2 === 0 ? square : binary('mul', square, x);
}

/**
 * x to any power, both of which are read several times. For a negative base only whole exponents give numbers, and odd ones negative numbers. Anything to
 * the power 0 is 1.
 */
export function anyPower(x: Elementwise, exponent: Elementwise): Elementwise {
  const magnitude = unary('exp', binary('mul', unary('log', unary('abs', x)), exponent));
  const half = binary('mul', exponent, constant(0.5));
  const isWhole = binary('equal', unary('floor', exponent), exponent);
  const isEven = binary('equal', unary('floor', half), half);
  const notANumber = unary('sqrt', constant(-1));
  const sign = where(isWhole, where(isEven, constant(1), constant(-1)), notANumber);
  const signed = where(binary('less', x, constant(0)), binary('mul', magnitude, sign), magnitude);
  return where(binary('equal', exponent, constant(0)), constant(1), signed);
}
