/** `unstride inspect`: what a model is made of. */
import { toldSizes } from '../check.js';
import { infer } from '../infer/infer.js';
import { inspectModel } from '../report/inspect.js';
import { renderInspect } from '../report/inspect-text.js';
import { isFlagSet, oneText } from './arguments.js';
import { checkDims, parseDims } from './dims.js';
import { stageAfter, stagePlan } from './inspect-stages.js';
import { openArgument } from './model-files.js';
import { writeDiagnostics, writeJson, writeText } from './output.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes } from './usage.js';

export async function inspect(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
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
  const sizes = toldSizes(model.graph, inference, { bindings: dims, file }).symbols.map(({ name, text }) => ({
    name,
    text,
  }));
  const report = inspectModel({ model, inference, sizes, diagnostics, file, byteLength });
  if (isFlagSet(options['json'])) writeJson({ ok: true, ...report });
  else {
    const text = renderInspect(report, { colors: colorsFor(process.stdout), width: widthOf(process.stdout) });
    writeText(process.stdout, text);
  }
  writeDiagnostics(diagnostics);
  return diagnostics.some(({ severity }) => severity === 'error') ? exitCodes.fault : exitCodes.done;
}
