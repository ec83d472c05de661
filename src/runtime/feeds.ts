/** From tensors by name to tensors in the graph's order: checked against the inputs, symbols bound to their sizes. */
import { type Diagnostic, diagnostic, ModelError, type Problem, ProblemError } from '../diagnostics.js';
import { type Bindings, type Dim, divideExact, formatDim, sub, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Value } from '../ir/graph.js';
import { formatShape, formatType } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { denseTensor, type TensorLike } from './tensor.js';

/** A tensor for each input by name, in an object or a Map. */
export type Feeds = Readonly<Record<string, TensorLike>> | ReadonlyMap<string, TensorLike>;

/**
 * The engine's tensors over the elements of what is fed.
 * @throws TypeError for what is no object or Map; ModelError for values that are no tensors
 */
export function feedsByName(feeds: Feeds, file?: string): Map<string, Tensor> {
  const isTensor = typeof feeds === 'object' && feeds !== null && 'dims' in feeds && 'data' in feeds && 'type' in feeds;
  if (typeof feeds !== 'object' || feeds === null || Array.isArray(feeds) || isTensor)
    throw new TypeError('feeds are an object or a Map with a tensor for each input, by name');
  const problems: Problem[] = [];
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of feeds instanceof Map ? feeds : Object.entries(feeds)) {
    // As good as not there: it is reported as missing.
    if (tensor === undefined) continue;
    try {
      tensors.set(name, denseTensor(tensor, name));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(error.problem);
    }
  }
  if (problems.length > 0) throw new ModelError(problems.map((problem) => diagnostic(problem, { file })));
  return tensors;
}

export interface BoundFeeds {
  /** One an input, in the graph's order. */
  readonly tensors: readonly Tensor[];
  /** The symbols of the inputs' shapes, with the sizes that the tensors have. */
  readonly bindings: Bindings;
}

/** Where a symbol got its size, for messages. */
interface Binding {
  readonly size: number;
  readonly source: string;
}

/**
 * @param given sizes bound beforehand, by symbol
 * @throws ModelError naming every input that is missing, unknown, of the wrong type or of a size that does not fit
 */
export function bindFeeds(
  graph: Pick<Graph, 'inputs'>,
  feeds: ReadonlyMap<string, Tensor>,
  given: ReadonlyMap<string, number> = new Map(),
  file?: string,
): BoundFeeds {
  const bound = new Map<string, Binding>([...given].map(([name, size]) => [name, { size, source: 'the sizes given' }]));
  const problems: Problem[] = [];
  const names = new Set(graph.inputs.map((input) => input.name));
  for (const name of feeds.keys()) {
    if (!names.has(name)) {
      problems.push({
        code: 'US2002',
        message: `the model has no input '${name}'`,
        value: name,
        hint: `its inputs are ${[...names].join(', ')}`,
      });
    }
  }
  const tensors: Tensor[] = [];
  for (const input of graph.inputs) {
    const tensor = feeds.get(input.name);
    if (tensor === undefined) problems.push(missing(input));
    else {
      tensors.push(tensor);
      problems.push(...fitInput(input, tensor, bound));
    }
  }
  if (problems.length > 0) throw new ModelError(problems.map((problem): Diagnostic => diagnostic(problem, { file })));
  return { tensors, bindings: new Map([...bound].map(([name, { size }]) => [name, size])) };
}

function missing(input: Value): Problem {
  const { declared } = input;
  const type = declared?.kind === 'tensor' ? formatType(declared) : 'a tensor';
  return { code: 'US2001', message: `the input '${input.name}' is not given`, value: input.name, expected: type };
}

/** Checks a tensor against its input, and binds the symbols that its sizes determine. */
function fitInput(input: Value, tensor: Tensor, bound: Map<string, Binding>): Problem[] {
  const { declared } = input;
  if (declared?.kind !== 'tensor') return [];
  const mismatch = (message: string, hint?: string): Problem => ({
    code: 'US2003',
    message,
    value: input.name,
    expected: formatType(declared),
    actual: `${tensor.type}${formatShape(tensor.dims)}`,
    hint,
  });
  if (declared.elementType !== undefined && declared.elementType !== tensor.type)
    return [mismatch(`the data for the input '${input.name}' has the wrong element type`)];
  if (declared.shape === undefined) return [];
  if (declared.shape.length !== tensor.dims.length)
    return [mismatch(`the data for the input '${input.name}' has the wrong rank`)];
  const problems: Problem[] = [];
  declared.shape.forEach((dim, axis) => {
    const size = tensor.dims[axis]!;
    const source = `axis ${axis} of '${input.name}'`;
    const conflict = bindDim(dim, size, source, bound);
    if (conflict !== undefined) {
      problems.push(
        mismatch(`the data for the input '${input.name}' has the wrong size at axis ${axis}: ${size}`, conflict),
      );
    }
  });
  return problems;
}

/** Makes `dim` equal `size`; says what is in the way when it cannot be. */
function bindDim(dim: Dim, size: number, source: string, bound: Map<string, Binding>): string | undefined {
  const rest = substitute(dim, new Map([...bound].map(([name, binding]) => [name, binding.size])));
  if (rest === size) return undefined;
  if (typeof rest === 'number') {
    const reasons = [...symbolsOf(dim).keys()].map(
      (name) => `${name} = ${bound.get(name)?.size} comes from ${bound.get(name)?.source}`,
    );
    return reasons.length === 0 ? `the model is made for ${formatDim(dim)} there` : reasons.join('; ');
  }
  const solved = solveLinear(rest, size);
  if (solved === undefined) return `${formatDim(dim)} cannot be ${size}`;
  bound.set(solved.name, { size: solved.value, source });
  return undefined;
}

/** The value of the only symbol in `dim`, a·symbol + b, that makes it `size`. */
function solveLinear(dim: Dim, size: number): { readonly name: string; readonly value: number } | undefined {
  const [name, ...others] = symbolsOf(dim).keys();
  if (name === undefined || others.length > 0) return undefined;
  const offset = substitute(dim, new Map([[name, 0]]));
  const slope = sub(substitute(dim, new Map([[name, 1]])), offset);
  if (typeof slope !== 'number' || slope === 0) return undefined;
  const value = divideExact(sub(size, offset), slope);
  if (typeof value !== 'number' || value < 0 || !Number.isInteger(value)) return undefined;
  return substitute(dim, new Map([[name, value]])) === size ? { name, value } : undefined;
}
