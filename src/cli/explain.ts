/** `unstride explain`: layers in words, of a model or given by hand. */
import { printable } from '../diagnostics/printable.js';
import { explainLayers } from '../explain/explain.js';
import type { LayerExplanation } from '../explain/explanation.js';
import { nodeText } from '../explain/words/names.js';
import { infer } from '../infer/infer.js';
import { referenceTo } from '../ir/graph.js';
import { renderLayer, renderLayers, renderUnexplained } from '../report/explain-text.js';
import { isFlagSet } from './arguments.js';
import { checkDims, parseDims } from './dims.js';
import { explainGiven, handOptions } from './explain-by-hand.js';
import { type ExplainFiles, readFiles, writeFiles } from './explain-files.js';
import { namedNodes } from './explain-nodes.js';
import { openArgument } from './model-files.js';
import { writeDiagnostics, writeJson, writeLines, writeStderr, writeText } from './output.js';
import { refuseSource } from './refuse-source.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

type Options = Readonly<Record<string, unknown>>;

export async function explain(
  model: string | undefined,
  nodes: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const given = handOptions(options);
  if (model === undefined) return explainHand(given, options);
  if (given.length > 0)
    throw new UsageError(
      `${given.join(', ')} ${given.length === 1 ? 'describes' : 'describe'} a layer by hand, and a model is given, too`,
      'leave one out',
    );
  return explainModel(model, nodes, options);
}

async function explainHand(given: readonly string[], options: Options): Promise<ExitCode> {
  if (given.length === 0)
    throw new UsageError(
      'explain is given no model and no layer',
      'for example unstride explain model.onnx, or unstride explain --kernel 4 --stride 2 --padding 1 --input 3',
    );
  if (options['dim'] !== undefined) throw new UsageError('--dim is for models', 'give the size with --input');
  const files = readFiles(options);
  const layer = explainGiven(options);
  const { written } = await saved([layer], files, 'A transposed convolution');
  if (isFlagSet(options['json']))
    writeJson({ ok: true, file: null, layers: [layer], unexplained: [], written, diagnostics: [] });
  else writeLayers([layer]);
  return exitCodes.done;
}

async function explainModel(argument: string, names: readonly string[], options: Options): Promise<ExitCode> {
  const dims = parseDims(options['dim']);
  const files = readFiles(options);
  for (const output of [files.svg, files.html]) if (output !== undefined) refuseSource(argument, output);
  const { model, diagnostics: read, file = argument } = await openArgument(argument);
  checkDims(model, dims);
  const inference = infer(model.graph, { bindings: dims, file });
  const nodes = names.length === 0 ? undefined : namedNodes(model, inference, names, file);
  const { layers, unexplained } = explainLayers(model, inference, nodes);
  const diagnostics = [...read, ...inference.diagnostics];
  const { written } = await saved(layers, files, file);
  const [first] = layers;
  if (isFlagSet(options['json'])) {
    const reasons = unexplained.map(({ node, reason }) => ({ node: referenceTo(node), reason }));
    writeJson({ ok: true, file, layers, unexplained: reasons, written, diagnostics });
  } else if (nodes !== undefined) writeLayers(layers);
  else if (first === undefined) writeText(process.stdout, `${file}: no layer that changes sizes\n`);
  else {
    const width = widthOf(process.stdout);
    writeLines(process.stdout, renderLayers(layers, colorsFor(process.stdout), width));
    const number = first.node?.index ?? 0;
    writeText(process.stdout, `One whole, by name, value or number: unstride explain ${file} ${number}\n`);
  }
  if (unexplained.length > 0) writeText(process.stderr, renderUnexplained(unexplained));
  writeDiagnostics(diagnostics);
  const isAtFault = diagnostics.some(({ severity }) => severity === 'error');
  return isAtFault || (nodes !== undefined && unexplained.length > 0) ? exitCodes.fault : exitCodes.done;
}

/** Writes the files that are asked for, and says so. */
async function saved(layers: readonly LayerExplanation[], files: ExplainFiles, title: string) {
  const result = await writeFiles(layers, files, title);
  for (const written of result.written) writeStderr(`wrote ${printable(written)}`);
  for (const { node } of result.withoutPicture)
    writeStderr(
      `no picture of ${node === null ? 'the layer' : nodeText(node)}: its sizes are open; --dim gives them numbers`,
    );
  return result;
}

function writeLayers(layers: readonly LayerExplanation[]): void {
  const width = widthOf(process.stdout);
  const texts = layers.map((layer) => renderLayer(layer, colorsFor(process.stdout), width));
  writeLines(process.stdout, texts.join('\n'));
}
