/** `unstride explain`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import type { OptionGroups } from '../help.js';
import { frameworkNames } from './choices.js';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

/** Groups of options in the help. */
export const explainGroups: OptionGroups = new Map([
  ['dim', 'Layers of a model'],
  ['kernel', 'A transposed convolution by hand'],
  ['svg', 'Output'],
]);

export function addExplain(cli: CAC): void {
  cli
    .command(
      'explain [model] [...nodes]',
      'Explain layers that change sizes: a formula with its numbers, the four steps of a transposed convolution, overlap, receptive fields',
    )
    .option('--dim <name=size>', dimHelp)
    .option(
      '--kernel <sizes>',
      'Explain a transposed convolution without a model. Sizes are of one axis, 4, or of two: 3x5 or 3,5',
    )
    .option('--input <sizes>', 'Size of its input')
    .option('--stride <sizes>', 'Its strides (default: 1)')
    .option(
      '--padding <sizes>',
      'Its padding: one number for all axes, one for each, or one for each end in the order of the framework; same or valid for Keras (default: 0)',
    )
    .option('--dilation <sizes>', 'Distance between elements of its kernel (default: 1)')
    .option(
      '--output-padding <sizes>',
      'Elements that are added at the end of its output (default: 0; for Keras none is given)',
    )
    .option('--auto-pad <word>', "ONNX's auto_pad: SAME_UPPER, SAME_LOWER or VALID")
    .option(
      '--output-shape <sizes>',
      "Size of its output: ONNX's output_shape, PyTorch's output_size, WebNN's outputSizes",
    )
    .option(
      '--framework <name>',
      `Framework that these parameters are for: ${frameworkNames.join(', ')}; its form is printed first (default: onnx)`,
    )
    .option(
      '--svg <file>',
      'Write an animated picture of the layer: the kernel slides over the dilated, padded and cropped input. Several layers get a file each, with their numbers in the names',
    )
    .option('--html <file>', 'Write a page with the words and the pictures of every step')
    .option('--json', 'Print one JSON document (schemas/explain.schema.json) and nothing else')
    .example('  $ unstride explain model.onnx --dim H=256,W=256')
    .example('  $ unstride explain unet.onnx dec2_up_out')
    .example("  $ unstride explain unet.onnx 'dec*'")
    .example('  $ unstride explain unet.onnx 24')
    .example('  $ unstride explain --kernel 4 --stride 2 --padding 1 --input 3')
    .example('  $ unstride explain --kernel 3x3 --stride 2 --padding same --input 2x3 --framework keras')
    .example('')
    .example(
      '  A node is named by its name, by a value that it makes, or by its number, as in ConvTranspose #24; patterns with * and ? name several. Without one every ConvTranspose, MaxUnpool, Resize and Upsample is listed, and every Conv and pooling with a stride above 1.',
    )
    .example('')
    .example('  Exit code: 0 it is explained, 1 the model is at fault, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../explain.js')).explain));
}
