/** `unstride run`: a model, run once on files. */
import type { CAC } from 'cac';
import { formatNode } from '../diagnostics.js';
import { type Layout, layouts, pictureInputAxes } from '../files/image-layout.js';
import type { Normalization } from '../files/picture-tensor.js';
import type { Tensor } from '../ir/tensor.js';
import { type RunReport, renderRun } from '../report/run.js';
import { openModel } from '../runtime/open.js';
import { type RunResult, runModel } from '../runtime/run.js';
import { allTexts, isFlagSet, numberList, oneText } from './arguments.js';
import { withSources } from './data-faults.js';
import { checkDims, parseDims } from './dims.js';
import { loadInputs } from './inputs.js';
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

interface Settings {
  readonly dims: ReadonlyMap<string, number>;
  readonly inputs: readonly string[];
  readonly directory: string;
  readonly overlay: boolean;
  readonly normalization: Normalization;
  readonly layout: Layout | undefined;
  readonly seed: number;
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
  return {
    dims: parseDims(options['dim']),
    inputs: allTexts(options['input']),
    directory,
    overlay: isFlagSet(options['overlay']),
    normalization: { mean: numberList(options['mean'], 'mean'), std },
    layout,
    seed: Number(seed),
    json: isFlagSet(options['json']),
  };
}

function isLayout(text: string): text is Layout {
  return (layouts as readonly string[]).includes(text);
}

async function run(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const settings = readSettings(options);
  const clock = stopwatch();
  const { model, diagnostics: read, file = path } = await openModel(path);
  checkDims(model, settings.dims);
  const { inputs, sizes } = await loadInputs(model.graph, settings.inputs, { ...settings, file });
  const readTime = clock();

  const progress = startProgress(process.stderr);
  let compileTime: number | undefined;
  let result: RunResult;
  try {
    const feeds = new Map(inputs.map(({ name, tensor }) => [name, tensor]));
    result = runModel(model, feeds, {
      dims: settings.dims,
      seed: settings.seed,
      file,
      onStep: ({ node }, index, total) => {
        compileTime ??= clock();
        progress.update(index, total, formatNode(node));
      },
    });
  } catch (error) {
    throw withSources(error, model.graph, inputs);
  } finally {
    progress.stop();
  }
  compileTime ??= clock();
  const executeTime = clock();

  const outputs = await writeOutputs(result.outputs, {
    directory: settings.directory,
    layout: settings.layout,
    overlay: settings.overlay,
    pictures: inputs.flatMap(({ name, picture }) => (picture === undefined ? [] : [{ name, picture }])),
    pictureSizes: inputs.flatMap(({ tensor }) => pictureSizeOf(tensor, settings.layout)),
  });

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
    time: { read: readTime, compile: compileTime, execute: executeTime, write: clock() },
    memory: {
      peakActivationBytes: result.peakBytes,
      // In KiB on every platform (libuv).
      peakProcessBytes: process.resourceUsage().maxRSS * 1024,
    },
    diagnostics: [...read, ...result.compiled.diagnostics],
  };
  if (settings.json) writeJson({ ok: true, ...report });
  else process.stdout.write(renderRun(report, colorsFor(process.stdout)));
  writeDiagnostics(report.diagnostics);
  return exitCodes.done;
}

/** Milliseconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return Math.round(elapsed * 10) / 10;
  };
}

/** The size of the pictures that an input takes, fed as pictures or as arrays. */
function pictureSizeOf({ dims }: Tensor, layout: Layout | undefined): { width: number; height: number }[] {
  const axes = dims.length === 4 ? pictureInputAxes(dims, layout) : undefined;
  return axes === undefined ? [] : [{ width: dims[axes.columns]!, height: dims[axes.rows]! }];
}
