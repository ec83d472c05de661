/** Networks run whole and in tiles. */
import { ModelError } from '../../../src/diagnostics.js';
import { emptyMetadata, type Graph } from '../../../src/ir/graph.js';
import type { Tensor } from '../../../src/ir/tensor.js';
import { scheduleReferences } from '../../../src/plan/reference-schedule.js';
import { InferenceSession } from '../../../src/runtime/inference-session.js';
import type { OpenedModel } from '../../../src/runtime/open.js';
import { execute } from '../../../src/runtime/reference-executor.js';
import { denseTensor } from '../../../src/runtime/tensor/dense.js';
import { pictureAxes } from '../../../src/split/tiles/picture-axes.js';
import { runTiled } from '../../../src/split/tiles/run.js';
import { exactTiling, type TileSize, type Tiling, type TilingRequest } from '../../../src/split/tiles/tiling.js';

export type Inputs = ReadonlyMap<string, Tensor>;

export function requestFor(
  graph: Graph,
  inputs: Inputs,
  tile: readonly TileSize[],
  isChannelsLast = false,
): TilingRequest {
  const shapes = new Map([...inputs].map(([name, { dims }]) => [name, dims]));
  return { shapes, pictures: pictureAxes(graph, shapes, () => isChannelsLast), tile };
}

export function tilingOf(graph: Graph, inputs: Inputs, tile: readonly TileSize[], isChannelsLast = false): Tiling {
  return exactTiling(graph, requestFor(graph, inputs, tile, isChannelsLast));
}

/** The tiling, or the codes and operators that were refused. */
export function tilingOrRefusal(graph: Graph, inputs: Inputs, tile: readonly TileSize[]): Tiling | readonly string[] {
  try {
    return tilingOf(graph, inputs, tile);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error.diagnostics.map(({ code, node }) => `${code} ${node?.opType ?? ''}`.trim());
  }
}

/** By the references; undefined where the network does not run at these sizes. */
export function runWhole(graph: Graph, inputs: Inputs): Map<string, Tensor> | undefined {
  try {
    return referenceRun(graph, inputs);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function referenceRun(graph: Graph, inputs: Inputs): Map<string, Tensor> {
  const feeds = graph.inputs.map(({ name }) => inputs.get(name)!);
  const { outputs } = execute(scheduleReferences(graph), feeds);
  return new Map(graph.outputs.map(({ name }, i) => [name, outputs[i]!]));
}

export function runInTiles(graph: Graph, inputs: Inputs, tiling: Tiling): Promise<Map<string, Tensor>> {
  return runTiled(tiling.plan, inputs, async (feeds) => referenceRun(graph, feeds));
}

export function openedGraph(graph: Graph): OpenedModel {
  const producer = { name: '', version: '' };
  const model = { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
  return { model, diagnostics: [], file: undefined, byteLength: undefined };
}

/** Whole and in tiles by the compiler, with the same bits on every machine. */
export async function runStrict(model: OpenedModel, inputs: Inputs, tiling: Tiling) {
  const session = await InferenceSession.create(model, { precision: 'strict', threads: 1 });
  try {
    const run = async (feeds: Inputs) => {
      const outputs = await session.run(feeds);
      return new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)]));
    };
    return { whole: await run(inputs), tiled: await runTiled(tiling.plan, inputs, run) };
  } finally {
    await session.release();
  }
}

/** The first element that differs in a bit, in words; undefined where all are the same. */
export function firstDifference(actual: Inputs, expected: Inputs): string | undefined {
  for (const [name, whole] of expected) {
    const tensor = actual.get(name);
    if (String(tensor?.dims) !== String(whole.dims)) return `${name} is [${tensor?.dims}], not [${whole.dims}]`;
    for (let i = 0; i < whole.data.length; i++) {
      if (!Object.is(tensor?.data[i], whole.data[i]))
        return `${name} at ${i}: ${tensor?.data[i]}, not ${whole.data[i]}`;
    }
  }
  return undefined;
}
