/** `--grid` and `--interpolate`: pictures that a generator makes from latents, in one sheet. */
import path from 'node:path';
import { defineProblem, diagnostic, fail, ModelError, ProblemError } from '../../../diagnostics.js';
import { elementTypeOf } from '../../../feed/input-type.js';
import { interpolate, type LatentInput, type Latents, latentInputs, latentSource } from '../../../feed/latents.js';
import { safeStem } from '../../../files/file-names.js';
import { infer } from '../../../infer/infer.js';
import { formatDim } from '../../../ir/dim.js';
import { declaredShape, type Graph } from '../../../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../../ir/numeric.js';
import { formatShape } from '../../../ir/shape.js';
import { elementCount, type Tensor } from '../../../ir/tensor.js';
import type { Artifact } from '../../../present/artifact.js';
import { type RunInputReport, type RunReport, renderRun } from '../../../report/run.js';
import type { OpenedModel } from '../../../runtime/open.js';
import { writeDiagnostics, writeJson, writeText } from '../../output.js';
import { startFileProgress } from '../../progress.js';
import { colorsFor } from '../../terminal.js';
import { type ExitCode, exitCodes, UsageError } from '../../usage.js';
import { type DataFile, readDataFile } from '../data-file.js';
import type { InputSpec } from '../input-spec.js';
import { type LoadedInput, type LoadedInputs, loadInputs, placed } from '../inputs.js';
import { type BatchedInputs, batchedInputs } from '../many/batch.js';
import { writeArtifacts } from '../outputs.js';
import type { Settings } from '../settings.js';
import { inputReport } from '../single.js';
import { startRunner } from '../start-runner.js';
import { roundTime } from '../stopwatch.js';
import { makeAll } from './make.js';
import type { GridSettings } from './settings.js';
import { type SheetLayout, sheetOf } from './sheets.js';

/** The default batch size if the batch is open. */
const defaultBatch = 64;

const latentFolder = 'latents';

export interface GridRun {
  readonly opened: OpenedModel;
  /** The model's file, for messages. */
  readonly file: string;
  /** Specifications of inputs that do not take latents. */
  readonly specs: readonly InputSpec[];
  readonly settings: Settings;
  readonly grid: GridSettings;
  readonly batch: number | undefined;
  /** Milliseconds since the last call; at first, since before the model was opened. */
  clock(): number;
}

/** @throws UsageError, ModelError */
export async function runGrid(run: GridRun): Promise<ExitCode> {
  const { opened, file, specs, settings, grid, clock } = run;
  if (settings.profile !== undefined) throw new UsageError('--profile is of one run, and a grid may take several');
  const { graph } = opened.model;
  const latents = placed(file, () => latentInputs(graph, givenNames(specs), settings.dims));
  const batched = findBatch(graph, latents, settings, run.batch !== undefined);
  const items = grid.kind === 'grid' ? draw(latents, grid, settings.seed) : await between(latents, grid);
  const others = await loadOthers(run, items[0]!);
  const feeds = items.map((item) => new Map(others.inputs.map(({ name, tensor }) => [name, item.get(name) ?? tensor])));
  const read = clock();

  const runner = await startRunner(opened, settings);
  const progress = startFileProgress(process.stderr, items.length, 0);
  const made = await makeAll(runner, feeds, batched, run.batch ?? defaultBatch, (done) => progress.advance('', done))
    .finally(() => progress.stop())
    .finally(() => runner.release());
  const compile = roundTime(clock() - made.milliseconds);

  const sheets = placed(file, () =>
    [...made.outputs].map(([name, tensor]) => sheetOf(name, tensor, sheetLayout(grid, latents, settings))),
  );
  if (sheets.every(({ artifacts }) => artifacts.length === 0)) failNoPictures(file, made.outputs);
  const outputs = await writeArtifacts(sheets, settings);
  const directory = path.join(settings.directory, latentFolder);
  await writeArtifacts([latentFiles(items, grid)], { directory });
  const report: RunReport = {
    file,
    inputs: others.inputs.map((input) =>
      items[0]!.has(input.name) ? latentReport(input, run, directory) : inputReport(input),
    ),
    sizes: Object.fromEntries(withBatch(others.sizes, graph, made.batch)),
    seed: settings.seed,
    outputs,
    time: { read, compile, execute: roundTime(made.milliseconds), write: clock() },
    // In KiB on every platform (libuv).
    memory: { peakActivationBytes: made.peakBytes, peakProcessBytes: process.resourceUsage().maxRSS * 1024 },
    references: made.references,
    diagnostics: [...opened.diagnostics, ...made.diagnostics],
  };
  if (settings.json) writeJson({ ok: true, ...report });
  else if (!settings.quiet) writeText(process.stdout, renderRun(report, colorsFor(process.stdout)));
  writeDiagnostics(report.diagnostics);
  return exitCodes.done;
}

