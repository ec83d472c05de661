/** Runs one network on many files, which other threads read ahead and write afterwards. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnostic, ModelError, ProblemError } from '../../../diagnostics.js';
import { Coverages } from '../../../feed/coverage.js';
import { mostPixelsFor } from '../../../feed/picture-limit.js';
import { PictureSizes } from '../../../feed/picture-size.js';
import { type Inference, infer } from '../../../infer/infer.js';
import type { Tensor } from '../../../ir/tensor.js';
import { withMemoryExplained } from '../../../limits/stop.js';
import { type ReferenceUse, referenceUse } from '../../../plan/reference-use.js';
import type { RunLine } from '../../../report/run-many.js';
import type { OpenedModel } from '../../../runtime/open.js';
import { type ExitCode, exitCodes, UsageError } from '../../usage.js';
import { withSources } from '../data-faults.js';
import { type LoadedInputs, loadInputs } from '../inputs.js';
import type { Runner } from '../runner.js';
import type { Settings } from '../settings.js';
import { coverageOf, inputReport, presentOptions } from '../single.js';
import { startRunner } from '../start-runner.js';
import { roundTime } from '../stopwatch.js';
import { type BatchedInputs, batchedInputs, batchKey, joinFeeds, partOutputs } from './batch.js';
import { certainEndings } from './certain-files.js';
import { catchInterrupt } from './interrupt.js';
import type { Item, ManyInputs } from './items.js';
import { type Outcome, runPipeline } from './pipeline.js';
import { poolSize } from './pool.js';
import { ManyReporting } from './reporting.js';
import { type ResultPlace, resultPlaces } from './result-names.js';
import type { ManySettings } from './settings.js';
import { ItemThreads } from './threads.js';

/** For each thread of the pool: files that are decoded ahead, and results that wait to be written. */
const perThread = 2;

/** The most bytes of waiting data, and of waiting results. */
const waitingBytes = 256 * 2 ** 20;

export interface ManyRun {
  readonly opened: OpenedModel;
  /** The model's file, for messages. */
  readonly file: string;
  readonly given: ManyInputs;
  readonly settings: Settings;
  readonly many: ManySettings;
  /** The time of performance.now() before the model was opened. */
  readonly started: number;
}

/** @throws UsageError, and ModelError for errors that are not caused by one of the files */
export async function runMany(run: ManyRun): Promise<ExitCode> {
  if (run.settings.json) {
    throw new UsageError('--json is one document of one run', 'many files give a line each with --json-lines');
  }
  if (run.settings.profile !== undefined) throw new UsageError('--profile is of one run, and there are many files');
  return new ManyRunner(run).work();
}

interface Loaded extends LoadedInputs {
  readonly index: number;
  readonly readMilliseconds: number;
}

interface Result {
  readonly loaded: Loaded;
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly executeMilliseconds: number;
}

class ManyRunner {
  private readonly items: readonly Item[];
  private readonly inference: Inference;
  private readonly places: readonly ResultPlace[];
  private readonly batched: BatchedInputs;
  private readonly threads: ItemThreads;
  private readonly reporting: ManyReporting;
  private readonly pictureSizes: PictureSizes;
  private readonly coverages: Coverages;
  /**
   * A signal that is never raised. With a signal, long runs pause now and then, so that Ctrl-C and messages of threads
   * are handled.
   */
  private readonly pauses = new AbortController().signal;
  private compile = 0;
  private execute = 0;
  private references: ReferenceUse | undefined;

