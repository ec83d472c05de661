import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outcome, runPipeline, type Stages } from '../../../../src/cli/run/many/pipeline.js';

interface Plan {
  /** Turns of the event loop that each stage of an item takes, and what becomes of it. */
  readonly load: number;
  readonly run: number;
  readonly finish: number;
  readonly key: string;
  readonly weight: number;
  readonly fails: 'nowhere' | 'load' | 'run' | 'finish';
}

const plan: fc.Arbitrary<Plan> = fc.record({
  load: fc.nat(4),
  run: fc.nat(2),
  finish: fc.nat(6),
  key: fc.constantFrom('a', 'a', 'b'),
  weight: fc.integer({ min: 1, max: 40 }),
  fails: fc.constantFrom('nowhere', 'nowhere', 'nowhere', 'load', 'run', 'finish'),
});

const limits = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  prefetched: fc.integer({ min: 1, max: 4 }),
  finishing: fc.integer({ min: 1, max: 4 }),
  bytes: fc.integer({ min: 40, max: 200 }),
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

class Failure extends Error {}

/** Runs the plans, and notes what was held at most. */
async function observe(
  plans: readonly Plan[],
  { batch, prefetched, finishing, bytes }: { batch: number; prefetched: number; finishing: number; bytes: number },
  options: { readonly stopAt?: number; readonly fatalAt?: number } = {},
) {
  const controller = new AbortController();
  const settled = new Map<number, Outcome<number>>();
  const ran: number[][] = [];
  const state = {
    loaded: 0,
    mostLoaded: 0,
    loading: 0,
    finishing: 0,
    mostFinishing: 0,
    running: 0,
    bytes: 0,
    mostBytes: 0,
  };
  const begun = new Set<number>();
  const stages: Stages<Plan, { index: number; plan: Plan }, number, number> = {
    async load(item, index) {
      state.loading++;
      state.mostLoaded = Math.max(state.mostLoaded, state.loading + state.loaded);
      await turns(item.load);
      state.loading--;
      if (item.fails === 'load') throw new Failure('load');
      state.loaded++;
      state.bytes += item.weight;
      state.mostBytes = Math.max(state.mostBytes, state.bytes);
      return { index, plan: item };
    },
    keyOf: (loaded) => loaded.plan.key,
    async run(group) {
      expect(++state.running).toBe(1);
      ran.push(group.map(({ index }) => index));
      for (const { index } of group) begun.add(index);
      if (group.some(({ index }) => index === options.stopAt)) controller.abort();
      await turns(Math.max(...group.map((loaded) => loaded.plan.run)));
      state.running--;
      state.loaded -= group.length;
      for (const loaded of group) state.bytes -= loaded.plan.weight;
      if (group.some(({ index }) => index === options.fatalAt)) throw new Error('fatal');
      return group.map((loaded) =>
        loaded.plan.fails === 'run'
          ? { isDone: false, error: new Failure('run') }
          : { isDone: true, value: loaded.index },
      );
    },
    async finish(index) {
      state.mostFinishing = Math.max(state.mostFinishing, ++state.finishing);
      await turns(plans[index]!.finish);
      state.finishing--;
      if (plans[index]!.fails === 'finish') throw new Failure('finish');
      return index;
    },
    isFatal: (error) => !(error instanceof Failure),
  };
  const work = runPipeline(plans, stages, {
    limits: {
      batch,
      prefetched,
      finishing,
      bytes,
      weightOf: (value) => ('loaded' in value ? value.loaded.plan.weight : plans[value.result]!.weight),
    },
    settle(index, outcome) {
      expect(settled.has(index)).toBe(false);
      settled.set(index, outcome);
    },
    signal: controller.signal,
  });
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect([state.loading, state.finishing, state.running]).toEqual([0, 0, 0]);
  return { settled, ran, state, begun, error };
}

describe('the pipeline', () => {
  it('settles each item once: with its own result, or with its own failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 24 }), limits, async (plans, bounds) => {
        const { settled, error } = await observe(plans, bounds);
        expect(error).toBeUndefined();
        expect(settled.size).toBe(plans.length);
        for (const [index, { fails }] of plans.entries()) {
          const outcome = settled.get(index)!;
          if (fails === 'nowhere') expect(outcome).toEqual({ isDone: true, value: index });
          else expect(outcome).toMatchObject({ isDone: false, error: { message: fails } });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('runs one group at a time, of one key, never more than a batch; without batches in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 24 }), limits, async (plans, bounds) => {
        const { ran } = await observe(plans, bounds);
        for (const group of ran) {
          expect(group.length).toBeLessThanOrEqual(bounds.batch);
          expect(new Set(group.map((index) => plans[index]!.key)).size).toBe(1);
        }
        if (bounds.batch === 1) expect(ran.flat()).toEqual(ran.flat().sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });

  it('holds no more than its limits, however slow a stage is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 30 }), limits, async (plans, bounds) => {
        const { state } = await observe(plans, bounds);
        // Beyond what is prefetched: one that is waited for, and those that wait for a group.
        expect(state.mostLoaded).toBeLessThanOrEqual(bounds.prefetched + 1 + 2 * bounds.batch);
        expect(state.mostFinishing).toBeLessThanOrEqual(bounds.finishing);
        // Sizes are guessed by the largest so far, so the largest of all may come on top, once for each that is being read.
        expect(state.mostBytes).toBeLessThanOrEqual(bounds.bytes + 40 * (bounds.prefetched + 2));
      }),
      { numRuns: 60 },
    );
  });

  it('stops after the group at hand, which is finished; nothing else is begun', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 24 }),
        limits,
        fc.nat(23),
        async (plans, bounds, at) => {
          const { settled, begun, ran, error } = await observe(plans, bounds, { stopAt: at });
          expect(error).toBeUndefined();
          const last = ran.findIndex((group) => group.includes(at));
          if (last >= 0) expect(ran.length).toBe(last + 1);
          for (const index of begun) expect(settled.has(index)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('throws what is fatal, after what had begun has ended', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 24 }),
        limits,
        fc.nat(23),
        async (plans, bounds, at) => {
          const { error, ran } = await observe(plans, bounds, { fatalAt: at });
          const last = ran.findIndex((group) => group.includes(at));
          if (last < 0) expect(error).toBeUndefined();
          else expect({ error, ran: ran.length }).toMatchObject({ error: { message: 'fatal' }, ran: last + 1 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lets one through that is larger than everything', async () => {
    const huge: Plan = { load: 1, run: 0, finish: 1, key: 'a', weight: 1000, fails: 'nowhere' };
    const { settled } = await observe([huge, huge, huge], { batch: 2, prefetched: 3, finishing: 3, bytes: 10 });
    expect([...settled.keys()].sort()).toEqual([0, 1, 2]);
  });
});
