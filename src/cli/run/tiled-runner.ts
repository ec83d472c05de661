/** `--tile`: runs a network on one window of its inputs after another, in one session that is compiled once. */
import { type Diagnostic, defineProblem, diagnostic, nodeLabel, quoted } from '../../diagnostics.js';
import { symbolsOf } from '../../ir/dim.js';
import { declaredShape, type Graph, Value } from '../../ir/graph.js';
import type { Tensor } from '../../ir/tensor.js';
import { withParts } from '../../limits/part.js';
import { isPictureChannels, type Layout, pictureInputAxes } from '../../pictures/image-layout.js';
import { referenceUse } from '../../plan/reference-use.js';
import type { TilesReport } from '../../report/tiles.js';
import { bindFeeds } from '../../runtime/feeds.js';
import type { OpenedModel } from '../../runtime/open.js';
import type { RunReport } from '../../runtime/session-options.js';
import { denseTensor } from '../../runtime/tensor/dense.js';
import type { PictureAxes, Refusal } from '../../split/fields/fields.js';
import { blendedTiling } from '../../split/tiles/blend.js';
import { pictureAxes } from '../../split/tiles/picture-axes.js';
import { runTiled, windowCount } from '../../split/tiles/run.js';
import {
  exactTiling,
  failToFit,
  nodePlace,
  type TileSize,
  type Tiling,
  type TilingRequest,
} from '../../split/tiles/tiling.js';
import type { Runner, RunnerOptions, RunResult } from './runner.js';
import type { Settings } from './settings.js';
import { startSession } from './start-session.js';
import type { TileSettings } from './tile-settings.js';

type Inputs = ReadonlyMap<string, Tensor>;

/** @param tiles settings of `--tile` and `--blend` */
export async function startTiledRunner(model: OpenedModel, settings: Settings, tiles: TileSettings): Promise<Runner> {
  const { graph } = model.model;
  // Sizes of the picture are not sizes of windows.
  const session = await startSession(model, settings, withoutPictures(graph, settings));
  let last: { readonly sizes: string; readonly planned: PlannedTiles } | undefined;
  const planFor = (inputs: Inputs): PlannedTiles => {
    const sizes = JSON.stringify([...inputs].map(([name, { dims }]) => [name, dims]));
    if (last?.sizes !== sizes) last = { sizes, planned: plan(model, settings, tiles, inputs) };
    return last.planned;
  };
  return {
    async run(inputs, { onProgress, signal } = {}): Promise<RunResult> {
      const { tiling, diagnostics, ...planned } = await withParts(() => planFor(inputs));
      const total = new ReportSum();
      const runWindow = async (feeds: Inputs): Promise<Inputs> => {
        const outputs = await session.run(feeds, session.outputNames, {
          outputsAsViews: true,
          ...(signal === undefined ? {} : { signal }),
          onReport: (report) => total.add(report),
        });
        return new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)]));
      };
      const outputs = await runTiled(tiling.plan, inputs, runWindow, progressOf(onProgress));
      const report = total.report(diagnostics);
      return { outputs, report, tiles: tilesReport(tiling, planned.blend, settings) };
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

function progressOf(onProgress: RunnerOptions['onProgress']) {
  if (onProgress === undefined) return {};
  return { onWindow: (index: number, total: number) => onProgress(`tile ${index + 1} of ${total}`, index, total) };
}

interface PlannedTiles {
  readonly tiling: Tiling;
  readonly blend: number | undefined;
  /** Warnings for nodes that see a tile instead of the picture. */
  readonly diagnostics: readonly Diagnostic[];
}

function plan(
  { model: { graph }, file }: OpenedModel,
  { layout, dims }: Settings,
  { sizes, blend }: TileSettings,
  inputs: Inputs,
): PlannedTiles {
  const shapes = new Map([...inputs].map(([name, tensor]) => [name, tensor.dims]));
  const pictures = picturesOf(graph, shapes, layout);
  checkInputs(graph, inputs, pictures, dims, file);
  const [axes] = pictures.values();
  if (axes === undefined) {
    failToFit(noPictureToTile({ inputs: [...shapes].map(([name, shape]) => `${name} [${shape.join(', ')}]`) }), file);
  }
  const request: TilingRequest = { shapes, pictures, tile: tileFor(sizes, axes.length, file), file };
  if (blend === undefined) return { tiling: exactTiling(graph, request), blend, diagnostics: [] };
  const tiling = blendedTiling(graph, request, blend);
  return { tiling, blend, diagnostics: approximate(tiling.approximations, file) };
}

const noPictureToTile = defineProblem('US2202', { inputs: 'strings' }, ({ inputs }) => ({
  message: 'no input of the model is a picture that could be cut into tiles',
  expected: 'an input of 3 to 5 axes with batch and channels among them',
  actual: inputs.join(', '),
}));

