/** Reads a model that was just written, before it replaces anything. */
import { defineProblem, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { Model } from '../ir/graph.js';
import { externalConstants } from '../onnx/source-files.js';
import { type OpenedModel, openModel } from './open.js';

const notReadBack = defineProblem('US1011', { reason: 'string' }, ({ reason }) => ({
  message: `what was written cannot be read back: ${reason}`,
  hint: 'nothing was replaced; please report this with the model',
}));

interface ReadBackOptions {
  /** Where the model is to be, for messages. */
  readonly file: string;
  /** Files of weights that have no place yet, by the location that the model names. */
  readonly weights: ReadonlyMap<string, string> | undefined;
}

/**
 * The model in `draft`. Its weights in other files are looked for and not read.
 * @throws ModelError US1011 if it cannot be read, or is not `model`
 */
export async function readBack(model: Model, draft: string, { file, weights }: ReadBackOptions): Promise<OpenedModel> {
  const refuse = (reason: string): never => {
    throw new ModelError([diagnostic(notReadBack({ reason }), { file })]);
  };
  try {
    const externalData = weights && Object.fromEntries(weights);
    const opened = await openModel(draft, { file, ...(externalData && { externalData }) });
    for (const constant of externalConstants(opened.model.graph)) constant.probe?.();
    const difference = differenceOf(model, opened.model);
    return difference === undefined ? opened : refuse(difference);
  } catch (error) {
    if (error instanceof ProblemError) return refuse(wordsOf(error.problem));
    if (error instanceof ModelError && error.diagnostics[0]?.code !== 'US1011')
      return refuse(wordsOf(error.diagnostics[0]));
    throw error;
  }
}

function wordsOf(problem: { readonly message: string; readonly actual?: string | undefined } | undefined): string {
  if (problem === undefined) return 'the reason is not known';
  return problem.actual === undefined ? problem.message : `${problem.message} (${problem.actual})`;
}

/** What differs between the model and what was read of it; names of values inside may. */
function differenceOf(model: Model, read: Model): string | undefined {
  const parts: readonly (readonly [what: string, of: (from: Model) => string])[] = [
    ['the operator sets', ({ opsets }) => JSON.stringify([...model.opsets.keys()].map((domain) => opsets.get(domain)))],
    ['the inputs', ({ graph }) => JSON.stringify(graph.inputs.map(({ name }) => name))],
    ['the outputs', ({ graph }) => JSON.stringify(graph.outputs.map(({ name }) => name))],
    ['the nodes', ({ graph }) => JSON.stringify(graph.nodes.map(({ domain, opType }) => [domain, opType]))],
  ];
  const differing = parts.find(([, of]) => of(model) !== of(read));
  return differing && `${differing[0]} are not those of the model`;
}
