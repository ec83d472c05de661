/** `unstride inspect`: what a model is made of. */
import type { CAC } from 'cac';
import { infer } from '../infer/infer.js';
import { inspectModel } from '../report/inspect.js';
import { renderInspect } from '../report/inspect-text.js';
import { legalSizes } from '../solve/legal-sizes.js';
import { isFlagSet, oneText } from './arguments.js';
import { checkDims, dimHelp, parseDims } from './dims.js';
import { stageAfter, stagePlan } from './inspect-stages.js';
import { openArgument } from './model-files.js';
import { writeDiagnostics, writeJson, writeText } from './output.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes } from './usage.js';

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
    .option('--json', 'Print one JSON document (schemas/inspect.schema.json) and nothing else')
    .example('  $ unstride inspect model.onnx')
    .example('  $ unstride inspect model.onnx --dim N=1 --dim H=256,W=256')
    .example('  $ unstride inspect model.onnx --dim N=1,H=256,W=256 --plan')
    .example('  $ unstride inspect model.onnx --after fold-affine')
    .example("  $ unstride inspect model.onnx --json | jq '.totals.parameters'")
    .example('')
    .example('  Exit code: 0 the model is sound, 1 it is not, 2 wrong usage, 3 a fault of unstride.')
    .action(inspect);
}

async function inspect(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const dims = parseDims(options['dim']);
  const { model, diagnostics: read, file = path, byteLength } = await openArgument(path);
  checkDims(model, dims);
  const after = oneText(options['after'], 'after');
  if (after !== undefined || isFlagSet(options['plan'])) {
    const width = widthOf(process.stdout);
    const stage =
      after === undefined
        ? await stagePlan(model, dims, options, file, width)
        : stageAfter(model, after, dims, options, file);
    if (isFlagSet(options['json'])) writeJson({ ok: true, file, ...stage.json });
    else writeText(process.stdout, stage.text);
    return exitCodes.done;
  }
  const inference = infer(model.graph, { bindings: dims, file });
  const diagnostics = [...read, ...inference.diagnostics];
  const sizes = legalSizes(model.graph, inference).symbols.map(({ name, text }) => ({ name, text }));
  const report = inspectModel({ model, inference, sizes, diagnostics, file, byteLength });
  if (isFlagSet(options['json'])) writeJson({ ok: true, ...report });
  else {
    const text = renderInspect(report, { colors: colorsFor(process.stdout), width: widthOf(process.stdout) });
    writeText(process.stdout, text);
  }
  writeDiagnostics(diagnostics);
  return diagnostics.some(({ severity }) => severity === 'error') ? exitCodes.fault : exitCodes.done;
}
