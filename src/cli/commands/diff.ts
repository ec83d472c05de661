/** `unstride diff`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { diffFormats } from './choices.js';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

export function addDiff(cli: CAC): void {
  cli
    .command(
      'diff <old> <new>',
      'Show which layers changed between two exports: operators, attributes, shapes, parameters',
    )
    .option('--dim <name=size>', `${dimHelp}; it counts for both models`)
    .option('--weights', 'Compare the values of weights as well as their shapes')
    .option('--format <format>', `Format to print: ${diffFormats.join(', ')} (default: pretty)`)
    .option('--json', 'Short for --format json (schemas/diff.schema.json)')
    .example('  $ unstride diff old.onnx new.onnx')
    .example('  $ unstride diff old.onnx new.onnx --format markdown >> $GITHUB_STEP_SUMMARY')
    .example('  $ git show HEAD:model.onnx | unstride diff - model.onnx')
    .example('')
    .example('  Exit code: 0 the models are alike, 1 they differ, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../diff.js')).diff));
}
