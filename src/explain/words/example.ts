/** The small example, step by step. */
import type { ConvTransposeExample, ExampleArray } from '../explanation.js';
import { type Block, type Section, text } from './blocks.js';
import { arrayRows } from './grid.js';

export function exampleSection(example: ConvTransposeExample): Section {
  const { input, kernel, dilated, padded, cropped, flipped, output, scattered } = example;
  const isEqual = output.data.every((value, i) => value === scattered.data[i]);
  const last = output.data.length === 0 ? '' : firstSum(example);
  return {
    title: 'With numbers',
    blocks: [
      grid('input', input),
      grid('kernel', kernel),
      grid('1 dilated', dilated),
      grid('2 padded', padded),
      grid('3 cropped', cropped),
      grid('the kernel, flipped', flipped),
      grid('4 convolved: the output', output),
      text(
        last,
        `By the definition, each input adds the kernel, scaled by it, to the output: ${isEqual ? 'the same numbers' : 'other numbers, a fault of unstride'}.`,
      ),
    ],
  };
}

function grid(title: string, array: ExampleArray): Block {
  return { kind: 'grid', title: `${title} ${array.dims.join('×')}`, rows: arrayRows(array) };
}

/** The largest output as its sum, in one dimension: `5·2 + 3·1 = 13`. */
function firstSum({ cropped, flipped, output }: ConvTransposeExample): string {
  const [length] = output.dims;
  if (output.dims.length > 1 || length === undefined) return '';
  const at = output.data.indexOf(Math.max(...output.data));
  const spread = (cropped.data.length - length) / Math.max(1, flipped.data.length - 1);
  const terms = flipped.data.flatMap((weight, k) => {
    const value = cropped.data[at + k * (flipped.data.length === 1 ? 0 : spread)] ?? 0;
    return value === 0 ? [] : [`${value}·${weight}`];
  });
  return terms.length === 0 ? '' : `Output ${at}, for example, is ${terms.join(' + ')} = ${output.data[at]}.`;
}
