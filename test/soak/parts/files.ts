/** Damaged models, pictures and arrays, and single nodes with anything in them. */
import { operators } from '../../../src/ops/index.js';
import { versionsOfAll } from '../../lower/nodes/node-case.js';
import { Random } from '../../lower/nodes/random.js';
import { anyNode } from '../any-node.js';
import { changedNode } from '../changed-node.js';
import { type FileKind, mutantOf } from '../mutants/mutant.js';
import { feedsOfNode, modelOfNode } from '../soak-node.js';
import { tryFile } from '../try-file.js';
import type { Part, Subject, Verdict } from './part.js';

export async function trySubject({ kind, bytes, feeds }: Subject): Promise<Verdict> {
  const outcome = await tryFile(kind, bytes, feeds);
  if (outcome.kind !== 'internal error') return outcome;
  return { kind: outcome.kind, text: `${outcome.stage}: ${outcome.error.stack ?? outcome.error.message}` };
}

function ofFiles(name: string, share: number, subjectOf: (seed: number) => Subject): Part {
  return { name, share, batch: 20_000, portion: 100, subjectOf, run: (seed) => trySubject(subjectOf(seed)) };
}

function mutants(name: string, kind: FileKind, share: number): Part {
  return ofFiles(name, share, (seed) => ({ kind, bytes: mutantOf(kind, seed) }));
}

export const fileParts: readonly Part[] = [
  mutants('models', 'model', 8),
  mutants('pictures', 'picture', 2),
  mutants('arrays', 'array', 1),
  ofFiles('nodes', 4, (seed) => {
    const { schema, version } = versionsOfAll[seed % versionsOfAll.length]!;
    const node =
      seed % 2 === 0
        ? anyNode(new Random(seed), operators[(seed / 2) % operators.length]!)
        : changedNode(schema, version, seed);
    const feeds = feedsOfNode(node);
    return { kind: 'model', bytes: modelOfNode(node), feeds: feeds ?? new Map() };
  }),
];
