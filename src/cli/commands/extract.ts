/** `unstride extract`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { addPartOptions } from './options.js';
import { whenCalled } from './when-called.js';

export function addExtract(cli: CAC): void {
  addPartOptions(cli.command('extract <model>', 'Cut a part out of a model, and write it as a model of its own'))
    .option(
      '-o, --output <file>',
      'Where to write the part (default: NAME.part.onnx, NAME.decoder.onnx or NAME.encoder.onnx beside the model)',
    )
    .option(
      '--list',
      'Write nothing; list where the decoder could begin, which values cross there, and what both halves cost',
    )
    .option(
      '--split',
      'Write both halves, NAME.encoder.onnx and NAME.decoder.onnx, and NAME.split.json, which says how they join; --output is their folder or the beginning of their names',
    )
    .option('--share-weights', 'Let the part refer to the weight files of the model instead of copying what it needs')
    .option(
      '--json',
      'Print one JSON document and nothing else (schemas/extract.schema.json; with --list decoders.schema.json, with --split split.schema.json)',
    )
    .example('  $ unstride extract unet.onnx --from bottleneck,enc3,enc2,enc1 --to mask -o decoder.onnx')
    .example('  $ unstride extract unet.onnx --from bottleneck --auto -o decoder.onnx')
    .example('  $ unstride extract unet.onnx --list')
    .example('  $ unstride extract unet.onnx --decoder -o decoder.onnx')
    .example('  $ unstride extract unet.onnx --split -o halves/')
    .example('  $ unstride extract unet.onnx --to /down3/relu/Relu_output_0 -o features.onnx')
    .example('  $ cat unet.onnx | unstride extract - --decoder -o decoder.onnx')
    .example('')
    .example(
      '  A name is that of a value, or of a node, which stands for the values that it makes. A part that begins at a node begins after it; a part that ends at a node includes it. `unstride inspect` lists values and nodes.',
    )
    .action(whenCalled(async () => (await import('../extract.js')).extract));
}
