/** `unstride fix`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

export function addFix(cli: CAC): void {
  cli
    .command('fix <model>', 'Fix findings in a copy of the model, and compare shapes and results before it is written')
    .option('-o, --output <file>', 'Where to write the copy (default: NAME.fixed.onnx beside the model)')
    .option(
      '--select <codes>',
      'Fix only these codes: US1407,US1408; fixes that round numbers or remove attributes have to be named here (default: all others)',
    )
    .option(
      '--opset <version>',
      'Write the model for this operator set of ai.onnx, where each node has a form there that computes the same',
    )
    .option('--dim <name=size>', `${dimHelp}; results can be compared only where all sizes are known`)
    .option('--dry-run', 'Say what would be fixed, and write nothing')
    .option('--json', 'Print one JSON document (schemas/fix.schema.json) and nothing else')
    .example('  $ unstride fix model.onnx')
    .example('  $ unstride fix model.onnx --dry-run --select US1407,US1408')
    .example('  $ unstride fix model.onnx --select US1501 --output folded.onnx --dim N=1')
    .example('  $ unstride fix model.onnx --opset 17')
    .example('  $ cat model.onnx | unstride fix - --output fixed.onnx')
    .action(whenCalled(async () => (await import('../fix.js')).fix));
}
