/** `unstride run`: a model, run once on files. */
import { dirname } from 'node:path';
import type { CAC } from 'cac';
import { type Layout, layouts, pictureInputAxes } from '../files/image-layout.js';
import type { Normalization } from '../files/picture-tensor.js';
import { writeWhole } from '../files/write-whole.js';
import type { Tensor } from '../ir/tensor.js';
import { type RunReport, renderRun } from '../report/run.js';
import { environmentTier } from '../runtime/engine-tier.js';
import { type OpenedModel, openModel } from '../runtime/open.js';
import { InferenceSession } from '../runtime/session.js';
import type { SessionOptions, RunReport as SessionReport } from '../runtime/session-options.js';
import { denseTensor } from '../runtime/tensor.js';
import type { Trace } from '../runtime/trace.js';
import { allTexts, isFlagSet, numberList, oneOf, oneText } from './arguments.js';
import { cannotWrite } from './cannot-write.js';
import { type CodeOptions, readCodeOptions } from './code-options.js';
import { withSources } from './data-faults.js';
import { checkDims, parseDims } from './dims.js';
import { type LoadedInput, loadInputs } from './inputs.js';
import { makeFolder } from './make-folder.js';
import { writeDiagnostics, writeJson } from './output.js';
import { writeOutputs } from './outputs.js';
import { startProgress } from './progress.js';
import { colorsFor } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

const defaultDirectory = 'unstride-out';

export function addRun(cli: CAC): void {
  cli
    .command('run <model>', 'Run a model on arrays, pictures or random numbers, and write what it returns')
    .option('--input <[name=]file>', 'A .npy, .npz, .pb, PNG or JPEG file, or the word random; may be given again')
    .option(
      '--dim <name=size>',
      'A size for one that the model leaves open; may be given again, or with commas between',
    )
    .option('--output-dir <folder>', 'Where the results go', { default: defaultDirectory })
    .option('--overlay', 'Paint masks over the input picture as well')
    .option('--mean <numbers>', 'Taken from picture values, which are 0..1; one number, or one a channel')
    .option('--std <numbers>', 'Picture values are divided by it after that; one number, or one a channel')
    .option('--layout <order>', 'nchw or nhwc, where the shapes leave open which axis the channels are')
    .option('--seed <number>', 'For random inputs and random operators: the same seed, the same numbers', {
      default: 0,
    })
    .option('--executor <name>', `${executors.join(' or ')}: plain code in place of kernels, slow and exact`, {
      default: 'compiled',
    })
    .option('--precision <name>', 'fast or strict: the same bits on every machine, and slower', { default: 'fast' })
    .option('--threads <number>', "Threads that share the work (default: the processor's cores)")
    .option('--tier <name>', 'The code of kernels: wide, fma or baseline (default: the best that runs here)')
    .option('--profile <file>', 'Write what every step took on every thread, for chrome://tracing or ui.perfetto.dev')
    .option('--json', 'Write one JSON document (schemas/run.schema.json) and nothing else')
    .example('  $ unstride run model.onnx --input picture.png --overlay')
    .example('  $ unstride run model.onnx --input image=photo.jpg --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225')
    .example('  $ unstride run model.onnx --input random --dim N=1,H=256,W=256 --seed 7')
    .example('  $ unstride run model.onnx --input a=a.npy --input b=b.npy --output-dir results')
    .example('')
    .example(
      '  The exit code is 0 when it ran, 1 when the model or the data is at fault, 2 for wrong usage, 3 for a fault of unstride.',
    )
    .action(run);
}

const executors = ['compiled', 'reference'] as const;

interface Settings {
  readonly dims: ReadonlyMap<string, number>;
  readonly inputs: readonly string[];
  readonly directory: string;
  readonly overlay: boolean;
  readonly normalization: Normalization;
  readonly layout: Layout | undefined;
  readonly seed: number;
  readonly engine: Pick<SessionOptions, 'executor' | 'precision' | 'threads' | 'tier'>;
  /** Where the trace goes. */
  readonly profile: string | undefined;
  readonly json: boolean;
}

function readSettings(options: Readonly<Record<string, unknown>>): Settings {
  const directory = oneText(options['outputDir'], 'output-dir') ?? defaultDirectory;
  if (directory === '') throw new UsageError('--output-dir is empty', 'write . for the current folder');
  const std = numberList(options['std'], 'std');
  if (std?.includes(0)) throw new UsageError('--std has a zero in it, and values are divided by it');
  const layout = oneText(options['layout'], 'layout')?.toLowerCase();
  if (layout !== undefined && !isLayout(layout)) {
    throw new UsageError(`--layout ${layout} is not known`, `it is ${layouts.join(' or ')}`);
  }
  const seed = oneText(options['seed'], 'seed') ?? '0';
  if (!/^\d+$/.test(seed) || Number(seed) > 0xffff_ffff) {
    throw new UsageError(`--seed ${seed} is not a whole number from 0 to 4294967295`);
  }
  const profile = oneText(options['profile'], 'profile');
  if (profile === '') throw new UsageError('--profile is empty', 'name the file that the trace goes to');
  return {
    dims: parseDims(options['dim']),
    inputs: allTexts(options['input']),
    directory,
    overlay: isFlagSet(options['overlay']),
    normalization: { mean: numberList(options['mean'], 'mean'), std },
    layout,
    seed: Number(seed),
    engine: readEngine(options),
    profile,
    json: isFlagSet(options['json']),
  };
}

