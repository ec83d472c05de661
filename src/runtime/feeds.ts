/** From tensors by name to tensors in the graph's order: checked against the inputs, symbols bound to their sizes. */
import { type Diagnostic, defineProblem, diagnostic, ModelError, type Problem } from '../diagnostics.js';
import { type Bindings, type Dim, symbolNameOf } from '../ir/dim.js';
import { declaredShape, type Graph, heldType, type Value } from '../ir/graph.js';
import { OptionalTensor, TensorSequence, typeOfTensor } from '../ir/sequence.js';
import { formatShape, formatType, innermostElement, type Shape, type TensorType } from '../ir/shape.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import type { SizeSolution } from './bind-sizes.js';
import { asDeclared } from './sequence-feed.js';
import { sizeEquations } from './sizes-part.js';

/** Sizes of the inputs, in the graph's order. */
export interface BoundSizes {
  readonly tensors: readonly { readonly dims: readonly number[] }[];
  /** The symbols of the inputs' shapes, with the sizes that the tensors have. */
  readonly bindings: Bindings;
}

export interface BoundFeeds extends BoundSizes {
  readonly tensors: readonly Tensor[];
  /** What was taken for another than it is, in words. */
  readonly notes: readonly string[];
}

interface Axis {
  readonly input: Value;
  readonly tensor: Tensor;
  readonly axis: number;
  readonly dim: Dim;
}

/**
 * A scalar may be fed as [1], as in onnxruntime. A symbol that inputs share by mistake, such as the sizes of a frame and of a
 * recurrent state, is bound to nothing where their tensors differ.
 * @param given sizes bound beforehand, by symbol
 * @throws ModelError naming every input that is missing, unknown, of the wrong type or of a size that does not fit
 * @throws NotLoaded where inputs have symbols, before `sizeEquations` is loaded
 */
export function bindFeeds(
  graph: Pick<Graph, 'inputs'>,
  feeds: ReadonlyMap<string, Tensor>,
  given: ReadonlyMap<string, number> = new Map(),
  file?: string,
): BoundFeeds {
  const axes: Axis[] = [];
  const problems: Problem[] = [];
  const notes: string[] = [];
  const names = new Set(graph.inputs.map((input) => input.name));
  for (const name of feeds.keys()) {
    if (!names.has(name)) {
      problems.push(noSuchInput({ input: name, inputs: [...names] }));
    }
  }
  const tensors: Tensor[] = [];
  for (const input of graph.inputs) {
    const fed = feeds.get(input.name);
    if (fed === undefined) {
      problems.push(missing(input));
      continue;
    }
    const isScalar = declaredShape(input)?.length === 0 && fed.dims.length === 1 && fed.size === 1;
    if (isScalar)
      notes.push(`the input '${input.name}' is a scalar, of shape []: the tensor of shape [1] is taken for one`);
    const tensor = isScalar ? fed.reshape([]) : asDeclared(input, fed);
    tensors.push(tensor);
    const problem = misfit(input, tensor);
    if (problem !== undefined) problems.push(problem);
    else {
      axes.push(...sizesOf(input).map((dim, axis) => ({ input, tensor, axis, dim })));
    }
  }
  const { sizes, conflicts } = solve(axes, given);
  const shared = new Set<string>();
  const tolerated: Problem[] = [];
  for (const { index, reason } of conflicts) {
    const at = axes[index]!;
    const { input, tensor, axis } = at;
    const name = sharedSymbol(at, axes);
    const problem = mismatch(input, tensor, { wrong: 'size', axis, reason });
    if (name === undefined || given.has(name)) problems.push(problem);
    else {
      shared.add(name);
      tolerated.push(problem);
      notes.push(
        `'${input.name}' has ${tensor.dims[axis]} at axis ${axis}, although ${reason}: it is taken for a size of its own`,
      );
    }
  }
  // Of feeds that are refused anyway, whatever does not fit may be what is wrong with them.
  if (problems.length > 0)
    throw new ModelError([...problems, ...tolerated].map((problem): Diagnostic => diagnostic(problem, { file })));
  return { tensors, bindings: new Map([...sizes].filter(([name]) => !shared.has(name))), notes };
}

/** Conflicts are by the index of the axis. */
function solve(axes: readonly Axis[], given: ReadonlyMap<string, number>): SizeSolution {
  const sizeOf = ({ tensor, axis }: Axis) => tensor.dims[axis]!;
  if (axes.every(({ dim }) => typeof dim === 'number')) {
    const conflicts = axes.flatMap((at, index) =>
      at.dim === sizeOf(at) ? [] : [{ index, reason: `the model is made for ${at.dim} there` }],
    );
    return { sizes: given, conflicts };
  }
  const equations = new sizeEquations.value.SizeEquations(given);
  for (const at of axes) equations.add(at.dim, sizeOf(at), `axis ${at.axis} of '${at.input.name}'`);
  return equations.solve();
}

/** The symbol that the axis is named by, where another input has an axis of that name and of another size. */
function sharedSymbol({ dim, input, tensor, axis }: Axis, axes: readonly Axis[]): string | undefined {
  const size = tensor.dims[axis];
  const other = axes.some((item) => item.input !== input && item.dim === dim && item.tensor.dims[item.axis] !== size);
  return other ? symbolNameOf(dim) : undefined;
}

const inputMissing = defineProblem('US2001', { input: 'string', type: 'string' }, ({ input, type }) => ({
  message: `the input '${input}' is not given`,
  value: input,
  expected: type,
}));

function missing(input: Value): Problem {
  const { declared } = input;
  const type = declared?.kind === 'tensor' ? formatType(declared) : 'a tensor';
  return inputMissing({ input: input.name, type });
}

