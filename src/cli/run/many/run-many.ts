/** Many files through one network: read ahead, run, and written behind, by threads of their own. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, diagnostic, ModelError, ProblemError } from '../../../diagnostics.js';
import { Coverages } from '../../../feed/coverage.js';
import { PictureSizes } from '../../../feed/picture-size.js';
import type { Preparation } from '../../../feed/prepare.js';
import { type Inference, infer } from '../../../infer.js';
import type { Tensor } from '../../../ir/tensor.js';
import type { Picture } from '../../../pictures/picture.js';
import { renderDiagnostics } from '../../../report/diagnostics.js';
import { printable } from '../../../report/printable.js';
import type { RunOutputReport } from '../../../report/run.js';
import { jsonLine, type RunLine, renderSummary, SummaryCounts } from '../../../report/run-many.js';
import type { OpenedModel } from '../../../runtime/open.js';
import { withMemoryExplained } from '../../../runtime/stop.js';
import { writeDiagnostics } from '../../output.js';
import { type FileProgress, startFileProgress } from '../../progress.js';
import { colorsFor } from '../../terminal.js';
import { type ExitCode, exitCodes, UsageError } from '../../usage.js';
import { version } from '../../version.js';
import { withSources } from '../data-faults.js';
import type { DataFile } from '../data-file.js';
import { type LoadedInputs, loadInputs, type PreparedPicture } from '../inputs.js';
import type { Runner } from '../runner.js';
import type { Settings } from '../settings.js';
import { coverageOf, inputReport, presentOptions } from '../single.js';
import { startRunner } from '../start-runner.js';
import { roundTime } from '../stopwatch.js';
import { type BatchedInputs, batchedInputs, batchKey, joinFeeds, partOutputs } from './batch.js';
import { certainEndings } from './certain-files.js';
import { InOrder } from './in-order.js';
import { catchInterrupt } from './interrupt.js';
import type { Item, ManyInputs } from './items.js';
import { buffersOf, dataFileOf, type PlainData, revived, unwrap, type WriteJob } from './jobs.js';
import { type Outcome, runPipeline } from './pipeline.js';
import { poolSize, WorkerPool } from './pool.js';
import { type ResultPlace, resultPlaces } from './result-names.js';
import type { ManySettings } from './settings.js';

/** Files that are decoded before they are needed, and results that wait to be written; per thread of the pool. */
const perThread = 2;

/** Bytes of data that wait, and of results. */
const heldBytes = 256 * 2 ** 20;

export interface ManyRun {
  readonly opened: OpenedModel;
  /** The model's file, for messages. */
  readonly file: string;
  readonly given: ManyInputs;
  readonly settings: Settings;
  readonly many: ManySettings;
  /** By performance.now(), before the model was opened. */
  readonly started: number;
}

