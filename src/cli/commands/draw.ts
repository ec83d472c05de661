/** `unstride draw`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

export function addDraw(cli: CAC): void {
  cli
    .command('draw <model>', 'Draw the network as papers do: resolutions, blocks of layers, skips')
    .option(
      '-o, --output <file>',
      'The picture: .svg, .html, or .png, for which the package @resvg/resvg-wasm is needed (default: NAME.svg beside the model)',
    )
    .option(
      '--style <name>',
      'u: a row for each resolution; flow: the graph in layers; table: blocks with bars for what they cost (default: u for a network that is a U, otherwise flow)',
    )
    .option(
      '--level-of-detail <name>',
      'blocks: a box for layers that follow one another at one resolution; layers: a box for each layer (default: blocks)',
    )
    .option(
      '--theme <name>',
      'light, dark, or print, which is for paper without colors (default: light or dark, as the viewer is set; light for PNG)',
    )
    .option('--dim <name=size>', `${dimHelp} (default: sizes are expressions, H/16)`)
    .option('--color <what>', 'Color boxes by params, macs, memory or time instead of kinds of layers')
    .option('--profile <trace>', 'Color boxes by the time that they took in this trace of `unstride run --profile`')
    .option('--title <text>', 'Title above the picture (default: the name of the file)')
    .example('  $ unstride draw unet.onnx')
    .example('  $ unstride draw unet.onnx -o unet.svg --dim N=1,H=256,W=256')
    .example('  $ unstride draw unet.onnx -o unet.html --color macs')
    .example('  $ unstride draw unet.onnx -o layers.svg --style flow --level-of-detail layers --theme print')
    .example('  $ cat unet.onnx | unstride draw - -o unet.svg --style table')
    .action(whenCalled(async () => (await import('../draw.js')).drawModel));
}
