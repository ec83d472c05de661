/** Runs a generator on many latents. */
import type { Diagnostic } from '../../../diagnostics.js';
import type { Tensor } from '../../../ir/tensor.js';
import { type ReferenceUse, referenceUse } from '../../../plan/reference-use.js';
import { type BatchedInputs, joinFeeds, joinTensors } from '../many/batch.js';
import type { Runner } from '../runner.js';

type Feeds = ReadonlyMap<string, Tensor>;

export interface Made {
  /** By output name: the results of all latents, concatenated. */
  readonly outputs: Feeds;
  /** The batch size of the largest run, by batched input. */
  readonly batch: ReadonlyMap<string, number>;
  readonly milliseconds: number;
  readonly peakBytes: number;
  readonly references: ReferenceUse;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Runs `batch` items at a time along batched inputs, or each alone.
 * @param tell called after each run with the number of finished items
 */
export async function makeAll(
  runner: Runner,
  items: readonly Feeds[],
  batched: BatchedInputs | undefined,
  batch: number,
  tell: (done: number) => void,
): Promise<Made> {
  const size = batched === undefined ? 1 : batch;
  const parts = new Map<string, Tensor[]>();
  const facts = { milliseconds: 0, peakBytes: 0, diagnostics: [] as readonly Diagnostic[] };
  let references: ReferenceUse | undefined;
  for (let at = 0; at < items.length; at += size) {
    const group = items.slice(at, at + size);
    const { outputs, report } = await runner.run(joinFeeds(group, batched ?? new Set()));
    for (const [name, tensor] of outputs) parts.set(name, [...(parts.get(name) ?? []), tensor]);
    facts.milliseconds += report.runMilliseconds;
    const byReferences = report.references.milliseconds + (references?.milliseconds ?? 0);
    references = referenceUse(report.references, byReferences, facts.milliseconds);
    facts.peakBytes = Math.max(facts.peakBytes, report.peakBytes);
    facts.diagnostics = report.diagnostics;
    tell(at + group.length);
    // Yields to signals and the progress bar.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const most = Math.min(size, items.length);
  const sizes = [...(batched ?? [])].map((name) => [name, most * items[0]!.get(name)!.dims[0]!] as const);
  const outputs = [...parts].filter(([, tensors]) => tensors[0]!.dims.length > 0);
  return {
    outputs: new Map(outputs.map(([name, tensors]) => [name, joinTensors(tensors)])),
    batch: new Map(sizes),
    ...facts,
    references: references!,
  };
}