function sizesOf({ declared }: Value): Shape {
  return (declared?.kind === 'tensor' ? declared.shape : undefined) ?? [];
}

const sequenceExpected = defineProblem(
  'US2003',
  { input: 'string', isSequence: 'boolean', type: 'string' },
  ({ input, isSequence, type }) => ({
    message: `the input '${input}' is ${isSequence ? 'a sequence of tensors' : 'one tensor'}`,
    value: input,
    expected: isSequence ? `a list of tensors of ${type}` : type,
    actual: isSequence ? 'one tensor' : 'a list of tensors',
  }),
);

const elementExpected = defineProblem('US2003', { input: 'string', type: 'string', actual: 'string' }, (data) => ({
  message: `the input '${data.input}' takes another value`,
  value: data.input,
  expected: data.type,
  actual: data.actual,
}));

/** What is wrong with an optional, or with what it holds. */
function optionalMisfit(input: string, type: TensorType | undefined, fed: OptionalTensor): Problem | undefined {
  const { element } = fed;
  const expected = type?.sequence?.isOptional === true ? type.sequence.element : undefined;
  const actual = element === undefined ? 'null' : formatType(typeOfTensor(element));
  const problem = elementExpected({ input, type: formatType(type), actual });
  if (expected === undefined) return type === undefined ? undefined : problem;
  if (element === undefined) return undefined;
  const isList = element instanceof TensorSequence;
  const isOfType = element.type === (innermostElement(expected) ?? element.type);
  const isRanked = isList || expected.shape === undefined || expected.shape.length === element.dims.length;
  return isList === (expected.sequence !== undefined) && isOfType && isRanked ? undefined : problem;
}

/** What is wrong with the type or the rank of a tensor for its input. */
function misfit(input: Value, tensor: Tensor): Problem | undefined {
  const { declared } = input;
  const held = declared && heldType(declared);
  if (tensor instanceof OptionalTensor) return optionalMisfit(input.name, held, tensor);
  const isList = tensor instanceof TensorSequence;
  const element = declared?.kind === 'other' ? declared.sequence : undefined;
  if (element !== undefined && isList && tensor.type === (element.elementType ?? tensor.type)) return undefined;
  if (element !== undefined)
    return sequenceExpected({ input: input.name, isSequence: true, type: element.elementType ?? 'any type' });
  if (isList && declared?.kind === 'tensor')
    return sequenceExpected({ input: input.name, isSequence: false, type: formatType(declared) });
  if (declared?.kind !== 'tensor') return undefined;
  if (declared.elementType !== undefined && declared.elementType !== tensor.type)
    return mismatch(input, tensor, { wrong: 'element type' });
  if (declared.shape !== undefined && declared.shape.length !== tensor.dims.length)
    return mismatch(input, tensor, { wrong: 'rank' });
  return undefined;
}

const noSuchInput = defineProblem('US2002', { input: 'string', inputs: 'strings' }, ({ input, inputs }) => ({
  message: `the model has no input '${input}'`,
  value: input,
  hint: `its inputs are ${inputs.join(', ')}`,
}));

const inputMismatch = defineProblem(
  'US2003',
  {
    input: 'string',
    wrong: ['element type', 'rank', 'size'],
    axis: 'integer?',
    size: 'integer?',
    expectedType: 'string?',
    expectedShape: 'shape?',
    type: 'string',
    shape: 'shape',
    reason: 'string?',
  },
  ({ input, wrong, axis, size, expectedType, expectedShape, type, shape, reason }) => ({
    message: `the data for the input '${input}' has the wrong ${wrong}${axis === undefined || size === undefined ? '' : ` at axis ${axis}: ${size}`}`,
    value: input,
    expected: `${expectedType ?? '?'}${formatShape(expectedShape)}`,
    actual: `${type}${formatShape(shape)}`,
    hint: reason,
  }),
);

interface Mismatch {
  readonly wrong: 'element type' | 'rank' | 'size';
  readonly axis?: number;
  /** Why the size cannot be. */
  readonly reason?: string;
}

function mismatch({ name, declared }: Value, { type, dims }: Tensor, { wrong, axis, reason }: Mismatch): Problem {
  const expected = declared?.kind === 'tensor' ? declared : undefined;
  return inputMismatch({
    input: name,
    wrong,
    axis,
    size: axis === undefined ? undefined : dims[axis],
    expectedType: expected?.elementType,
    expectedShape: expected?.shape,
    type,
    shape: dims,
    reason,
  });
}

const feedTakenAway = defineProblem('US2003', { input: 'string', elements: 'integer' }, ({ input, elements }) => ({
  message: `the data for the input '${input}' was transferred before the run ended`,
  value: input,
  expected: `${elements} elements, until the run ends`,
  actual: 'a buffer that was transferred',
  hint: 'transfer a copy, or wait for the run',
}));

function tensorsIn(tensor: Tensor): readonly Tensor[] {
  return tensor instanceof TensorSequence ? tensor.tensors.flatMap(tensorsIn) : [tensor];
}

/** @throws ModelError US2003 for data whose buffer was transferred since the feeds were bound */
export function requireFeeds(inputs: readonly Value[], tensors: readonly Tensor[], file: string | undefined): void {
  for (const [i, tensor] of tensors.entries()) {
    for (const { dims, data } of tensorsIn(tensor)) {
      const elements = elementCount(dims);
      if (data.length === elements) continue;
      throw new ModelError([diagnostic(feedTakenAway({ input: inputs[i]?.name ?? String(i), elements }), { file })]);
    }
  }
}