  constructor(private readonly run: ManyRun) {
    const { opened, given, settings, many } = run;
    const { graph } = opened.model;
    this.items = given.items;
    this.pictureSizes = settings.pictureSizes ?? new PictureSizes(graph);
    this.coverages = new Coverages(graph, settings.layout);
    this.threads = new ItemThreads({
      names: graph.inputs.map(({ name }) => name),
      maxPixels: settings.maxPixels ?? mostPixelsFor(graph, settings.dims),
    });
    this.reporting = new ManyReporting(many.jsonLines, run.settings.quiet);
    this.reporting.note(opened.diagnostics);
    this.inference = infer(graph, { bindings: settings.dims });
    const { types } = this.inference;
    const outputs = graph.outputs.map((output) => ({ name: output.name, type: types.get(output)?.elementType }));
    const certain = certainEndings(outputs, settings.presentation);
    if (many.skipExisting && [...certain.values()].every((endings) => endings.length === 0)) {
      throw new UsageError(
        '--skip-existing cannot know which results there will be',
        'name the output that --as is for, --as NAME=KIND, or have arrays written',
      );
    }
    this.places = resultPlaces(given.items, certain, settings.directory);
    this.batched = many.batch === undefined || many.batch === 1 ? new Set() : this.findBatch(settings);
  }

  private findBatch(settings: Settings): BatchedInputs {
    const { graph } = this.run.opened.model;
    const named = new Set(this.run.given.fixed.map(({ name }) => name));
    const spec = this.items[0]!.spec;
    const differing = spec.name === undefined ? graph.inputs.map(({ name }) => name) : [spec.name];
    return batchedInputs(
      graph,
      differing.filter((name) => !named.has(name)),
      settings.dims,
      (output) => this.inference.types.get(output)?.shape,
    );
  }

  async work(): Promise<ExitCode> {
    const { opened, settings, many, started } = this.run;
    const began = performance.now();
    const pending = many.skipExisting ? this.withoutExisting() : this.items.map((_, index) => index);
    const runner = pending.length === 0 ? undefined : await startRunner(opened, settings);
    this.reporting.start(this.items.length, this.items.length - pending.length);
    const interrupt = catchInterrupt((isSecond) => this.reporting.interrupted(isSecond));
    try {
      await runPipeline(
        pending,
        {
          load: (index) => this.load(index),
          keyOf: ({ inputs }) => batchKey(new Map(inputs.map(({ name, tensor }) => [name, tensor]))),
          run: (group) => this.runGroup(runner!, group),
          finish: (result) => this.finish(result),
          isFatal,
        },
        {
          limits: {
            batch: many.batch ?? 1,
            prefetched: poolSize() * perThread,
            finishing: poolSize() * perThread,
            bytes: waitingBytes,
            weightOf,
          },
          settle: (at, outcome) => this.settle(pending[at]!, outcome),
          signal: interrupt.signal,
        },
      );
    } finally {
      interrupt.end();
      await Promise.all([runner?.release(), this.threads.close()]);
      this.reporting.end({
        total: this.items.length,
        isInterrupted: interrupt.signal.aborted,
        directory: settings.directory,
        elapsed: performance.now() - started,
        working: performance.now() - began,
        compile: this.compile,
        execute: this.execute,
        references: this.references,
        // In KiB on every platform (libuv).
        peakProcessBytes: process.resourceUsage().maxRSS * 1024,
      });
    }
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    return this.reporting.failed > 0 ? exitCodes.fault : exitCodes.done;
  }

  /** Indices of the items whose results do not all exist; the others are reported as done. */
  private withoutExisting(): number[] {
    return this.items.flatMap(({ spec }, index) => {
      const { directory, certain } = this.places[index]!;
      if (!certain.every((file) => existsSync(path.join(directory, file)))) return [index];
      this.reporting.add(index, { ...emptyLine(spec.source), state: 'skipped' });
      return [];
    });
  }

  private async load(index: number): Promise<Loaded> {
    const { opened, file, given, settings } = this.run;
    const { spec } = this.items[index]!;
    const began = performance.now();
    try {
      const loaded = await loadInputs(opened.model.graph, [...given.fixed, spec], {
        ...settings,
        file,
        pictureSizes: this.pictureSizes,
        read: (source) => (source === spec.source ? this.threads.read(source) : this.threads.readShared(source)),
        prepare: (picture, preparation) => this.threads.prepare(picture, preparation, spec.source),
      });
      return { ...loaded, index, readMilliseconds: performance.now() - began };
    } catch (error) {
      throw withMemoryExplained(error, spec.source);
    }
  }

