/** Parts of models, by names. */
import {
  type Diagnostic,
  defineProblem,
  diagnostic,
  ModelError,
  type Problem,
  ProblemError,
  quoted,
} from '../diagnostics.js';
import { type Inference, infer } from '../infer/infer.js';
import { declaredShape, type Model, type Value } from '../ir/graph.js';
import { type Cut, missingOf, type OpenCut } from './closure.js';
import { cutGraph, listed } from './cut.js';
import { CutNames } from './cut-names.js';
import { DataFlow } from './data-flow.js';
import { keepPairsWhole } from './quantized-pairs.js';

export interface ExtractOptions {
  /**
   * Names of values that the part is fed, or of nodes for their outputs (default: those of the model's inputs that are
   * needed).
   */
  readonly from?: readonly string[] | undefined;
  /** Names of values that the part returns, or of nodes for their outputs (default: the model's outputs). */
  readonly to?: readonly string[] | undefined;
  /** Whether missing values become further inputs (default: false). */
  readonly auto?: boolean | undefined;
  /** The file that messages name. */
  readonly file?: string | undefined;
}

export interface Part {
  readonly model: Model;
  /** Values of the whole model at which the part begins, in the order of its inputs. */
  readonly from: readonly Value[];
  readonly to: readonly Value[];
  /** Those of `from` that were missing and that `auto` added. */
  readonly added: readonly Value[];
  /** Of the whole. */
  readonly inference: Inference;
  /** Notes on the cut; none of them is an error. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Cuts out the part that computes `to` from `from`.
 * @throws ModelError when a name is not found, or `from` does not reach `to`
 */
export function extractPart(model: Model, options: ExtractOptions): Part {
  const { file } = options;
  return placed(file, () => {
    const cutNames = new CutNames(model.graph);
    const find = (names: readonly string[] | undefined) => names?.flatMap((name) => cutNames.find(name));
    const { cut, notes } = keepPairsWhole(model.graph, { from: find(options.from), to: find(options.to) });
    const part = partAt(model, cut, { ...options, inference: infer(model.graph, { file }) });
    return { ...part, diagnostics: [...notes.map((problem) => diagnostic(problem, { file })), ...part.diagnostics] };
  });
}

export interface PartOptions extends Pick<ExtractOptions, 'auto' | 'file'> {
  /** Of the whole. */
  readonly inference: Inference;
}

const partTakesMore = defineProblem('US2108', { values: 'strings', words: 'string' }, ({ words }) => ({
  message: `the part also takes ${words}`,
}));

const inputUnread = defineProblem('US2106', { outputs: 'string', input: 'string' }, ({ outputs, input }) => ({
  message: `nothing on the way to ${outputs} reads ${quoted(input)}`,
  value: input,
  hint: 'it stays an input, as it was asked for',
}));

const partShapeUnknown = defineProblem('US2109', { value: 'string' }, ({ value }) => ({
  message: `the shape of ${quoted(value)} is not known, and the part does not declare it`,
  value,
  hint: 'runtimes load the part, onnx.checker refuses it; cut elsewhere, or have the file declare shapes in value_info',
}));

/**
 * The part between values of the model's graph.
 * @param cut (default for `from`: those of the model's inputs that are needed; for `to`: its outputs)
 * @throws ModelError when `from` does not reach `to`
 */
export function partAt(model: Model, ends: OpenCut, { auto = false, file, inference }: PartOptions): Part {
  const { graph } = model;
  const flow = new DataFlow(graph);
  const options = { flow, opset: model.opsets.get('') };
  const notes: Problem[] = [];
  return placed(file, () => {
    let cut: Cut = { from: distinct(ends.from ?? graph.inputs), to: distinct(ends.to ?? graph.outputs) };
    const added = (auto ? missingOf(flow, cut, inference)?.values : undefined) ?? [];
    cut = { ...cut, from: [...cut.from, ...added] };
    if (added.length > 0) notes.push(partTakesMore({ values: added.map(({ name }) => name), words: listed(added) }));
    let part = cutGraph(graph, cut, inference, options);
    const unread = unreadInputs(part, cut);
    if (ends.from === undefined && unread.size > 0) {
      cut = { ...cut, from: cut.from.filter((value) => !unread.has(value)) };
      part = cutGraph(graph, cut, inference, options);
    } else {
      for (const { name } of unread) {
        notes.push(inputUnread({ outputs: listed(part.outputs), input: name }));
      }
    }
    for (const value of new Set([...part.inputs, ...part.outputs])) {
      if (hasShape(value, inference)) continue;
      notes.push(partShapeUnknown({ value: value.name }));
    }
    const diagnostics = notes.map((problem) => diagnostic(problem, { file }));
    return { model: part === graph ? model : { ...model, graph: part }, ...cut, added, inference, diagnostics };
  });
}

/**
 * Inference of the part itself. Integers that it is fed as sizes have the values that the whole model computes, so
 * shapes that depend on them are expressions in the whole model's symbols.
 */
export function inferPart({ model, from, inference }: Part, file?: string): Inference {
  const { known } = inference;
  const inputValues = new Map(
    model.graph.inputs.flatMap(({ name }, i) => {
      const value = known.get(from[i]!);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return infer(model.graph, { file, inputValues });
}

/** Adds `file` to what `work` throws. */
function placed<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
    throw error;
  }
}

/** Sequences, maps and optionals have no shape. */
function hasShape(value: Value, { types }: Inference): boolean {
  return value.declared?.kind === 'other' || (declaredShape(value) ?? types.get(value)?.shape) !== undefined;
}

function distinct(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

/** Values of the whole model whose inputs nothing in the part reads. */
function unreadInputs(part: Model['graph'], { from }: Cut): Set<Value> {
  const read = new Set<Value>([...part.outputs, ...new DataFlow(part).reads.flat()]);
  return new Set(from.filter((_, i) => !read.has(part.inputs[i]!)));
}
