/** Parses `--input [NAME=]FILE` with the names of the model's inputs. */
import { defineProblem, fail } from '../../diagnostics.js';
import { UsageError } from '../usage.js';

/** The word for seeded random numbers; a file of that name can be given as ./random. */
export const randomSource = 'random';

export interface InputSpec {
  /** Undefined if only a file is given. */
  readonly name: string | undefined;
  /** A path, or `random`. */
  readonly source: string;
}

const noInputOfThatName = defineProblem(
  'US2002',
  { input: 'string', inputs: 'strings', text: 'string' },
  ({ input, inputs, text }) => ({
    message: `the model has no input '${input}'`,
    value: input,
    expected: inputs.length === 0 ? 'no inputs' : inputs.length === 1 ? inputs[0] : `one of ${inputs.join(', ')}`,
    actual: `--input ${text}`,
    hint:
      inputs[0] === undefined
        ? 'leave --input out'
        : `for example --input ${inputs[0]}=${text.slice(text.indexOf('=') + 1)}`,
  }),
);

/**
 * Splits at the equals sign after the longest matching input name, since names and paths may contain equals signs.
 * Throws UsageError if the text is malformed, ProblemError US2002 if the model has no input of that name.
 */
export function parseInputSpec(text: string, names: readonly string[], isFile: (path: string) => boolean): InputSpec {
  if (text === '')
    throw new UsageError('--input is empty', 'for example --input picture.png or --input NAME=picture.png');
  const name = names.filter((candidate) => text.startsWith(`${candidate}=`)).sort((a, b) => b.length - a.length)[0];
  if (name !== undefined) {
    const source = text.slice(name.length + 1);
    if (source === '') throw new UsageError(`--input ${text} names no file`, `for example --input ${name}=picture.png`);
    return { name, source };
  }
  const at = text.indexOf('=');
  if (at < 0 || isFile(text)) return { name: undefined, source: text };
  if (at === 0 || at === text.length - 1) {
    throw new UsageError(
      `--input ${text} is not NAME=FILE`,
      'for example --input picture.png or --input NAME=picture.png',
    );
  }
  fail(noInputOfThatName({ input: text.slice(0, at), inputs: names, text }));
}
