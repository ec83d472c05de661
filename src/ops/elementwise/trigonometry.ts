/** Trigonometric and hyperbolic functions, and their inverses. */
import { family } from '../operator.js';
import { realFunction } from './math.js';

export const trigonometry = family(
  realFunction('Sin', [7, 22], Math.sin),
  realFunction('Cos', [7, 22], Math.cos),
  realFunction('Tan', [7, 22], Math.tan),
  realFunction('Asin', [7, 22], Math.asin),
  realFunction('Acos', [7, 22], Math.acos),
  realFunction('Atan', [7, 22], Math.atan),
  realFunction('Sinh', [9, 22], Math.sinh),
  realFunction('Cosh', [9, 22], Math.cosh),
  realFunction('Asinh', [9, 22], Math.asinh),
  realFunction('Acosh', [9, 22], Math.acosh),
  realFunction('Atanh', [9, 22], Math.atanh),
);
