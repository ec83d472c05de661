/** Runs the model and shows what came out, with the time of each step. */
import { printable } from '../../diagnostics/printable.js';
import { nodeLabel } from '../../diagnostics.js';
import { namedNormalization, valueBounds } from '../../feed/normalization.js';
import { formatShape } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { pictureInputAxes } from '../../pictures/image-layout.js';
import type { Artifact } from '../../present/artifact.js';
import { type PresentedOutput, presentOutputs } from '../../present/present.js';
import type { PresentOptions } from '../../present/present-options.js';
import { referenceLines } from '../../report/run.js';
import { InferenceSession } from '../../runtime/inference-session.js';
import type { RunReport } from '../../runtime/session-options.js';
import { denseTensor } from '../../runtime/tensor/dense.js';
import type { Trace } from '../../runtime/trace.js';
import type { RanView, ResultView, RunRequest, StepView } from '../protocol.js';
import { type FedInput, fedInputs } from './feeding.js';
import { shownPixels } from './pixels.js';
import type { Workbench } from './workbench.js';

export async function run(bench: Workbench, request: RunRequest): Promise<RanView> {
  const { model } = bench.opened;
  const { symbols } = bench.check(new Map()).sizes;
  const examples = new Map(symbols.flatMap(({ name, example }) => (example === undefined ? [] : [[name, example]])));
  const inputs = await fedInputs(model.graph, request, examples);
  const session = await sessionOf(bench, request);
  let report: RunReport | undefined;
  let trace: Trace | undefined;
  const results = await session.run(new Map(inputs.map(({ name, tensor }) => [name, tensor])), session.outputNames, {
    onReport: (given) => {
      report = given;
    },
    profile: (given) => {
      trace = given;
    },
  });
  const outputs = new Map(session.outputNames.flatMap((name) => tensorsOf(name, results[name])));
  bench.last = { outputs, trace };
  return {
    outputs: await Promise.all((await present(bench, inputs, outputs, request)).map(resultView)),
    inputs: inputs.map(({ name, tensor, notes, latent = [] }) => ({
      name: printable(name),
      latent,
      text: printable([`${tensor.type}${formatShape(tensor.dims)}`, ...notes].join('; ')),
    })),
    runMilliseconds: report?.runMilliseconds ?? 0,
    compileMilliseconds: report?.compileMilliseconds ?? 0,
    threads: report?.threads ?? 1,
    tier: report?.tier ?? '',
    notes: [
      ...session.notes.filter(({ about }) => about !== 'references').map(({ text }) => printable(text)),
      ...(report === undefined ? [] : referenceLines(report.references).map(printable)),
    ],
    ...stepsOf(bench, trace),
  };
}

/** Bytes: with more a browser may end the whole page. */
const memoryLimit = 2 ** 31;

/** One at a time: each has its own copy of the weights. */
async function sessionOf(bench: Workbench, { isStrict }: RunRequest): Promise<InferenceSession> {
  if (bench.session?.isStrict === isStrict) return bench.session.runs;
  await bench.session?.runs.release();
  bench.session = undefined;
  const precision = isStrict ? 'strict' : 'fast';
  const runs = await InferenceSession.create(bench.opened, { file: bench.name, precision, memoryLimit });
  bench.session = { runs, isStrict };
  return runs;
}

function tensorsOf(name: string, output: unknown): (readonly [string, Tensor])[] {
  if (!Array.isArray(output)) return [[name, denseTensor(output, name)]];
  return output.map((item: unknown, i) => [`${name}.${i}`, denseTensor(item, `${name}.${i}`)]);
}

