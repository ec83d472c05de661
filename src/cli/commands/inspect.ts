/** `unstride inspect`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

export function addInspect(cli: CAC): void {
  cli
    .command('inspect <model>', 'Show inputs, outputs and layers, with shapes, parameters, MACs and memory')
    .option('--dim <name=size>', dimHelp)
    .option('--after <pass>', 'Print the graph as this pass of the compiler leaves it: fold-affine')
    .option(
      '--plan',
      'Print the steps that would run, with the algorithm of each and its alternatives; needs all sizes',
    )
    .option('--threads <number>', "Threads that --plan is made for (default: the processor's cores)")
    .option(
      '--tier <name>',
      'Instructions that --plan may use: wide (256 bits), fma or baseline (default: the best that runs here)',
    )
    .option(
      '--precision <name>',
      'Arithmetic that --plan may use: fast, or strict, which gives the same bits on every machine (default: fast)',
    )
    .option('--weights <type>', 'How --plan may keep weights: float32, float16 or bfloat16 (default: float32)')
    .option('--json', 'Print one JSON document (schemas/inspect.schema.json) and nothing else')
    .example('  $ unstride inspect model.onnx')
    .example('  $ unstride inspect model.onnx --dim N=1 --dim H=256,W=256')
    .example('  $ unstride inspect model.onnx --dim N=1,H=256,W=256 --plan')
    .example('  $ unstride inspect model.onnx --after fold-affine')
    .example("  $ unstride inspect model.onnx --json | jq '.totals.parameters'")
    .example('  $ cat model.onnx | unstride inspect -')
    .example('')
    .example('  Exit code: 0 the model is sound, 1 it is not, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../inspect.js')).inspect));
}