function readEngine(options: Readonly<Record<string, unknown>>): Settings['engine'] {
  const executor = oneOf(options['executor'], 'executor', executors);
  return { ...readCodeOptions(options), ...(executor === undefined ? {} : { executor }) };
}

function tierOfEnvironment(): CodeOptions['tier'] {
  try {
    return environmentTier();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isLayout(text: string): text is Layout {
  return (layouts as readonly string[]).includes(text);
}

async function run(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const settings = readSettings(options);
  const clock = stopwatch();
  const opened = await openModel(path);
  const { model, diagnostics: read, file = path } = opened;
  checkDims(model, settings.dims);
  const { inputs, sizes } = await loadInputs(model.graph, settings.inputs, { ...settings, file });
  const readTime = clock();

  let result: Run;
  try {
    result = await runSession(opened, inputs, settings);
  } catch (error) {
    throw withSources(error, model.graph, inputs);
  }
  const { outputs: tensors, report: ran, trace } = result;
  const compileTime = roundTime(clock() - ran.runMilliseconds);

  const outputs = await writeOutputs(tensors, {
    directory: settings.directory,
    layout: settings.layout,
    overlay: settings.overlay,
    pictures: inputs.flatMap(({ name, picture }) => (picture === undefined ? [] : [{ name, picture }])),
    pictureSizes: inputs.flatMap(({ tensor }) => pictureSizeOf(tensor, settings.layout)),
  });

  if (settings.profile !== undefined) await writeProfile(settings.profile, trace);

  const report: RunReport = {
    file,
    inputs: inputs.map(({ name, tensor, source, notes }) => ({
      name,
      elementType: tensor.type,
      shape: tensor.dims,
      source,
      notes,
    })),
    sizes: Object.fromEntries(sizes),
    seed: settings.seed,
    outputs,
    time: { read: readTime, compile: compileTime, execute: roundTime(ran.runMilliseconds), write: clock() },
    memory: {
      peakActivationBytes: ran.peakBytes,
      // In KiB on every platform (libuv).
      peakProcessBytes: process.resourceUsage().maxRSS * 1024,
    },
    diagnostics: [...read, ...ran.diagnostics],
  };
  if (settings.json) writeJson({ ok: true, ...report });
  else process.stdout.write(renderRun(report, colorsFor(process.stdout)));
  writeDiagnostics(report.diagnostics);
  return exitCodes.done;
}

interface Run {
  /** By name, in the model's order. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly report: SessionReport;
  readonly trace: Trace | undefined;
}

/** A session for one run. */
async function runSession(model: OpenedModel, inputs: readonly LoadedInput[], settings: Settings): Promise<Run> {
  const session = await InferenceSession.create(model, {
    ...settings.engine,
    // The process is the program's own, so it may set flags of the engine.
    tier: settings.engine.tier ?? tierOfEnvironment() ?? 'wide',
    seed: settings.seed,
    freeDimensionOverrides: Object.fromEntries(settings.dims),
    enableProfiling: settings.profile !== undefined,
    onNote: ({ about, text }) => {
      // What nobody asked for is the program's own choice.
      if (about === 'executor' || settings.engine[about] !== undefined) process.stderr.write(`note: ${text}\n`);
    },
  });
  const progress = startProgress(process.stderr);
  try {
    let report: SessionReport | undefined;
    const feeds = new Map(inputs.map(({ name, tensor }) => [name, tensor]));
    const outputs = await session.run(feeds, {
      onProgress: (label, index, total) => progress.update(index, total, label),
      onReport: (given) => {
        report = given;
      },
    });
    return {
      outputs: new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)])),
      report: report!,
      trace: session.endProfiling(),
    };
  } finally {
    progress.stop();
    await session.release();
  }
}

async function writeProfile(file: string, trace: Trace | undefined): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await writeWhole(file, JSON.stringify(trace));
  } catch (error) {
    cannotWrite(file, 'the profile cannot be written', error, 'name another file with --profile');
  }
}

/** Milliseconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return roundTime(elapsed);
  };
}

function roundTime(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 10) / 10);
}

/** The size of the pictures that an input takes, fed as pictures or as arrays. */
function pictureSizeOf({ dims }: Tensor, layout: Layout | undefined): { width: number; height: number }[] {
  const axes = dims.length === 4 ? pictureInputAxes(dims, layout) : undefined;
  return axes === undefined ? [] : [{ width: dims[axes.columns]!, height: dims[axes.rows]! }];
}
