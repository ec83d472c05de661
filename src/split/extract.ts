/** Parts of models, by names. */
import { type Diagnostic, diagnostic, ModelError, type Problem, ProblemError, quoted } from '../diagnostics.js';
import { type Inference, infer } from '../infer.js';
import type { Model, Value } from '../ir/graph.js';
import { type Cut, missingOf } from './closure.js';
import { cutGraph } from './cut.js';
import { CutNames } from './cut-names.js';
import { DataFlow } from './data-flow.js';
import { keepPairsWhole } from './quantized-pairs.js';

export interface ExtractOptions {
  /** Values that the part is fed, or nodes for what they make. The model's inputs, those that are needed, without it. */
  readonly from?: readonly string[] | undefined;
  /** Values that it returns, or nodes for what they make. The model's outputs without it. */
  readonly to?: readonly string[] | undefined;
  /** Takes what is missing as further inputs. */
  readonly auto?: boolean | undefined;
  /** For messages. */
  readonly file?: string | undefined;
}

export interface Part {
  readonly model: Model;
  /** Values of the whole that the part begins at, in the order of its inputs. */
  readonly from: readonly Value[];
  readonly to: readonly Value[];
  /** Those among `from` that were missing and are taken by `auto`. */
  readonly added: readonly Value[];
  /** Of the whole. */
  readonly inference: Inference;
  /** What is to be said of the cut; none is an error. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Cuts the part out that computes `to` from `from`.
 * @throws ModelError when a name is not found, or `from` does not reach `to`
 */
export function extractPart(model: Model, options: ExtractOptions): Part {
  const { graph } = model;
  const { file } = options;
  try {
    const cutNames = new CutNames(graph);
    const find = (names: readonly string[]) => distinct(names.flatMap((name) => cutNames.find(name)));
    const to = options.to === undefined ? graph.outputs : find(options.to);
    const from = options.from === undefined ? graph.inputs : find(options.from);
    const pairs = keepPairsWhole(graph, { from, to });
    const notes: Problem[] = [...pairs.notes];
    const inference = infer(graph, { file });
    const flow = new DataFlow(graph);
    let cut: Cut = { from: distinct(pairs.cut.from), to: distinct(pairs.cut.to) };
    let added: readonly Value[] = [];
    if (options.auto === true) {
      added = missingOf(flow, cut, inference)?.values ?? [];
      cut = { ...cut, from: [...cut.from, ...added] };
      for (const { name } of added)
        notes.push({ code: 'US2108', message: `the part also takes ${quoted(name)}`, value: name });
    }
    let part = cutGraph(graph, cut, inference, flow);
    const unread = unreadInputs(part, cut);
    if (options.from === undefined && unread.size > 0) {
      cut = { ...cut, from: cut.from.filter((value) => !unread.has(value)) };
      part = cutGraph(graph, cut, inference, flow);
    } else {
      for (const { name } of unread) {
        notes.push({
          code: 'US2106',
          message: `nothing on the way to ${part.outputs.map((value) => quoted(value.name)).join(', ')} reads ${quoted(name)}`,
          value: name,
          hint: 'it stays an input, as it was asked for',
        });
      }
    }
    const diagnostics = notes.map((problem) => diagnostic(problem, { file }));
    return { model: part === graph ? model : { ...model, graph: part }, ...cut, added, inference, diagnostics };
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
    throw error;
  }
}

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

/** Values of the whole whose inputs nothing in the part reads. */
function unreadInputs(part: Model['graph'], { from }: Cut): Set<Value> {
  const read = new Set<Value>([...part.outputs, ...new DataFlow(part).reads.flat()]);
  return new Set(from.filter((_, i) => !read.has(part.inputs[i]!)));
}
