/** `unstride run`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { outputKinds } from '../../present/kinds.js';
import type { OptionGroups } from '../help.js';
import { defaultDirectory, defaultSteps, executors } from './choices.js';
import { addPartOptions, dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

/** Groups of options in the help. */
export const runGroups: OptionGroups = new Map([
  ['from', 'Part of the model'],
  ['input', 'Inputs'],
  ['fit', 'Pictures as inputs'],
  ['output-dir', 'Results'],
  ['tile', 'Large pictures'],
  ['batch', 'Many files'],
  ['grid', 'Generators'],
  ['executor', 'Engine'],
  ['quiet', 'Other options'],
]);

export function addRun(cli: CAC): void {
  addPartOptions(
    cli.command('run <model>', 'Run a model on arrays, pictures or random numbers, and write what it returns'),
  )
    .option(
      '--input <[name=]file>',
      'What an input is fed: an array (.npy, .npz, .pb), a picture (PNG, JPEG, WebP, TIFF), or the word random; repeatable, one for each input. A folder, a pattern such as photos/*.jpg, or - for a list of files on standard input: one run for each file',
    )
    .option('--dim <name=size>', dimHelp)
    .option('--seed <number>', 'Seed of random inputs and random operators; the same seed gives the same numbers', {
      default: 0,
    })
    .option(
      '--fit <how>',
      'How a picture gets a size that the model takes: resize; pad (mirrors the borders, and scales only pictures that are too large); crop (to the middle); tile (runs it in tiles of that size, see --tile); none (refuses it). Results get the size of the picture again (default: resize)',
    )
    .option(
      '--normalize <name>',
      'Range of pixel values: unit (0..1), half (-1..1), bytes (0..255), or imagenet (0..1, less the mean of ImageNet, divided by its standard deviation) (default: unit)',
    )
    .option(
      '--mean <numbers>',
      'Subtracted from pixel values in the range of --normalize: one number, or one for each channel: 0.485,0.456,0.406',
    )
    .option('--std <numbers>', 'Divides what --mean leaves: one number, or one for each channel: 0.229,0.224,0.225')
    .option(
      '--channels <order>',
      'Order of the color channels that the model takes and returns: rgb or bgr (default: rgb)',
    )
    .option(
      '--layout <order>',
      'Order of axes, nchw or nhwc (default: what the shapes say, nchw where they leave it open)',
    )
    .option(
      '--max-pixels <number>',
      'Refuse larger pictures before they are decoded (default: 100000000, half of it for small models)',
    )
    .option('--output-dir <folder>', 'Folder that results are written to', { default: defaultDirectory })
    .option('--output-npz <file>', 'Write all arrays into this .npz archive instead of a .npy file each')
    .option('--npz-compress', 'Compress the archive of --output-npz')
    .option(
      '--as <[name=]kind>',
      `What to write of every output, or of the one named: ${outputKinds.join(', ')}; repeatable (default: array; for a picture that was fed also image or mask, where an output clearly is one)`,
    )
    .option('--no-pictures', 'Write arrays only')
    .option('--overlay', 'Also paint each mask over the picture that was fed')
    .option(
      '--palette <name>',
      'Colors of classes: voc, cityscapes, or a file with one color a line or a palette of GIMP',
    )
    .option('--class-names <file>', 'Names of classes for reports and legends: a name a line, or JSON such as id2label')
    .option(
      '--tile <HxW>',
      'Run pictures in tiles of this size: the same result in less memory, since tiles overlap by what the layers read; 512 for all axes, 512x* for whole rows',
    )
    .option(
      '--blend <number>',
      'Let tiles overlap by this many pixels and blend them: an approximation, for networks that cannot be tiled exactly',
    )
    .option(
      '--batch <number>',
      'Run this many files, or latents of --grid, together; the model has to leave its batch size open (default: 1)',
    )
    .option(
      '--skip-existing',
      'Leave out files whose results exist. Only names are compared: after a change of model or options, give another --output-dir',
    )
    .option('--json-lines', 'Print a line of JSON for each file (schemas/run-line.schema.json)')
    .option(
      '--grid <rowsxcolumns>',
      'Feed a generator random latents, drawn by --seed, and write its pictures as one sheet: 8x8',
    )
    .option(
      '--interpolate <a> <b>',
      'Write the pictures from one latent to another as one row; both are .npy files, such as --grid writes. They go along an arc, which keeps the length of latents',
    )
    .option('--steps <number>', `Pictures of --interpolate, both ends included (default: ${defaultSteps})`)
    .option(
      '--executor <name>',
      `${executors.join(', ')}: reference is plain code, slow and exact; dilate-pad-convolve too, with each ConvTranspose computed by its four steps`,
      { default: 'compiled' },
    )
    .option(
      '--precision <name>',
      'fast, or strict, which is slower and gives the same bits on every machine. Only --precision fast computes float64 in float32 (default: fast, without that)',
    )
    .option(
      '--weights <type>',
      'float16 or bfloat16 take half the memory, and are read faster where a layer has few pixels; they are rounded (default: float32)',
    )
    .option(
      '--memory-limit <bytes>',
      'The most that values of a run may take at one time, weights apart: 512MiB, 8GB (default: 4GiB)',
    )
    .option('--threads <number>', "Threads that share the work (default: the processor's cores)")
    .option(
      '--tier <name>',
      'Instructions that kernels use: wide (256 bits), fma or baseline (default: the best that runs here)',
    )
    .option(
      '--no-cache',
      'Neither use nor keep what was compiled before. By default code and packed weights are kept for the next run of the same model and sizes, in the cache folder of the user or the one that UNSTRIDE_CACHE names (off: none)',
    )
    .option('--cache-size <bytes>', 'The most that all that is kept may take: 512MiB, 8GB (default: 1GiB)')
    .option(
      '--profile <file>',
      'Write a trace of what every step took on every thread, for chrome://tracing or ui.perfetto.dev',
    )
    .option('--quiet', 'Print nothing but faults, notes and, of many files, the summary')
    .option('--json', 'Print one JSON document (schemas/run.schema.json) and nothing else')
    .example('  $ unstride run model.onnx --input picture.png --overlay')
    .example('  $ unstride run model.onnx --input image=photo.jpg --fit pad --normalize imagenet')
    .example('  $ unstride run model.onnx --input photo.jpg --as mask --palette voc --class-names voc.txt --overlay')
    .example('  $ unstride run model.onnx --input random --dim N=1,H=256,W=256 --seed 7')
    .example('  $ unstride run model.onnx --input a=a.npy --input b=b.npy --output-dir results')
    .example('  $ unstride run unet.onnx --to bottleneck --input picture.png')
    .example("  $ unstride run model.onnx --input 'photos/*.jpg' --as mask --output-dir masks --skip-existing")
    .example('  $ unstride run model.onnx --grid 8x8 --seed 1')
    .example('')
    .example('  Exit code: 0 it ran, 1 the model or the data is at fault, 2 wrong usage, 3 a fault of unstride.')
    .example('  With many files, a broken one is reported and the others go on; the exit code is 1 then.')
    .example('  Ctrl-C and SIGTERM end the run after the file at hand, with exit code 130.')
    .action(whenCalled(async () => (await import('../run/command.js')).run));
}
