/** ReverseSequence as a selection of slices by the indices of batch and time. */
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { type Expansion, isTable, longTable, openSizes } from '../expansion.js';

export function expandReverseSequence(
  expansion: Expansion,
  { batch_axis, time_axis }: { readonly batch_axis: number; readonly time_axis: number },
  x: Value,
  lengths: Value,
  output: Value,
): string | undefined {
  const shape = expansion.facts.shape(x);
  const [batch, time] = [shape?.[batch_axis], shape?.[time_axis]];
  if (typeof batch !== 'number' || typeof time !== 'number') return openSizes;
  if (!isTable(batch, time)) return longTable;
  const dims = time_axis === 0 ? [time, batch] : [batch, time];
  const times = expansion.table('times', 'int64', dims, (index) => index[time_axis]!);
  const batches = expansion.table('batches', 'int64', dims, (index) => index[batch_axis]!);
  const own = time_axis === 0 ? lengths : expansion.add('Unsqueeze', [lengths, expansion.integers([1])]);
  const mirrored = expansion.add('Sub', [expansion.add('Sub', [own, expansion.number(1, 'int64')]), times]);
  // A length below 0 is wrong, and so has to become an index that is.
  const isWrong = expansion.add('Less', [own, expansion.number(0, 'int64')]);
  const rest = expansion.add('Where', [isWrong, expansion.number(time, 'int64'), times]);
  const from = expansion.add('Where', [expansion.add('Less', [times, own]), mirrored, rest]);
  const last = expansion.integers([2]);
  const components = (time_axis === 0 ? [from, batches] : [batches, from]).map((index) =>
    expansion.add('Unsqueeze', [index, last]),
  );
  const indices = expansion.add('Concat', components, { attributes: { axis: intAttribute(2) } });
  expansion.add('GatherND', [x, indices], { output });
  return undefined;
}