  private async runGroup(runner: Runner, group: readonly Loaded[]): Promise<readonly Outcome<Result>[]> {
    try {
      const results = await this.runJoined(runner, group);
      return results.map((value) => ({ isDone: true, value }));
    } catch (error) {
      const explained = withSources(error, this.run.opened.model.graph, group[0]!.inputs);
      if (group.length === 1 || isFatal(explained)) return group.map(() => ({ isDone: false, error: explained }));
      // A single item may have caused the error, so each is run alone.
      const outcomes: Outcome<Result>[] = [];
      for (const item of group) outcomes.push(...(await this.runGroup(runner, [item])));
      return outcomes;
    }
  }

  private async runJoined(runner: Runner, group: readonly Loaded[]): Promise<Result[]> {
    const feeds = group.map(({ inputs }) => new Map(inputs.map(({ name, tensor }) => [name, tensor])));
    const { outputs, report } = await runner.run(joinFeeds(feeds, this.batched), { signal: this.pauses });
    this.compile += report.compileMilliseconds;
    this.execute += report.runMilliseconds;
    const byReferences = report.references.milliseconds + (this.references?.milliseconds ?? 0);
    this.references = referenceUse(report.references, byReferences, this.execute);
    this.reporting.note(report.diagnostics);
    const parts = partOutputs(outputs, group.length);
    return group.map((loaded, i) => ({
      loaded,
      outputs: parts[i]!,
      executeMilliseconds: report.runMilliseconds / group.length,
    }));
  }

  private async finish({ loaded, outputs, executeMilliseconds }: Result): Promise<RunLine> {
    const { settings } = this.run;
    const { index, inputs, sizes } = loaded;
    const { directory, stems, certain } = this.places[index]!;
    const began = performance.now();
    const coverage = coverageOf(this.coverages, inputs, outputs);
    const options = { ...presentOptions(inputs, settings), coverage, stems };
    const reports = inputs.map(inputReport);
    const written = await this.threads.write({ kind: 'write', outputs, options, directory, last: certain });
    return {
      file: this.items[index]!.spec.source,
      state: 'done',
      inputs: reports,
      sizes: Object.fromEntries(sizes),
      outputs: written,
      time: {
        read: roundTime(loaded.readMilliseconds),
        execute: roundTime(executeMilliseconds),
        write: roundTime(performance.now() - began),
      },
      diagnostics: [],
    };
  }

  private settle(index: number, outcome: Outcome<RunLine>): void {
    const file = this.items[index]!.spec.source;
    const line: RunLine = outcome.isDone
      ? outcome.value
      : { ...emptyLine(file), state: 'failed', diagnostics: diagnosticsOf(outcome.error) };
    this.reporting.add(index, line);
  }
}

/** Whether every other file would meet the error as well: a result that cannot be written, a lost thread. */
function isFatal(error: unknown): boolean {
  if (error instanceof ProblemError) return false;
  return !(error instanceof ModelError) || error.diagnostics.some(({ code }) => code === 'US2010' || code === 'US2012');
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  return error instanceof ModelError ? error.diagnostics : [diagnostic((error as ProblemError).problem)];
}

function emptyLine(file: string): Omit<RunLine, 'state'> {
  return { file, inputs: [], sizes: {}, outputs: [], time: null, diagnostics: [] };
}

function weightOf(value: { readonly loaded: Loaded } | { readonly result: Result }): number {
  let bytes = 0;
  if ('result' in value) {
    for (const { data } of value.result.outputs.values()) bytes += bytesOf(data);
  }
  const { inputs } = 'result' in value ? value.result.loaded : value.loaded;
  for (const { tensor, picture } of inputs) bytes += bytesOf(tensor.data) + (picture?.picture.data.byteLength ?? 0);
  return bytes;
}

function bytesOf(data: Tensor['data']): number {
  return Array.isArray(data) ? data.length * 16 : data.byteLength;
}
