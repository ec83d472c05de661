/**
 * Single nodes of every operator, most of them wrong in some way, checked and run on both executors: each is refused in
 * words, or runs. UNSTRIDE_SOAK_NODES=200000 runs so many of each kind, UNSTRIDE_SOAK_SEED begins elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { operators } from '../../src/ops/index.js';
import { versionsOfAll } from '../lower/nodes/node-case.js';
import { Random } from '../lower/nodes/random.js';
import { anyNode } from './any-node.js';
import { changedNode } from './changed-node.js';
import { outcomeOf } from './outcome.js';
import { shapeModel } from './shape-arithmetic.js';
import { describeNode, feedsOfNode, modelOfNode, type SoakNode } from './soak-node.js';

const count = Number(process.env['UNSTRIDE_SOAK_NODES'] ?? 500);
const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1);

const kinds: Readonly<Record<string, (seed: number) => SoakNode>> = {
  'of what signatures say': (seed) => anyNode(new Random(seed), operators[seed % operators.length]!),
  'that were legal before a change': (seed) => {
    const { schema, version } = versionsOfAll[seed % versionsOfAll.length]!;
    return changedNode(schema, version, seed);
  },
};

describe('single nodes', () => {
  it.each(Object.entries(kinds))(
    `%s end in no internal error, ${count} of them`,
    async (_, make) => {
      const failures: string[] = [];
      const outcomes = new Map<string, number>();
      for (let seed = firstSeed; seed < firstSeed + count; seed++) {
        const node = make(seed);
        const outcome = await outcomeOf(modelOfNode(node), feedsOfNode(node));
        outcomes.set(outcome.kind, (outcomes.get(outcome.kind) ?? 0) + 1);
        if (outcome.kind !== 'internal error') continue;
        failures.push(`seed ${seed}, ${outcome.stage}: ${describeNode(node)}: ${outcome.error.stack}`);
      }
      expect(failures.slice(0, 5)).toEqual([]);
      // Neither kind of node is so wrong, or so right, that nothing is tried.
      expect(outcomes.get('ran') ?? 0).toBeGreaterThan(count / 10);
      expect(outcomes.get('refused') ?? 0).toBeGreaterThan(count / 10);
    },
    3_600_000,
  );
});

it('graphs that compute with sizes end in no internal error either', async () => {
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + count / 5; seed++) {
    const { bytes, feeds, text } = shapeModel(new Random(seed));
    const outcome = await outcomeOf(bytes, feeds);
    if (outcome.kind !== 'internal error') continue;
    failures.push(`seed ${seed}, ${outcome.stage}: ${text}: ${outcome.error.stack}`);
  }
  expect(failures.slice(0, 5)).toEqual([]);
}, 3_600_000);
