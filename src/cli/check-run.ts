/** A whole check: every model with its contract, the lock file, the baseline, and one report at the end. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type CheckedModel, checkModel } from '../check.js';
import { type Amounts, checkBudgets } from '../contract/budgets.js';
import type { Budgets, ModelContract } from '../contract/config.js';
import { equalWhereLegal } from '../contract/equal-where-legal.js';
import { inFileRules, withoutIgnoredByNodes } from '../contract/in-file.js';
import { lockedValues } from '../contract/lock.js';
import { applyRules, type RuleSettings } from '../contract/rules.js';
import { type ContractProblem, checkShapes } from '../contract/shapes.js';
import {
  type Diagnostic,
  defineProblem,
  diagnostic,
  ModelError,
  nodeLabel,
  type Problem,
  type Severity,
} from '../diagnostics.js';
import { declaredShape, type Graph, type Model, referenceTo } from '../ir/graph.js';
import { type CheckedFile, type CheckReport, checkReport } from '../report/check.js';
import { locate } from '../report/finding.js';
import { inspectModel, openSymbols, valueReport } from '../report/inspect.js';
import { modelSummary } from '../report/model-summary.js';
import { formatDimBytes, formatDimCount } from '../report/units.js';
import type { OpenedModel } from '../runtime/open.js';
import type { RuntimeCheck } from '../runtimes/check-runtime.js';
import type { Target } from '../runtimes/target.js';
import type { BaselineState } from './baseline-state.js';
import { displayPath, type LoadedConfig } from './config-file.js';
import { hasPattern, pathMatcher, posix } from './find-files.js';
import { lockFindings } from './lock-findings.js';
import type { LockState } from './lock-state.js';
import { modelFiles, modelsMatching, openNamed, stdinName } from './model-files.js';
import type { Progress } from './progress.js';
import { UsageError } from './usage.js';

export interface CheckSettings {
  /** Files, folders, patterns (default: the configuration's models). */
  readonly args: readonly string[];
  readonly dims: ReadonlyMap<string, number>;
  readonly config: LoadedConfig;
  /** Rule settings of the command line. */
  readonly rules: RuleSettings;
  readonly failOn: Severity;
  readonly lock: LockState | undefined;
  readonly baseline: BaselineState | undefined;
  /** Runtimes of the command line, instead of those that the configuration names. */
  readonly runtimes: readonly Target[];
  /** Whether the report says what each model is made of. */
  readonly isSummedUp: boolean;
}

/**
 * The number of files that are read at the same time. Reading waits for the disk, while checking keeps one core busy.
 */
const readers = 4;

export async function runCheck(settings: CheckSettings, progress: Progress): Promise<CheckReport> {
  const run = new CheckRun(settings);
  const files = await run.files();
  let started = 0;
  const models = await mapInOrder(files, readers, async (file) => {
    progress.update(started++, files.length, file);
    return run.check(file);
  });
  return checkReport(models, await run.finish(models), settings.failOn);
}

/** Maps items concurrently and returns the results in the order of the items. */
async function mapInOrder<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

const noFileMatches = defineProblem('US3007', { pattern: 'string', place: 'string' }, ({ pattern, place }) => ({
  message: `no file matches '${pattern}', whose contract is in ${place}`,
  hint: 'export the model again, or take it out there',
}));

const modelGone = defineProblem('US3007', { model: 'string', lockFile: 'string' }, ({ model, lockFile }) => ({
  message: `there is no '${model}', whose shapes are in ${lockFile}`,
  hint: 'export the model again, or take it out there',
}));

const openSizeAbsent = defineProblem(
  'US3002',
  { symbol: 'string', place: 'string', size: 'integer' },
  ({ symbol, place, size }) => ({
    message: `the model has no open size '${symbol}', for which ${place} gives ${size}`,
    value: symbol,
    hint: 'take it out of dims, or correct the name',
  }),
);

class CheckRun {
  /** Findings that belong to no model. */
  private readonly general: Diagnostic[] = [];
  /** Symbols of all models, and the names in `--dim` and in the configuration's dims that some model has. */
  private readonly symbols = new Set<string>();
  private readonly used = new Map<ModelContract, Set<string>>();

  constructor(private readonly settings: CheckSettings) {}