/** @throws UsageError, and ModelError where it is not one of the files that is at fault */
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
  private readonly pool = new WorkerPool(poolSize());
  private readonly summary = new SummaryCounts();
  private readonly diagnostics: Diagnostic[];
  /** Files that are the same for all items, read once. */
  private readonly fixed = new Map<string, Promise<PlainData>>();
  /** Memory that more than one item reads. */
  private readonly shared = new Set<ArrayBuffer>();
  private readonly lines = new InOrder<RunLine>((line) => this.emit(line));
  private readonly pictureSizes: PictureSizes;
  private readonly coverages: Coverages;
  private progress: FileProgress | undefined;
  /** Never stops a run: with a signal, long ones pause now and then, so that Ctrl-C and the threads are heard. */
  private readonly pauses = new AbortController().signal;
  private compile = 0;
  private execute = 0;

  constructor(private readonly run: ManyRun) {
    const { opened, given, settings, many } = run;
    const { graph } = opened.model;
    this.items = given.items;
    this.pictureSizes = settings.pictureSizes ?? new PictureSizes(graph);
    this.coverages = new Coverages(graph, settings.layout);
    this.diagnostics = [...opened.diagnostics];
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
    const progress = startFileProgress(process.stderr, this.items.length, this.items.length - pending.length);
    this.progress = progress;
    const interrupt = catchInterrupt((isSecond) => {
      if (isSecond) progress.stop();
      else progress.log('stopping after the file at hand; Ctrl-C again stops at once\n');
    });
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
            ahead: poolSize() * perThread,
            behind: poolSize() * perThread,
            bytes: heldBytes,
            weightOf,
          },
          settle: (at, outcome) => this.settle(pending[at]!, outcome),
          signal: interrupt.signal,
        },
      );
    } finally {
      this.lines.flush();
      interrupt.end();
      progress.stop();
      await Promise.all([runner?.release(), this.pool.close()]);
      this.writeSummary(interrupt.signal.aborted, performance.now() - started, performance.now() - began);
    }
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    return this.summary.counts.failed > 0 ? exitCodes.fault : exitCodes.done;
  }

  /** The items whose results are not all there; the others are reported. */
  private withoutExisting(): number[] {
    return this.items.flatMap(({ spec }, index) => {
      const { directory, certain } = this.places[index]!;
      if (!certain.every((file) => existsSync(path.join(directory, file)))) return [index];
      this.lines.add(index, { ...emptyLine(spec.source), state: 'skipped' });
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
        read: (source) => this.read(source, source === spec.source),
        prepare: (picture, preparation) => this.prepare(picture, preparation, spec.source),
      });
      return { ...loaded, index, readMilliseconds: performance.now() - began };
    } catch (error) {
      throw withMemoryExplained(error, spec.source);
    }
  }

  private async read(source: string, isItem: boolean): Promise<DataFile> {
    if (isItem) return dataFileOf(await this.readPlain(source));
    const data = this.fixed.get(source) ?? this.readPlain(source);
    this.fixed.set(source, data);
    const plain = await data;
    buffersOf(plain, this.shared);
    return dataFileOf(plain);
  }

  private async prepare(picture: Picture, preparation: Preparation, path: string): Promise<PreparedPicture> {
    const transfer = [...buffersOf(picture)].filter((buffer) => !this.shared.has(buffer));
    const answer = unwrap(await this.pool.run({ kind: 'prepare', picture, preparation, path }, transfer));
    if (answer.kind !== 'prepared') throw new Error('a thread gave another answer than asked for');
    const { tensor, notes } = answer;
    return { picture: answer.picture, tensor: revived(tensor), notes };
  }

  private async readPlain(source: string): Promise<PlainData> {
    const names = this.run.opened.model.graph.inputs.map(({ name }) => name);
    const { maxPixels } = this.run.settings;
    const answer = unwrap(await this.pool.run({ kind: 'read', path: source, names, maxPixels }));
    if (answer.kind !== 'read') throw new Error('a thread gave another answer than asked for');
    return answer.data;
  }

  private async runGroup(runner: Runner, group: readonly Loaded[]): Promise<readonly Outcome<Result>[]> {
    try {
      const results = await this.runJoined(runner, group);
      return results.map((value) => ({ isDone: true, value }));
    } catch (error) {
      const explained = withSources(error, this.run.opened.model.graph, group[0]!.inputs);
      if (group.length === 1 || isFatal(explained)) return group.map(() => ({ isDone: false, error: explained }));
      // One of them may be at fault alone.
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
    for (const found of report.diagnostics) if (this.diagnostics.length < 50) this.diagnostics.push(found);
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
    const transfer = [...buffersOf({ outputs, options })].filter((buffer) => !this.shared.has(buffer));
    const reports = inputs.map(inputReport);
    const written = await this.write({ kind: 'write', outputs, options, directory, last: certain }, transfer);
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

  private async write(job: WriteJob, transfer: ArrayBuffer[]): Promise<readonly RunOutputReport[]> {
    const answer = unwrap(await this.pool.run(job, transfer));
    if (answer.kind !== 'written') throw new Error('a thread gave another answer than asked for');
    return answer.outputs;
  }

  private settle(index: number, outcome: Outcome<RunLine>): void {
    const file = this.items[index]!.spec.source;
    const line: RunLine = outcome.isDone
      ? outcome.value
      : { ...emptyLine(file), state: 'failed', diagnostics: diagnosticsOf(outcome.error) };
    this.lines.add(index, line);
  }

  private emit(line: RunLine): void {
    this.summary.add(line);
    if (line.state === 'failed') {
      const colors = colorsFor(process.stderr);
      const named = line.diagnostics.some(({ file }) => file === line.file)
        ? ''
        : `${colors.red(colors.bold('failed'))} ${printable(line.file)}\n`;
      this.progress?.log(`${named}${renderDiagnostics(line.diagnostics, colors)}`);
    }
    if (line.state !== 'skipped') this.progress?.advance(line.file);
    if (this.run.many.jsonLines) process.stdout.write(jsonLine(version(), line));
  }

  private writeSummary(isInterrupted: boolean, elapsed: number, working: number): void {
    const stream = this.run.many.jsonLines ? process.stderr : process.stdout;
    const summary = {
      ...this.summary.counts,
      written: this.summary.written,
      notes: this.summary.notes,
      total: this.items.length,
      isInterrupted,
      directory: this.run.settings.directory,
      elapsed,
      working,
      compile: this.compile,
      execute: this.execute,
      // In KiB on every platform (libuv).
      peakProcessBytes: process.resourceUsage().maxRSS * 1024,
    };
    writeDiagnostics(this.diagnostics);
    stream.write(renderSummary(summary, colorsFor(stream)));
  }
}

/** What is the fault of one file; a result that cannot be written, or a lost thread, would be met by every other file. */
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
