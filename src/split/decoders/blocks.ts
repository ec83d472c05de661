/**
 * Blocks that shrink and grow inside and are flat seen from outside: the residual U-blocks that U²-Net (Qin et al.
 * 2020) is made of. Such a block adds its input to its result, and its inner U begins and ends with layers at the
 * input's size.
 */
import type { Value } from '../../ir/graph.js';
import type { Changes } from './changes.js';
import type { Network } from './network.js';
import type { Resolutions } from './resolution.js';

export interface Block {
  readonly entry: Value;
  readonly exit: Value;
  /** Indices of the nodes after the entry, up to and including the exit. */
  readonly places: ReadonlySet<number>;
}

/**
 * Largest first. Pyramid pooling (PSPNet, Zhao et al. 2017), where a Concat joins a value with poolings of it, is a
 * block as well.
 */
export function blocksOf(network: Network, resolutions: Resolutions, changes: Changes): Block[] {
  const blocks: Block[] = [];
  if (changes.at.size === 0) return blocks;
  network.graph.nodes.forEach((node, place) => {
    const reads = network.reads[place]!;
    const [exit] = network.makes(place);
    if (node.opType === 'Concat' && exit !== undefined && reads.length > 2) {
      const block = pyramidBefore(network, changes, reads, exit, place);
      if (block !== undefined) blocks.push(block);
    }
    if (node.opType !== 'Add' || reads.length !== 2 || exit === undefined) return;
    for (const [entry, made] of [reads, reads.toReversed()] as [Value, Value][]) {
      const start = network.producerOf(entry) ?? -1;
      if (!changes.has('up', start, place) || !changes.has('down', start, place)) continue;
      const block = blockBetween(network, resolutions, changes, { entry, made, exit, place });
      if (block !== undefined) blocks.push(block);
    }
  });
  return blocks.sort((a, b) => b.places.size - a.places.size);
}

/** The block from a value to the Concat that joins it with branches that pool it and resize the result to its size. */
function pyramidBefore(
  network: Network,
  changes: Changes,
  reads: readonly Value[],
  exit: Value,
  place: number,
): Block | undefined {
  for (const entry of reads) {
    const start = network.producerOf(entry) ?? -1;
    if (!changes.has('up', start, place) || !changes.has('down', start, place)) continue;
    const branches = reads.filter((value) => value !== entry);
    const isAfter = network.descendants(network.readers(entry));
    const places = new Set([place]);
    const areBranches = branches.every((value) => {
      const branch = [...network.ancestors([value])].filter((item) => isAfter.has(item));
      const kinds = branch.flatMap((item) => changes.at.get(item) ?? []);
      for (const item of branch) places.add(item);
      return kinds.length >= 1 && kinds.filter(({ kind }) => kind !== 'up').every(({ source }) => source === entry);
    });
    const isShared = [...places].some((item) =>
      network
        .makes(item)
        .some((value) => value !== exit && network.readers(value).some((reader) => !places.has(reader))),
    );
    if (areBranches && !isShared) return { entry, exit, places };
  }
  return undefined;
}

interface Ends {
  readonly entry: Value;
  readonly made: Value;
  readonly exit: Value;
  readonly place: number;
}

function blockBetween(
  network: Network,
  resolutions: Resolutions,
  changes: Changes,
  { entry, made, exit, place }: Ends,
): Block | undefined {
  const area = resolutions.area(entry);
  if (area === undefined || area !== resolutions.area(made)) return undefined;
  const isAfter = network.descendants(network.readers(entry));
  const places = new Set([...network.ancestors([made])].filter((item) => isAfter.has(item)));
  const inner = [...places].flatMap((item) => changes.at.get(item) ?? []);
  if (!inner.some(({ kind }) => kind === 'up') || !inner.some(({ kind }) => kind === 'down')) return undefined;
  places.add(place);
  const outputs = new Set(network.graph.outputs);
  for (const item of places) {
    const isClosed = network
      .makes(item)
      .every(
        (value) =>
          value === exit || (!outputs.has(value) && network.readers(value).every((reader) => places.has(reader))),
      );
    if (!isClosed) return undefined;
    const isFed = network.reads[item]!.every((value) => {
      const producer = network.producerOf(value);
      return value === entry || (producer !== undefined && places.has(producer)) || resolutions.area(value) === 1;
    });
    if (!isFed) return undefined;
  }
  const plain = unweighted(network, entry, places);
  if (inner.some(({ kind, source }) => kind === 'down' && plain.has(source))) return undefined;
  const risen = network.descendants(inner.flatMap((change) => (change.kind === 'up' ? [change.place] : [])));
  const hasOwnSkip = [...places].some(
    (item) => item !== place && isJoin(network, resolutions, item, { area, places, risen }),
  );
  return hasOwnSkip ? { entry, exit, places } : undefined;
}

/** What is computed from `entry` without weights. */
function unweighted(network: Network, entry: Value, places: ReadonlySet<number>): Set<Value> {
  const found = new Set<Value>([entry]);
  for (const place of [...places].sort((a, b) => a - b)) {
    const isPlain = !network.hasWeights(place) && network.reads[place]!.every((item) => found.has(item));
    if (isPlain) for (const value of network.makes(place)) found.add(value);
  }
  return found;
}

/** Whether the node joins a value from before the block shrinks with a value from after it grows. */
function isJoin(
  network: Network,
  resolutions: Resolutions,
  place: number,
  { area, places, risen }: { area: number; places: ReadonlySet<number>; risen: ReadonlySet<number> },
): boolean {
  const { opType } = network.node(place);
  if (opType !== 'Concat' && opType !== 'Add' && opType !== 'QLinearConcat' && opType !== 'QLinearAdd') return false;
  const producers = network.reads[place]!.filter((value) => resolutions.area(value) === area).map(
    (value) => network.producerOf(value) ?? -1,
  );
  if (!producers.every((producer) => places.has(producer))) return false;
  return producers.some((producer) => risen.has(producer)) && producers.some((producer) => !risen.has(producer));
}
