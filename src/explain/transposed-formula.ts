/** The formula for the output size of a transposed convolution, in general and with numbers put in. */
import type { Formula, Size } from './explanation.js';
import { factor } from './sizes.js';

export interface FormulaTerms {
  readonly input: Size;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: Size;
  readonly padEnd: Size;
  readonly tail: Size;
  readonly output: Size;
}

/** With every term; layers are told the terms that they have. */
export const generalFormula = 'out = (in − 1)·stride + (kernel − 1)·dilation + 1 − padBegin − padEnd + output_padding';

export function transposedFormula(terms: FormulaTerms): Formula {
  const { input, kernel, stride, dilation, padBegin, padEnd, tail, output } = terms;
  const even = padBegin === padEnd;
  const general = [
    'out = (in − 1)·stride',
    even ? ' − 2·padding' : ' − padBegin − padEnd',
    dilation === 1 ? ' + kernel' : ' + (kernel − 1)·dilation + 1',
    tail === 0 ? '' : ' + output_padding',
  ].join('');
  const filled = [
    `out = (${input} − 1)·${stride}`,
    even ? ` − 2·${factor(padBegin)}` : ` − ${factor(padBegin)} − ${factor(padEnd)}`,
    dilation === 1 ? ` + ${kernel}` : ` + (${kernel} − 1)·${dilation} + 1`,
    tail === 0 ? '' : ` + ${tail}`,
    ` = ${output}`,
  ].join('');
  return { general, filled };
}
