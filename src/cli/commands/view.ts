/** `unstride view`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { whenCalled } from './when-called.js';

export function addView(cli: CAC): void {
  cli
    .command(
      'view [model]',
      'Look at a model in the browser: drawing, sizes, layers, runs; nothing leaves this machine',
    )
    .option('--port <number>', 'Serve at this port (default: one that is free)')
    .option('--no-open', 'Print the address, and open no browser')
    .example('  $ unstride view unet.onnx')
    .example('  $ unstride view --no-open --port 8080')
    .example('')
    .example(
      '  It serves on 127.0.0.1 until Ctrl+C: the page, and of the files of this machine the model and its weights.',
    )
    .example('  Without a model, drop one on the page.')
    .example('  Exit code: 0 it was ended, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../view/view.js')).view));
}
