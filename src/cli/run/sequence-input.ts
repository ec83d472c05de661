/** Inputs that are sequences: the arrays `name.0`, `name.1` and so on of an archive. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Value } from '../../ir/graph.js';
import type { Tensor } from '../../ir/tensor.js';
import { sequenceFed } from '../../runtime/sequence-feed.js';
import type { DataFile } from './data-file.js';

type Archive = Extract<DataFile, { readonly kind: 'archive' }>;

interface SequenceInput {
  readonly input: Value;
  readonly arrays: readonly string[];
  load(): { readonly tensor: Tensor; readonly notes: readonly string[] };
}

export function isSequence({ declared }: Value): boolean {
  return declared?.kind === 'other' && declared.sequence !== undefined;
}

const needsArchive = defineProblem('US2003', { input: 'string' }, ({ input }) => ({
  message: `the input '${input}' is a sequence of tensors`,
  value: input,
  expected: `a .npz with the arrays '${input}.0', '${input}.1' and so on`,
  hint: `numpy.savez('sequence.npz', **{f'${input}.{i}': array for i, array in enumerate(arrays)})`,
}));

/** @throws ProblemError US2003 if the input is a sequence, which one array does not feed */
export function refuseForSequence(input: Value): void {
  if (isSequence(input)) fail(needsArchive({ input: input.name }));
}

/** The sequences among the inputs whose tensors are in the archive, numbered from 0 without a gap. */
export function sequencesIn(archive: Archive, inputs: readonly Value[]): SequenceInput[] {
  const names = new Set(archive.names);
  return inputs.filter(isSequence).flatMap((input) => {
    const arrays: string[] = [];
    while (names.has(`${input.name}.${arrays.length}`)) arrays.push(`${input.name}.${arrays.length}`);
    if (arrays.length === 0) return [];
    const load = () => {
      const tensors = arrays.map((array) => archive.read(array));
      const note = `a sequence of ${arrays.length} ${arrays.length === 1 ? 'tensor' : 'tensors'}`;
      return { tensor: sequenceFed(tensors, input.name), notes: [note] };
    };
    return [{ input, arrays, load }];
  });
}
