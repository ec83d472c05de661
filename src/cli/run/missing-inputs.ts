/** The error of a run whose inputs are not all given, with the command that gives them. */

import { shellWord } from '../../diagnostics/shell-word.js';
import { defineProblem, diagnostic, ModelError } from '../../diagnostics.js';
import { typeOf } from '../../feed/input-type.js';
import { declaredShape, type Value } from '../../ir/graph.js';
import { formatType } from '../../ir/shape.js';
import { pictureInputAxes } from '../../pictures/image-layout.js';
import { argumentOf } from '../model-files.js';
import type { InputSpec } from './input-spec.js';

const inputNotGiven = defineProblem(
  'US2001',
  { input: 'string', type: 'string', unused: 'strings', example: 'string?' },
  ({ input, type, unused, example }) => ({
    message: `the input '${input}' is not given`,
    value: input,
    expected: type,
    actual: unused.length === 0 ? undefined : `arrays that no input takes: ${unused.join(', ')}`,
    hint: example === undefined ? undefined : `for example: ${example}`,
  }),
);

/**
 * @param file the model's, or what a model from standard input is called
 * @param unused arrays that no input takes, in words
 */
export function inputsMissing(
  missing: readonly Value[],
  specs: readonly InputSpec[],
  { file, unused }: { readonly file: string; readonly unused: readonly string[] },
): ModelError {
  const given = specs
    // Names with a NUL are placeholders that the user did not write.
    .filter(({ source }) => !source.includes('\0'))
    .map(({ name, source }) => `--input ${shellWord(name === undefined ? source : `${name}=${source}`)}`);
  const example = missing.map((input) => `--input ${shellWord(`${input.name}=${exampleSource(input)}`)}`);
  const command = ['unstride run', argumentOf(file), ...given, ...example].join(' ');
  return new ModelError(
    missing.map((input, i) => {
      const facts = { input: input.name, type: formatType(typeOf(input)), unused };
      return diagnostic(inputNotGiven({ ...facts, example: i === missing.length - 1 ? command : undefined }), { file });
    }),
  );
}

function exampleSource(input: Value): string {
  const shape = declaredShape(input);
  const isPictureLike = shape !== undefined && shape.length === 4 && pictureInputAxes(shape) !== undefined;
  return isPictureLike ? 'picture.png' : 'data.npy';
}
