/** `unstride run`: a model, run on files. */
import { dirname } from 'node:path';
import type { CAC } from 'cac';
import { writeWhole } from '../../files/write-whole.js';
import type { Tensor } from '../../ir/tensor.js';
import { type Layout, pictureInputAxes } from '../../pictures/image-layout.js';
import { presentOutputs } from '../../present/present.js';
import { type RunReport, renderRun } from '../../report/run.js';
import { type OpenedModel, openModel } from '../../runtime/open.js';
import type { Trace } from '../../runtime/trace.js';
import { cannotWrite } from '../cannot-write.js';
import { checkDims } from '../dims.js';
import { makeFolder } from '../make-folder.js';
import { writeDiagnostics, writeJson } from '../output.js';
import { startProgress } from '../progress.js';
import { colorsFor } from '../terminal.js';
import { type ExitCode, exitCodes } from '../usage.js';
import { withSources } from './data-faults.js';
import { type LoadedInput, loadInputs, parseInputs } from './inputs.js';
import { writeArtefacts } from './outputs.js';
import { type RunResult, startSessionRunner } from './runner.js';
import { defaultDirectory, executors, readSettings, type Settings } from './settings.js';

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

async function run(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const settings = readSettings(options);
  const clock = stopwatch();
  const opened = await openModel(path);
  const { model, diagnostics: read, file = path } = opened;
  checkDims(model, settings.dims);
  const { inputs, sizes } = await loadInputs(model.graph, parseInputs(model.graph, settings.inputs, file), {
    ...settings,
    file,
  });
  const readTime = clock();

  const { result, trace } = await runOnce(opened, inputs, settings);
  const { outputs: tensors, report: ran } = result;
  const compileTime = roundTime(clock() - ran.runMilliseconds);

  const presented = presentOutputs(tensors, {
    layout: settings.layout,
    overlay: settings.overlay,
    pictures: inputs.flatMap(({ name, picture }) => (picture === undefined ? [] : [{ name, picture }])),
    pictureSizes: inputs.flatMap(({ tensor }) => pictureSizeOf(tensor, settings.layout)),
  });
  const outputs = await writeArtefacts(presented, settings);

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

/** A runner for one set of inputs. */
async function runOnce(
  opened: OpenedModel,
  inputs: readonly LoadedInput[],
  settings: Settings,
): Promise<{ readonly result: RunResult; readonly trace: Trace | undefined }> {
  try {
    const runner = await startSessionRunner(opened, settings);
    const progress = startProgress(process.stderr);
    try {
      const result = await runner.run(new Map(inputs.map(({ name, tensor }) => [name, tensor])), {
        onProgress: (label, index, total) => progress.update(index, total, label),
      });
      return { result, trace: runner.endProfiling() };
    } finally {
      progress.stop();
      await runner.release();
    }
  } catch (error) {
    throw withSources(error, opened.model.graph, inputs);
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