async function present(
  bench: Workbench,
  inputs: readonly FedInput[],
  outputs: ReadonlyMap<string, Tensor>,
  { normalization, showAs }: RunRequest,
): Promise<PresentedOutput[]> {
  const bounds = valueBounds(namedNormalization(normalization) ?? {});
  const given = inputs.flatMap(({ name, picture }) => (picture === undefined ? [] : [{ name, ...picture, bounds }]));
  const coverage = given[0] && (await coverageOf(bench, inputs, outputs, given[0].name));
  const options: PresentOptions = {
    arrays: false,
    overlay: given.length > 0 && (showAs === undefined || showAs === 'mask' || showAs === 'classes'),
    given,
    sizes: inputs.flatMap(({ tensor }) => sizeOf(tensor.dims)),
    ...(coverage === undefined ? {} : { coverage }),
  };
  if (showAs !== undefined) return presentOutputs(outputs, { ...options, as: [{ output: undefined, kind: showAs }] });
  if (given.length > 0) return presentOutputs(outputs, options);
  // Of what is generated all that can be a picture is shown as one.
  return [...outputs].flatMap(([name, tensor]) => {
    const own = new Map([[name, tensor]]);
    const isPicture = pictureInputAxes(tensor.dims) !== undefined && tensor.dims.length === 4;
    return presentOutputs(own, isPicture ? { ...options, as: [{ output: name, kind: 'image' }] } : options);
  });
}

async function coverageOf(
  bench: Workbench,
  inputs: readonly FedInput[],
  outputs: ReadonlyMap<string, Tensor>,
  name: string,
) {
  const { Coverages } = await import('../../feed/coverage.js');
  const fed = new Map(inputs.map((input) => [input.name, input.tensor.dims]));
  const made = new Map([...outputs].map(([output, { dims }]) => [output, dims]));
  return new Coverages(bench.opened.model.graph).of(fed, made, name);
}

function sizeOf(dims: readonly number[]): { width: number; height: number }[] {
  const axes = dims.length === 4 ? pictureInputAxes(dims) : undefined;
  const [width, height] = axes === undefined ? [] : [dims[axes.columns], dims[axes.rows]];
  return width === undefined || height === undefined ? [] : [{ width, height }];
}

async function resultView(output: PresentedOutput): Promise<ResultView> {
  const { name, elementType, shape, minimum, maximum, artifacts, notes } = output;
  const range =
    minimum === null || maximum === null
      ? ''
      : `${Number(minimum.toPrecision(4))} to ${Number(maximum.toPrecision(4))}`;
  return {
    name: printable(name),
    type: `${elementType}${formatShape(shape)}`,
    range,
    notes: notes.map(printable),
    pictures: (await Promise.all(artifacts.slice(0, mostPictures).map(resultPicture))).flat(),
  };
}

/** Of a batch as many as fit on a page. */
const mostPictures = 64;

async function resultPicture({ file, kind, note, content }: Artifact): Promise<ResultView['pictures']> {
  if (content.form !== 'png') return [];
  const bitmap = await createImageBitmap(shownPixels(content.picture, content.palette));
  return [{ kind, file, note: printable(note ?? ''), bitmap }];
}

/** The shorter ones are only counted. */
const mostSteps = 60;

function stepsOf(bench: Workbench, trace: Trace | undefined): Pick<RanView, 'steps' | 'stepCount' | 'nodeTimes'> {
  const places = new Map(bench.opened.model.graph.nodes.map((node, place) => [nodeLabel(node), place]));
  const nodeTimes = new Map<number, number>();
  const steps: StepView[] = [];
  for (const { cat, name, dur = 0, args } of trace?.traceEvents ?? []) {
    if (cat !== 'step') continue;
    const nodes = Array.isArray(args['nodes']) ? args['nodes'].map(String) : [];
    const milliseconds = dur / 1000;
    const place = nodes.map((node) => places.get(node)).find((item) => item !== undefined);
    if (place !== undefined) nodeTimes.set(place, (nodeTimes.get(place) ?? 0) + milliseconds);
    steps.push({
      operators: printable(name),
      nodes: printable(nodes.join(', ')),
      algorithm: printable(String(args['algorithm'] ?? '')),
      milliseconds,
    });
  }
  steps.sort((a, b) => b.milliseconds - a.milliseconds);
  return { steps: steps.slice(0, mostSteps), stepCount: steps.length, nodeTimes };
}