  /** @throws UsageError */
  async files(): Promise<string[]> {
    const { args, config } = this.settings;
    if (args.length > 0) return modelFiles(args);
    if (config.config.models.length === 0) {
      throw new UsageError(
        config.file === undefined ? 'no model is named' : `no model is named, and ${config.file} lists none`,
        'for example unstride check model.onnx, or unstride check models/',
      );
    }
    const found: string[] = [];
    for (const entry of config.config.models) {
      for (const pattern of entry.files) {
        const place = path.join(config.folder, pattern);
        const files = hasPattern(pattern) ? await modelsMatching(place) : await modelFiles([place]).catch(() => []);
        found.push(...files);
        if (files.length === 0 || (files.length === 1 && !existsSync(files[0]!))) {
          this.report(noFileMatches({ pattern, place: `${config.file}:${entry.line}` }), config.file);
        }
      }
    }
    return modelFiles(found.filter((file) => existsSync(file)).map(displayPath));
  }

  private report(problem: Problem, file: string | undefined): void {
    this.general.push(diagnostic(problem, { file }));
  }

  async check(file: string): Promise<CheckedFile> {
    let opened: OpenedModel;
    try {
      opened = await openNamed(file);
    } catch (error) {
      if (error instanceof ModelError) return this.unreadable(file, error.diagnostics);
      throw error;
    }
    const contracts = this.contractsOf(file);
    const configDims = this.dimsOf(opened.model.graph, contracts);
    const dims = new Map([...configDims, ...this.settings.dims]);
    const checked = checkModel(opened.model, { bindings: dims, file, readDiagnostics: opened.diagnostics });
    const runtimes = await this.runtimesOf(checked, contracts);
    return this.evaluate(file, checked, contracts, dims, opened, runtimes);
  }

  private unreadable(file: string, diagnostics: readonly Diagnostic[]): CheckedFile {
    const { kept, ...suppressed } = this.suppress(file, diagnostics, this.contractsOf(file));
    return {
      file,
      isRead: false,
      inputs: [],
      outputs: [],
      dims: {},
      sizes: [],
      relations: [],
      findings: kept,
      ...suppressed,
      lock: null,
    };
  }

  /** The entries of the configuration that match the file. */
  private contractsOf(file: string): ModelContract[] {
    const { config, folder } = this.settings.config;
    if (file === stdinName) return [];
    const relative = posix(path.relative(path.resolve(folder), path.resolve(file)));
    return config.models.filter(({ files }) =>
      files.some(
        (pattern) =>
          pathMatcher(pattern)(relative) || relative.startsWith(`${pattern.replace(/^\.\//, '').replace(/\/$/, '')}/`),
      ),
    );
  }

  /** The configuration's sizes for symbols of the model; later entries override earlier ones. */
  private dimsOf(graph: Graph, contracts: readonly ModelContract[]): Map<string, number> {
    const names = declaredSymbols(graph);
    for (const name of names) this.symbols.add(name);
    const dims = new Map<string, number>();
    for (const contract of contracts) {
      const used = this.used.get(contract) ?? new Set();
      this.used.set(contract, used);
      for (const [name, size] of contract.dims) {
        if (!names.has(name)) continue;
        used.add(name);
        dims.set(name, size);
      }
    }
    return dims;
  }

  private evaluate(
    file: string,
    checked: CheckedModel,
    contracts: readonly ModelContract[],
    dims: ReadonlyMap<string, number>,
    opened: OpenedModel,
    runtimes: readonly RuntimeCheck[],
  ): CheckedFile {
    const { model, inference, sizes } = checked;
    const { graph } = model;
    const diagnostics = [
      ...checked.diagnostics,
      ...this.contractProblems(checked, contracts).map(({ problem, node }) =>
        diagnostic(problem, { file, ...(node && { node: referenceTo(node) }) }),
      ),
      ...this.budgetProblems(checked, contracts, opened).map((problem) => diagnostic(problem, { file })),
      ...runtimes.flatMap((checkedRuntime) => checkedRuntime.diagnostics),
    ];
    const patterns = contracts.map(({ lockValues }) => lockValues).findLast((value) => value !== undefined);
    const isSound = !diagnostics.some(({ severity }) => severity === 'error');
    const lock =
      this.settings.lock?.compare(file, lockedValues(graph, inference, patterns), this.settings.dims, isSound) ?? null;
    diagnostics.push(...lockFindings(lock, file, graph));
    const { kept, ...suppressed } = this.suppress(file, diagnostics, contracts, model);
    const types = (values: Graph['inputs']) => values.map((value) => valueReport(value, inference));
    return {
      file,
      isRead: true,
      ...(this.settings.isSummedUp && {
        summary: modelSummary(inspectModel({ model, inference, byteLength: opened.byteLength })),
      }),
      ...(runtimes.length > 0 && { runtimes: runtimes.map(({ summary }) => summary) }),
      inputs: types(graph.inputs),
      outputs: types(graph.outputs),
      dims: Object.fromEntries([...dims].filter(([name]) => declaredSymbols(graph).has(name))),
      sizes: sizes.symbols.map(({ name, text, askedBy }) => ({ name, text, askedBy: askedBy.map(nodeLabel) })),
      relations: sizes.relations.map(({ text, what, node }) => ({ text, what, node: nodeLabel(node) })),
      findings: locate(kept, graph),
      ...suppressed,
      lock,
    };
  }