const tileSizeCount = defineProblem('US2202', { axes: 'integer', sizes: 'integer' }, ({ axes, sizes }) => ({
  message: '--tile has another number of sizes than the picture has axes',
  expected: `${axes}, or one for all of them`,
  actual: String(sizes),
}));

const computedForTiles = defineProblem('US2203', { reason: 'string', others: 'integer' }, ({ reason }) => ({
  message: `it is computed for each tile alone, not for the picture: the node ${reason}`,
}));

/** One for each operator, at its first node. */
function approximate(approximations: readonly Refusal[], file: string | undefined): Diagnostic[] {
  const kinds = new Map<string, Refusal[]>();
  for (const item of approximations) {
    const kind = `${item.node.opType} ${item.reason}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), item]);
  }
  return [...kinds.values()].map(([first, ...others]) => {
    const { node, reason } = first!;
    const names = others.slice(0, mostNames).map((item) => quoted(nodeLabel(item.node)));
    const rest = others.length - names.length;
    const notes = [`so are ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`];
    const problem = computedForTiles({ reason, others: others.length });
    return diagnostic(others.length === 0 ? problem : { ...problem, notes }, nodePlace(node, file));
  });
}

/** The most nodes of one operator that are named. */
const mostNames = 6;

/** Checks inputs as a run of the whole would, except for sizes that the model fixes, which are those of windows. */
function checkInputs(
  graph: Graph,
  inputs: Inputs,
  pictures: PictureAxes,
  dims: ReadonlyMap<string, number>,
  file: string | undefined,
): void {
  const checked = graph.inputs.map((input) => {
    const { declared } = input;
    const shape = declaredShape(input);
    const given = inputs.get(input.name)?.dims;
    const axes = pictures.get(input);
    if (declared?.kind !== 'tensor' || shape === undefined || given === undefined || axes === undefined) return input;
    const open = shape.map((dim, axis) =>
      typeof dim === 'number' && axes.includes(axis) ? (given[axis] ?? dim) : dim,
    );
    return new Value(input.name, { ...declared, shape: open });
  });
  bindFeeds({ inputs: checked }, inputs, dims, file);
}

/** A single size applies to all axes. */
function tileFor(sizes: TileSettings['sizes'], count: number, file: string | undefined): readonly TileSize[] {
  if (sizes === undefined || sizes.length === 1) return new Array<TileSize>(count).fill(sizes?.[0] ?? 'any');
  if (sizes.length === count) return sizes;
  failToFit(tileSizeCount({ axes: count, sizes: sizes.length }), file);
}

function picturesOf(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly number[]>,
  layout: Layout | undefined,
): PictureAxes {
  return pictureAxes(graph, shapes, (input) => {
    if (layout !== undefined) return layout === 'nhwc';
    const shape = declaredShape(input) ?? shapes.get(input.name) ?? [];
    const channels = shape.length === 4 ? pictureInputAxes(shape)?.channels : undefined;
    // Open channels fit both layouts.
    return channels === shape.length - 1 && isPictureChannels(shape[channels]);
  });
}

/** Sizes of symbols that are not on picture axes. */
function withoutPictures(graph: Graph, { dims }: Settings): ReadonlyMap<string, number> {
  const shapes = graph.inputs.map((input) => declaredShape(input) ?? []);
  const sizes = shapes.filter(({ length }) => length >= 3).flatMap((shape) => shape.slice(1));
  const symbols = new Set(sizes.flatMap((dim) => [...symbolsOf(dim).keys()]));
  return new Map([...dims].filter(([name]) => !symbols.has(name)));
}

function tilesReport({ plan }: Tiling, blend: number | undefined, settings: Settings): TilesReport {
  const count = windowCount(plan);
  const { precision, executor } = settings.engine;
  const isExact =
    blend === undefined && (precision === 'strict' || executor === 'reference' || executor === 'dilate-pad-convolve');
  return {
    axes: plan.axes.map(({ starts, receptiveField = null, ...axis }) => ({
      ...axis,
      receptiveField,
      count: starts.length,
    })),
    count,
    blend: blend ?? null,
    result: count === 1 || isExact ? 'same bits' : blend === undefined ? 'rounding' : 'approximate',
  };
}

/** Sums the reports of all windows. */
class ReportSum {
  private sum: RunReport | undefined;

  add(report: RunReport): void {
    const before = this.sum;
    const runMilliseconds = report.runMilliseconds + (before?.runMilliseconds ?? 0);
    const byReferences = report.references.milliseconds + (before?.references.milliseconds ?? 0);
    this.sum = {
      ...report,
      compileMilliseconds: report.compileMilliseconds + (before?.compileMilliseconds ?? 0),
      runMilliseconds,
      references: referenceUse(report.references, byReferences, runMilliseconds),
      peakBytes: Math.max(report.peakBytes, before?.peakBytes ?? 0),
    };
  }

  report(diagnostics: readonly Diagnostic[]): RunReport {
    const report = this.sum!;
    return { ...report, diagnostics: [...report.diagnostics, ...diagnostics] };
  }
}
