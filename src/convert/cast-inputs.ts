/** Constants in the element type that their operator takes. */
import { ProblemError } from '../diagnostics.js';
import { type ElementType, elementTypeFacts, isFloat, isInteger } from '../ir/element-type.js';
import type { Node, Value } from '../ir/graph.js';
import { intAttribute } from '../ir/graph-editor.js';
import { numbersOf } from '../ir/numeric.js';
import type { Tensor } from '../ir/tensor.js';
import { bind } from '../ops/bind.js';
import { convertTensor } from '../ops/elementwise/conversion.js';
import type { BoundOperator } from '../ops/operator.js';
import { formalAt, formalsIn } from '../ops/signature.js';
import type { Surroundings } from './form.js';

export interface CastNode {
  /** The nodes to put in its place: Casts of what a run computes, then the node. */
  readonly nodes: readonly Node[];
  /** What was cast, in words. */
  readonly texts: readonly string[];
}

interface Misfit {
  readonly place: number;
  readonly value: Value;
  readonly from: ElementType;
  readonly to: ElementType;
  /** Whether the version takes no other type there, so that what a run computes can be cast as well. */
  readonly isOnly: boolean;
}

/**
 * The node with its constants cast to the types that its operator takes: the one type that there is, or the type of the
 * other inputs. Undefined if nothing is to be cast, or can be without losing anything but the last bits of floats.
 */
export function castInputs(node: Node, around: Surroundings): CastNode | undefined {
  const misfits = misfitsOf(node, around);
  if (misfits.length === 0) return undefined;
  const inputs = [...node.inputs];
  const casts: Node[] = [];
  const texts: string[] = [];
  for (const { place, value, from, to, isOnly } of misfits) {
    const tensor = around.stored(value);
    const cast = tensor && castTensor(tensor, to);
    if (cast !== undefined) inputs[place] = around.addConstant(`${value.name}_${to}`, cast);
    else if (tensor === undefined && isOnly && isWidening(from, to)) {
      const shape = around.typeOf(value)?.shape;
      const output = around.addValue(`${value.name}_${to}`, { elementType: to, shape });
      inputs[place] = output;
      casts.push(castNode(node, value, output, to));
    } else continue;
    texts.push(`'${value.name}' ${from} → ${to}${cast === undefined || isExact(tensor, cast) ? '' : ', rounded'}`);
  }
  return texts.length === 0 ? undefined : { nodes: [...casts, { ...node, inputs }], texts };
}

function misfitsOf(node: Node, around: Surroundings): Misfit[] {
  let bound: BoundOperator | undefined;
  try {
    bound = bind(node);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  if (bound === undefined) return [];
  const { operator, version } = bound;
  const formals = formalsIn(operator.inputs, version);
  const given = node.inputs.flatMap((value, place) => {
    const from = value && around.typeOf(value)?.elementType;
    const formal = formalAt(formals, place);
    if (value === undefined || from === undefined || formal === undefined || formal.isMixed) return [];
    return [{ place, value, from, type: formal.typeIn(version) }];
  });
  // Of each type variable, once: a node may have any number of inputs.
  const byVariable = new Map<string, { readonly types: Set<ElementType>; readonly decided: Set<ElementType> }>();
  for (const { value, from, type } of given) {
    if (typeof type !== 'string') continue;
    const known = byVariable.get(type) ?? { types: new Set(), decided: new Set() };
    byVariable.set(type, known);
    known.types.add(from);
    // The type of what a run computes decides, as that cannot be cast without a node.
    if (!known.decided.has(from) && around.stored(value) === undefined) known.decided.add(from);
  }
  return given.flatMap(({ place, value, from, type }): Misfit[] => {
    const set = typeof type === 'string' ? operator.types?.[type] : type;
    const allowed = set?.list(version);
    const others = typeof type === 'string' ? byVariable.get(type) : undefined;
    const [first, ...rest] = others?.decided ?? [];
    const to =
      first !== undefined && rest.length === 0 && allowed?.includes(first) !== false
        ? first
        : allowed?.includes(from) === false
          ? preferred(from, allowed)
          : [...(others?.types ?? [])].find((item) => allowed?.includes(item) !== false);
    if (to === undefined || to === from || rest.length > 0) return [];
    return [{ place, value, from, to, isOnly: allowed?.length === 1 }];
  });
}

/** The type of `allowed` that is most like `from`. */
function preferred(from: ElementType, allowed: readonly ElementType[]): ElementType | undefined {
  if (allowed.length === 1) return allowed[0];
  const like = isInteger(from) ? ['int64', 'int32'] : ['float32', 'float64'];
  return allowed.find((type) => like.includes(type));
}

/** Undefined if an integer would change, or a finite number become infinite. */
function castTensor(tensor: Tensor, to: ElementType): Tensor | undefined {
  const isNumber = (type: ElementType) => isFloat(type) || isInteger(type);
  if (!isNumber(tensor.type) || !isNumber(to)) return undefined;
  const cast = convertTensor(tensor, to);
  if (!isFloat(tensor.type) || !isFloat(to)) return isExact(tensor, cast) ? cast : undefined;
  const [before, after] = [numbersOf(tensor), numbersOf(cast)];
  return before.every((value, i) => Number.isFinite(value) === Number.isFinite(after[i])) ? cast : undefined;
}

function isExact(tensor: Tensor | undefined, cast: Tensor): boolean {
  if (tensor === undefined) return true;
  const back = convertTensor(cast, tensor.type);
  const [before, after] = [tensor.data, back.data];
  return Array.from(before as ArrayLike<unknown>).every((value, i) => Object.is(value, after[i]));
}

function isWidening(from: ElementType, to: ElementType): boolean {
  if (isInteger(from) && to === 'int64') return from !== 'uint64';
  return (from === 'float16' || from === 'bfloat16') && to === 'float32';
}

function castNode(node: Node, from: Value, output: Value, to: ElementType): Node {
  const { kept: _, ...rest } = node;
  return {
    ...rest,
    name: node.name === '' ? '' : `${node.name}/Cast`,
    opType: 'Cast',
    inputs: [from],
    outputs: [output],
    attributes: new Map([['to', intAttribute(elementTypeFacts(to).code)]]),
    metadata: new Map(),
  };
}
