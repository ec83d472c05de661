/** `unstride run`: a model, run on files. */
import type { CAC } from 'cac';
import { PictureSizes } from '../../feed/picture-size.js';
import type { Model } from '../../ir/graph.js';
import { outputKinds } from '../../present/kinds.js';
import { openModel } from '../../runtime/open.js';
import { checkDims } from '../dims.js';
import { addPartOptions, cutPart, readPart } from '../part.js';
import { type ExitCode, UsageError } from '../usage.js';
import { runGrid } from './grid/run-grid.js';
import { defaultSteps, readGridSettings } from './grid/settings.js';
import { parseInputs } from './inputs.js';
import { findInputs } from './many/items.js';
import { runMany } from './many/run-many.js';
import { asksForMany, readManySettings } from './many/settings.js';
import { checkRequests } from './presentation.js';
import { defaultDirectory, executors, readSettings } from './settings.js';
import { runOnce } from './single.js';
import { stopwatch } from './stopwatch.js';

export function addRun(cli: CAC): void {
  addPartOptions(
    cli.command('run <model>', 'Run a model on arrays, pictures or random numbers, and write what it returns'),
  )
    .option(
      '--input <[name=]file>',
      'A .npy, .npz or .pb file, a picture (PNG, JPEG, WebP, TIFF), or the word random; a pattern, a folder, or - for a list on standard input; may be given again',
    )
    .option(
      '--dim <name=size>',
      'A size for one that the model leaves open; may be given again, or with commas between',
    )
    .option('--output-dir <folder>', 'Where the results go', { default: defaultDirectory })
    .option(
      '--output-npz <file>',
      'Write all arrays into one .npz archive, under their own names, in place of a file each',
    )
    .option('--npz-compress', 'Pack what is in the archive')
    .option(
      '--as <[name=]kind>',
      `What is written, and nothing else: ${outputKinds.join(', ')}; for one output or for all; may be given again (default: array, and image or mask for what evidently is one where a picture was fed)`,
    )
    .option('--no-pictures', 'Write arrays alone')
    .option(
      '--tile <HxW>',
      'Run pictures in tiles of this size, with the halo that the network needs: the same result in less memory; one number for all axes, * for a whole axis',
    )
    .option(
      '--blend <number>',
      'Tiles overlap by so many positions and are blended: close to the whole, where tiles cannot be exact',
    )
    .option('--overlay', 'Paint masks over the input picture as well')
    .option('--palette <name>', 'Colors of classes: voc, cityscapes, or a file with one a line or a GIMP palette')
    .option('--class-names <file>', 'Names of classes: one a line, or JSON such as id2label')
    .option(
      '--fit <how>',
      'For pictures of a size that the model does not take, before the run, and undone after it: resize, pad (mirrored, scaled only where too large), crop (the middle), tile (as --tile, with tiles of the size that the model takes) or none, which is an error (default: resize)',
    )
    .option(
      '--normalize <name>',
      'What pixels become: unit (0..1), half (-1..1), bytes (0..255), these ranges themselves, or imagenet (0..1, less its mean, by its deviation) (default: unit)',
    )
    .option('--mean <numbers>', 'Taken from what --normalize makes of pixels; one number, or one a channel')
    .option('--std <numbers>', 'Pixels are divided by it after that; one number, or one a channel')
    .option('--channels <order>', 'rgb or bgr: the order of colors that the model takes, and returns (default: rgb)')
    .option('--max-pixels <number>', 'Larger pictures are refused before they are decoded (default: 100000000)')
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
    .option('--grid <rowsxcolumns>', 'Draw latents by --seed and write what a generator makes of them as one picture')
    .option(
      '--interpolate <a> <b>',
      'Write the pictures between two latents, .npy files as --grid leaves them, as one row; the way is the arc, on which latents keep their length',
    )
    .option('--steps <number>', `Pictures of --interpolate, both ends included (default: ${defaultSteps})`)
    .option(
      '--batch <number>',
      'Of many files, or of a grid, run as many together, where the batch of the model is open',
    )
    .option(
      '--skip-existing',
      'Of many files, leave out those whose results are all there, by their names alone: those of another model or of other options count, too, so give these another --output-dir',
    )
    .option('--json-lines', 'Of many files, write a line of JSON each (schemas/run-line.schema.json)')
    .option('--json', 'Write one JSON document (schemas/run.schema.json) and nothing else')
    .example('  $ unstride run model.onnx --input picture.png --overlay')
    .example('  $ unstride run model.onnx --input image=photo.jpg --fit pad --normalize imagenet')
    .example('  $ unstride run model.onnx --input photo.jpg --as mask --palette voc --class-names voc.txt --overlay')
    .example('  $ unstride run model.onnx --input random --dim N=1,H=256,W=256 --seed 7')
    .example('  $ unstride run model.onnx --input a=a.npy --input b=b.npy --output-dir results')
    .example('  $ unstride run unet.onnx --to bottleneck --input picture.png')
    .example("  $ unstride run model.onnx --input 'photos/*.jpg' --as mask --output-dir masks --skip-existing")
    .example('  $ unstride run model.onnx --grid 8x8 --seed 1')
    .example('')
    .example(
      '  The exit code is 0 when it ran, 1 when the model or the data is at fault, 2 for wrong usage, 3 for a fault of unstride.',
    )
    .example(
      '  Of many files, the others go on where one is broken, and the code is 1; Ctrl-C ends after the file at hand, with 130, and so does SIGTERM.',
    )
    .action(run);
}

async function run(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const asked = readSettings(options);
  const many = readManySettings(options);
  const part = readPart(options);
  const grid = readGridSettings(options);
  const started = performance.now();
  const clock = stopwatch();
  const whole = await openModel(path);
  const opened = cutPart(whole, part);
  const settings = {
    ...asked,
    // A part takes a picture in the size that the whole takes: another part is to fit it.
    pictureSizes: new PictureSizes(whole.model.graph),
    presentation: { ...asked.presentation, inner: innerOutputs(whole.model, opened.model) },
  };
  const { model, file = path } = opened;
  checkDims(model, settings.dims);
  checkRequests(settings.presentation.as, model.graph.outputs);
  const given = await findInputs(parseInputs(model.graph, settings.inputs, file), {
    names: model.graph.inputs.map(({ name }) => name),
    directory: settings.directory,
    isMany: asksForMany(many) && grid === undefined,
    readStdin,
  });
  if (('items' in given || grid !== undefined) && settings.archive !== undefined) {
    throw new UsageError('--output-npz takes the results of one set of inputs', 'of many, each has files of its own');
  }
  if (grid !== undefined) {
    if ('items' in given) throw new UsageError('--grid and --interpolate take one file for an input, not many');
    return runGrid({ opened, file, specs: given, settings, grid, batch: many.batch, clock });
  }
  return 'items' in given
    ? runMany({ opened, file, given, settings, many, started })
    : runOnce(opened, file, given, settings, clock);
}

/** Outputs of a part that are none of the whole's. */
function innerOutputs(whole: Model, part: Model): ReadonlySet<string> {
  const own = new Set(whole.graph.outputs.map(({ name }) => name));
  return new Set(part.graph.outputs.map(({ name }) => name).filter((name) => !own.has(name)));
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
