/** Matches arrays of an archive with inputs. */
import { closest } from '../../closest.js';
import { defineProblem, fail } from '../../diagnostics.js';

export interface ArrayMatch {
  readonly pairs: readonly { readonly array: string; readonly input: string }[];
  /** Arrays that no input takes. */
  readonly extra: readonly string[];
}

/**
 * Arrays go to the inputs of their names. If no name matches, a single array goes to a single input, and arrays that
 * NumPy numbered because they have no names (`arr_0`, `arr_1`) go to the inputs in order.
 * @throws ProblemError US2005 where nothing matches
 */
export function matchArrays(arrays: readonly string[], inputs: readonly string[]): ArrayMatch {
  const named = inputs.filter((input) => arrays.includes(input)).map((name) => ({ array: name, input: name }));
  if (named.length > 0) return { pairs: named, extra: arrays.filter((array) => !inputs.includes(array)) };
  const [array] = arrays;
  const [input] = inputs;
  if (array !== undefined && input !== undefined && arrays.length === 1 && inputs.length === 1) {
    return { pairs: [{ array, input }], extra: [] };
  }
  const numbered = inputs.map((name, i) => ({ array: `arr_${i}`, input: name }));
  if (arrays.length === inputs.length && numbered.every((pair) => arrays.includes(pair.array))) {
    return { pairs: numbered, extra: [] };
  }
  fail(arrayAbsent({ inputs, arrays }));
}

const arrayAbsent = defineProblem('US2005', { inputs: 'strings', arrays: 'strings' }, ({ inputs, arrays }) => {
  const near = inputs.flatMap((input) => {
    const found = closest(input, arrays);
    return found === undefined ? [] : [`'${found}' may be meant for the input '${input}'`];
  });
  return {
    message: `it has no array named like ${inputs.length === 1 ? `the input '${inputs[0]}'` : 'an input'}`,
    expected: inputs.join(', '),
    actual: arrays.length === 0 ? 'no arrays' : arrays.join(', '),
    hint: near.length === 0 ? undefined : near.join('; '),
  };
});