function givenNames(specs: readonly InputSpec[]): ReadonlySet<string> {
  return new Set(specs.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

/** The batched inputs; undefined if each item is run alone. */
function findBatch(
  graph: Graph,
  latents: readonly LatentInput[],
  settings: Settings,
  isAsked: boolean,
): BatchedInputs | undefined {
  const { types } = infer(graph, { bindings: settings.dims });
  const names = latents.map(({ value }) => value.name);
  try {
    return batchedInputs(graph, names, settings.dims, (output) => types.get(output)?.shape);
  } catch (error) {
    if (isAsked || !(error instanceof UsageError)) throw error;
    return undefined;
  }
}

/** The sizes as bound, with the batch size of the largest run. */
function withBatch(sizes: LoadedInputs['sizes'], graph: Graph, batch: ReadonlyMap<string, number>) {
  const bound = new Map(sizes);
  for (const input of graph.inputs) {
    const symbol = declaredShape(input)?.[0];
    const size = batch.get(input.name);
    if (size !== undefined && symbol !== undefined && typeof symbol !== 'number') bound.set(formatDim(symbol), size);
  }
  return bound;
}

/** The number of pictures of an item, which is more than one if the model fixes its batch to more. */
function picturesPerItem([first]: readonly LatentInput[]): number {
  return first!.dims.length > 1 ? first!.dims[0]! : 1;
}

function draw(
  latents: readonly LatentInput[],
  { rows, columns }: Extract<GridSettings, { kind: 'grid' }>,
  seed: number,
): Latents[] {
  const next = latentSource(latents, seed);
  return Array.from({ length: Math.ceil((rows * columns) / picturesPerItem(latents)) }, next);
}

async function between(
  latents: readonly LatentInput[],
  { from, to, steps }: Extract<GridSettings, { kind: 'interpolation' }>,
): Promise<Latents[]> {
  const [first, last] = [await readLatents(from, latents), await readLatents(to, latents)];
  const ways = [...first].map(([name, tensor]) => [name, interpolate(tensor, last.get(name)!, steps)] as const);
  return Array.from({ length: steps }, (_, i) => new Map(ways.map(([name, way]) => [name, way[i]!])));
}

async function readLatents(file: string, latents: readonly LatentInput[]): Promise<Latents> {
  try {
    const data = await readDataFile(file);
    return new Map(latents.map((latent) => [latent.value.name, fitted(arrayFor(data, latent, latents), latent)]));
  } catch (error) {
    throw error instanceof ProblemError ? new ModelError([diagnostic(error.problem, { file })]) : error;
  }
}

function arrayFor(data: DataFile, { value }: LatentInput, latents: readonly LatentInput[]): Tensor {
  if (data.kind === 'archive' && data.names.includes(value.name)) return data.read(value.name);
  if (data.kind === 'archive' && latents.length === 1 && data.names.length === 1) return data.read(data.names[0]!);
  if ((data.kind === 'array' || data.kind === 'proto') && latents.length === 1) return data.tensor;
  const held = data.kind === 'archive' ? data.names.join(', ') : `one ${data.kind}`;
  fail(holdsNoLatent({ inputs: latents.map((latent) => latent.value.name), held }));
}

/** The latent with the type and axes of the input. Its batch axis may be missing. */
function fitted(tensor: Tensor, { value, dims }: LatentInput): Tensor {
  const hasBatch = tensor.dims.join() === dims.join();
  const lacksBatch = dims[0] === 1 && tensor.dims.join() === dims.slice(1).join();
  if ((!hasBatch && !lacksBatch) || tensor.size !== elementCount(dims)) {
    fail(latentSizeDiffers({ input: value.name, expectedShape: dims, shape: tensor.dims }));
  }
  return tensorFromNumbers(elementTypeOf(value), dims, numbersOf(tensor));
}

/** The inputs of the first item: the given latents, and others from files. */
function loadOthers({ opened, file, specs, settings }: GridRun, first: Latents): Promise<LoadedInputs> {
  // A placeholder with NUL, which no file name contains.
  const sourceOf = (name: string) => `\0${name}`;
  const drawn = new Map([...first].map(([name, tensor]) => [sourceOf(name), tensor]));
  const read = async (source: string): Promise<DataFile> => {
    const tensor = drawn.get(source);
    return tensor === undefined ? readDataFile(source, settings) : { kind: 'array', tensor };
  };
  const latentSpecs = [...first.keys()].map((name) => ({ name, source: sourceOf(name) }));
  return loadInputs(opened.model.graph, [...latentSpecs, ...specs], { ...settings, file, read });
}

function sheetLayout(grid: GridSettings, latents: readonly LatentInput[], settings: Settings): SheetLayout {
  const shared = { word: grid.kind, layout: settings.layout, isReversed: settings.normalization.order === 'bgr' };
  if (grid.kind === 'grid') return { ...shared, count: grid.rows * grid.columns, columns: grid.columns };
  const each = picturesPerItem(latents);
  // If each step has several pictures, they form a row.
  return { ...shared, count: grid.steps * each, columns: each === 1 ? grid.steps : each };
}

const holdsNoLatent = defineProblem('US2005', { inputs: 'strings', held: 'string' }, ({ inputs, held }) => ({
  message: 'the file holds no latent',
  expected: inputs.length === 1 ? 'a .npy array' : `a .npz archive with ${inputs.join(', ')}`,
  actual: held,
}));

const latentSizeDiffers = defineProblem(
  'US2003',
  { input: 'string', expectedShape: 'shape', shape: 'shape' },
  ({ input, expectedShape, shape }) => ({
    message: `the latent does not have the size of the input '${input}'`,
    value: input,
    expected: formatShape(expectedShape),
    actual: formatShape(shape),
    hint: expectedShape[0] === 1 && shape[0] !== 1 ? 'of several, take one, in NumPy with array[i:i+1]' : undefined,
  }),
);

const noPictureOutput = defineProblem('US2003', { outputs: 'strings' }, ({ outputs }) => ({
  message: 'the model makes no pictures',
  expected: 'an output with 1, 3 or 4 channels and at least 8 rows and columns',
  actual: outputs.join(', '),
}));

function failNoPictures(file: string, outputs: Latents): never {
  const problem = noPictureOutput({
    outputs: [...outputs].map(([name, { dims }]) => `${name} ${formatShape(dims)}`),
  });
  throw new ModelError([diagnostic(problem, { file })]);
}

/** Files with the latents of each item, so that it can be made again or be an end of an interpolation. */
function latentFiles(items: readonly Latents[], grid: GridSettings) {
  const columns = grid.kind === 'grid' ? grid.columns : items.length;
  const digits = (most: number) => (number: number) => String(number).padStart(String(most).length, '0');
  const [row, column] = [digits(Math.ceil(items.length / columns)), digits(columns)];
  const artifacts = items.flatMap((item, i) =>
    [...item].map(([name, tensor]): Artifact => {
      const place =
        grid.kind === 'grid'
          ? `${row(Math.floor(i / columns) + 1)}-${column((i % columns) + 1)}`
          : `step-${column(i + 1)}`;
      const file = item.size === 1 ? `${place}.npy` : `${place}.${safeStem(name)}.npy`;
      return { file, kind: 'array', note: null, content: { form: 'npy', tensor } };
    }),
  );
  return {
    name: latentFolder,
    elementType: 'float32',
    shape: [],
    minimum: null,
    maximum: null,
    artifacts,
    notes: [],
  } as const;
}

function latentReport(input: LoadedInput, { grid, settings }: GridRun, directory: string): RunInputReport {
  const { name, elementType, shape } = inputReport(input);
  return grid.kind === 'grid'
    ? {
        name,
        elementType,
        shape,
        source: 'random',
        notes: [
          `${grid.rows * grid.columns} from the standard normal distribution, seed ${settings.seed}; they are in ${directory}`,
        ],
      }
    : {
        name,
        elementType,
        shape,
        source: directory,
        notes: [`${grid.steps} on the arc from ${grid.from} to ${grid.to}`],
      };
}
