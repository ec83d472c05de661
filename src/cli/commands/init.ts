/** `unstride init`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { configNames } from '../../contract/config-defaults.js';
import { whenCalled } from './when-called.js';

const [file] = configNames;

export function addInit(cli: CAC): void {
  cli
    .command(
      'init [...models]',
      `Write ${file}: later checks report where the inputs or outputs of a model have changed`,
    )
    .option('--force', `Replace the ${file} that is there`)
    .example('  $ unstride init')
    .example('  $ unstride init exports/*.onnx')
    .example('')
    .example('  Without models, those in the current folder and a few levels below are taken.')
    .example('  Exit code: 0 it is written, 1 no model could be read, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../init.js')).init));
}