  /** How the model fares in the runtimes that are asked about: by the command line, or else by the configuration. */
  private async runtimesOf(checked: CheckedModel, contracts: readonly ModelContract[]): Promise<RuntimeCheck[]> {
    const { runtimes, config } = this.settings;
    const configured = contracts.map((contract) => contract.runtimes).findLast((targets) => targets !== undefined);
    const targets = runtimes.length > 0 ? runtimes : (configured ?? config.config.runtimes);
    if (targets.length === 0) return [];
    // Facts about runtimes are read where they are asked for.
    const [{ checkRuntime }, { loadTable }] = await Promise.all([
      import('../runtimes/check-runtime.js'),
      import('../runtimes/table.js'),
    ]);
    return Promise.all(targets.map(async (target) => checkRuntime(target, await loadTable(target.table), checked)));
  }

  private contractProblems(
    { model, inference, sizes }: CheckedModel,
    contracts: readonly ModelContract[],
  ): ContractProblem[] {
    const place = this.settings.config.file ?? '';
    return contracts.flatMap((contract) =>
      checkShapes(contract, model.graph, inference, place, (a, b) => equalWhereLegal(a, b, sizes.symbols)),
    );
  }

  private budgetProblems(
    { model, inference }: CheckedModel,
    contracts: readonly ModelContract[],
    { byteLength }: OpenedModel,
  ) {
    const budgets: Budgets = Object.assign({}, ...contracts.map((contract) => contract.budgets));
    if (Object.keys(budgets).length === 0) return [];
    const { totals, symbols } = inspectModel({ model, inference, byteLength });
    const amounts: Amounts = totals;
    return checkBudgets(budgets, amounts, symbols, { count: formatDimCount, bytes: formatDimBytes });
  }

  /** Removes findings that settings or the model itself ignore, or that the baseline has. */
  private suppress(
    file: string,
    diagnostics: readonly Diagnostic[],
    contracts: readonly ModelContract[],
    model?: Model,
  ) {
    const { config, rules, baseline } = this.settings;
    const settings = [config.config.rules, ...contracts.map((contract) => contract.rules), rules];
    const kept = model === undefined ? diagnostics : withoutIgnoredByNodes(diagnostics, model.graph);
    const applied = applyRules(kept, model === undefined ? settings : [inFileRules(model), ...settings]);
    const filtered = baseline?.filter(file, applied.kept) ?? { kept: applied.kept, baselined: 0 };
    return { ...filtered, ignored: diagnostics.length - applied.kept.length };
  }

  /** Findings that need all models: names that match none, removed models, stale baseline entries. */
  async finish(models: readonly CheckedFile[]): Promise<readonly Diagnostic[]> {
    const { settings } = this;
    this.checkDims(models);
    this.checkConfigDims();
    const gone = settings.args.length === 0 ? (settings.lock?.missing() ?? []) : [];
    for (const file of gone) {
      const { shownFile } = settings.lock!;
      this.report(modelGone({ model: displayPath(file), lockFile: shownFile }), shownFile);
    }
    this.general.push(...(settings.baseline?.stale() ?? []));
    await settings.lock?.write(gone);
    return applyRules(this.general, [settings.config.config.rules, settings.rules]).kept;
  }

  /** @throws UsageError for a size of `--dim` that no model has */
  private checkDims(models: readonly CheckedFile[]): void {
    if (!models.some(({ isRead }) => isRead)) return;
    for (const [name, size] of this.settings.dims) {
      if (this.symbols.has(name)) continue;
      throw new UsageError(
        `--dim ${name}=${size}: ${models.length === 1 ? 'the model has' : 'the models have'} no open size '${name}'`,
        this.symbols.size === 0
          ? `all sizes of ${models.length === 1 ? 'its' : 'their'} inputs are fixed`
          : `the open sizes are ${[...this.symbols].join(', ')}`,
      );
    }
  }

  private checkConfigDims(): void {
    const { file } = this.settings.config;
    for (const [contract, used] of this.used) {
      for (const [name, size] of contract.dims) {
        if (used.has(name)) continue;
        this.report(openSizeAbsent({ symbol: name, place: `${file}:${contract.line}`, size }), file);
      }
    }
  }
}

/** The names in the shapes that the file declares for its inputs. */
function declaredSymbols(graph: Graph): Set<string> {
  return new Set(openSymbols(graph.inputs.map((input) => declaredShape(input))));
}
