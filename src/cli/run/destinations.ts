/** Which inputs a data file feeds, and with what. */

import type { FedPicture } from '../../feed/picture-input.js';
import type { Graph, Value } from '../../ir/graph.js';
import type { Tensor } from '../../ir/tensor.js';
import type { ReadPicture } from '../../pictures/read-picture.js';
import type { DataFile } from './data-file.js';
import { fitType } from './input-type.js';
import { matchArrays } from './match-arrays.js';
import { isSequence, refuseForSequence, sequencesIn } from './sequence-input.js';

/** The data of an input from its source. */
export interface InputData {
  readonly tensor: Tensor;
  /** Present if the source is a picture. */
  readonly picture?: FedPicture;
  /** How the data was converted, in words. */
  readonly notes: readonly string[];
}

type Load = () => InputData | Promise<InputData>;

export interface Destinations {
  /** In order; what loads the data of a later one may depend on earlier ones. */
  readonly targets: readonly (readonly [input: Value, load: Load])[];
  /** Names of an archive's arrays that no input takes. */
  readonly unused: readonly string[];
}

export interface Taking {
  readonly graph: Graph;
  /** The input of a name, or without one the only input that is left. */
  input(name: string | undefined): Value;
  loadPicture(input: Value, picture: ReadPicture): InputData | Promise<InputData>;
}

/**
 * @param name of the input that the file is given for
 * @throws ProblemError US2003 for a sequence that is given anything else than an archive of its tensors
 */
export function destinationsOf(data: DataFile, name: string | undefined, taking: Taking): Destinations {
  const { graph, input, loadPicture } = taking;
  const single = (target: Value, load: Load): Destinations => ({ targets: [[target, load]], unused: [] });
  switch (data.kind) {
    case 'picture': {
      const target = tensorInput(name, input);
      return single(target, () => loadPicture(target, data.picture));
    }
    case 'array': {
      const target = tensorInput(name, input);
      return single(target, () => fitType(target, data.tensor));
    }
    case 'proto': {
      const named = name === undefined ? graph.inputs.find((item) => item.name === data.name) : undefined;
      const target = named ?? tensorInput(name, input);
      return single(target, () => fitType(target, data.tensor));
    }
    case 'archive':
      return archiveDestinations(data, name, taking);
  }
}

function archiveDestinations(
  data: Extract<DataFile, { readonly kind: 'archive' }>,
  name: string | undefined,
  { graph, input }: Taking,
): Destinations {
  const wanted = name === undefined ? graph.inputs : [input(name)];
  const sequences = sequencesIn(data, wanted);
  const taken = new Set(sequences.flatMap(({ arrays }) => arrays));
  const fed = sequences.map((sequence) => [sequence.input, sequence.load] as const);
  const arrays = data.names.filter((array) => !taken.has(array));
  const names = wanted.filter((item) => !isSequence(item)).map((item) => item.name);
  if (arrays.length === 0 || names.length === 0) {
    if (fed.length > 0) return { targets: fed, unused: [] };
    for (const item of wanted) refuseForSequence(item);
  }
  // A single array that is named like none goes where a file of one would go.
  const isOther = arrays.length === 1 && !names.includes(arrays[0]!);
  const { pairs, extra } = matchArrays(arrays, isOther ? [tensorInput(name, input).name] : names);
  // Where one input is named, the others may be fed by the same file.
  const unused = name === undefined ? extra : [];
  const note = unused.length === 0 ? [] : [`no input takes its ${unused.map((array) => `'${array}'`).join(', ')}`];
  const tensors = pairs.map(({ array, input: targetName }, i) => {
    const target = input(targetName);
    const load = () => {
      const { tensor, notes } = fitType(target, data.read(array));
      return { tensor, notes: i === 0 ? [...notes, ...note] : notes };
    };
    return [target, load] as const;
  });
  return { targets: [...fed, ...tensors], unused };
}

function tensorInput(name: string | undefined, input: Taking['input']): Value {
  const found = input(name);
  refuseForSequence(found);
  return found;
}
