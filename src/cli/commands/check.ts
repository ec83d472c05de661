/** `unstride check`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { configNames } from '../../contract/config-defaults.js';
import { checkFormats, defaultBaseline } from './choices.js';
import { dimHelp } from './options.js';
import { whenCalled } from './when-called.js';

export function addCheck(cli: CAC): void {
  cli
    .command(
      'check [...models]',
      'Prove shapes, find the input sizes that are legal, report faults, and compare models with their contract',
    )
    .option('--dim <name=size>', dimHelp)
    .option(
      '--config <file>',
      `The configuration (default: the nearest ${configNames[0]}, .yml or .json, in the current folder or above it)`,
    )
    .option('--select <codes>', 'Report only findings whose code begins with one of these: US12,US1405')
    .option('--ignore <codes>', 'Leave out findings whose code begins with one of these: US16')
    .option(
      '--fail-on <severity>',
      'Lowest severity that makes a check fail: error, warning or info (default: warning)',
    )
    .option('--strict-sizes', 'Fail if it stays undecided for some input sizes whether they are legal (US1218)')
    .option(
      '--baseline <file>',
      'Leave out findings that this file lists (default: the file that the configuration names)',
    )
    .option('--write-baseline', `Write all findings into the baseline: that file, or else ${defaultBaseline}`)
    .option(
      '--runtime <name@release>',
      'Say whether this runtime loads and runs the model: onnxruntime@1.16, onnxruntime-web:webgpu, openvino; repeatable',
    )
    .option('--update', 'Accept the shapes as they are now: write them into unstride.lock')
    .option('--summary', 'Also print the operators, parameters and MACs of each model')
    .option('--quiet', 'Print only models that fail, and the summary')
    .option('--watch', 'Check again whenever a model, its weights or the configuration changes')
    .option('--format <format>', `Format to print: ${checkFormats.join(', ')} (default: pretty)`)
    .option('--output <format=file>', 'Also write a report to a file: sarif=unstride.sarif; repeatable')
    .option('--json', 'Short for --format json (schemas/check.schema.json)')
    .example('  $ unstride check model.onnx')
    .example('  $ unstride check model.onnx --dim H=572')
    .example("  $ unstride check models/ 'exports/*.onnx' --output sarif=unstride.sarif --output junit=unstride.xml")
    .example('  $ cat model.onnx | unstride check -')
    .example('  $ unstride check model.onnx --runtime onnxruntime@1.16 --runtime onnxruntime-web:webgpu')
    .example('  $ unstride check models/ --quiet')
    .example('')
    .example('  A folder stands for all .onnx files in it, - for a model on standard input.')
    .example('  Without models, those that the configuration names are checked.')
    .example('  Exit code: 0 nothing fails, 1 something does, 2 wrong usage, 3 a fault of unstride.')
    .action(whenCalled(async () => (await import('../check.js')).check));
}
