/** Reductions, softmax and orders. */

import type { Dim } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import type { Value } from '../../ir/graph.js';
import { intAttribute, intsAttribute } from '../../ir/graph-editor.js';
import { isConcrete, type Shape } from '../../ir/shape.js';
import { int64 } from '../../ir/tensor.js';
import { boundary, type Draft, type Form, form, refuse, type Site } from '../form.js';
import { fromFront, integersAt } from './movement.js';

const names = ['Sum', 'Mean', 'Prod', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'];
/** Those that leave a single element as it is. */
const plain = new Set(['ReduceSum', 'ReduceMean', 'ReduceProd', 'ReduceMax', 'ReduceMin']);

/** Without axes all are reduced in versions whose axes are an attribute. */
function reduceAll(site: Site, { attributes, inputs }: Draft): readonly Form[] | undefined {
  attributes.delete('noop_with_empty_axes');
  const axes = integersAt(site, 'axes');
  if (axes !== undefined && axes.length > 0) return undefined;
  inputs.delete('axes');
  if (!site.flag('noop_with_empty_axes')) return undefined;
  if (!plain.has(site.opType)) return refuse('it reduces no axis, and changes the elements all the same');
  return [form('Identity', [site.needed('data')], site.outputs)];
}

/** A softmax is over all axes from one on before version 13, and along one from then on. */
interface Softmaxed {
  readonly x: Value;
  readonly shape: Shape | undefined;
  /** From the front; from the end where the rank is not known. */
  readonly axis: number;
  /** Whether both meanings are the same. */
  readonly isLast: boolean;
}

function softmaxed(site: Site): Softmaxed {
  const x = site.needed('input');
  const { shape } = site.type(x) ?? {};
  const given = site.number('axis')!;
  const axis = shape === undefined ? given : fromFront([given], shape.length)[0]!;
  const isLast = shape === undefined ? axis === -1 : shape.slice(axis + 1).every((size) => size === 1);
  if (!isLast && shape === undefined) refuse(`the rank of '${x.name}' is not known, and axis counts from the front`);
  return { x, shape, axis, isLast };
}

function flattened(site: Site, { attributes }: Draft): readonly Form[] | undefined {
  const { x, shape = [], axis, isLast } = softmaxed(site);
  attributes.set('axis', intAttribute(axis));
  if (isLast) return undefined;
  const { elementType } = site.knownType(x);
  const rows: Dim[] = [shape.slice(0, axis), shape.slice(axis)].map(elementCountOf);
  const [flat, result] = ['flat', 'rows'].map((what) => site.addValue(what, { elementType, shape: rows })) as [
    Value,
    Value,
  ];
  const forms = [
    form('Flatten', [x], [flat], { axis: intAttribute(axis) }),
    form(site.opType, [flat], [result], { axis: intAttribute(-1) }),
  ];
  if (shape.includes(0)) return refuse('its input is empty, and a Reshape of sizes of 0 copies others');
  if (isConcrete(shape)) {
    const dims = site.addConstant('shape', int64([shape.length], shape));
    return [...forms, form('Reshape', [result, dims], site.outputs)];
  }
  const dims = site.addValue('shape', { elementType: 'int64', shape: [shape.length] });
  return [...forms, form('Shape', [x], [dims]), form('Reshape', [result, dims], site.outputs)];
}

function transposed(site: Site, { attributes }: Draft): readonly Form[] | undefined {
  const { x, shape = [], axis, isLast } = softmaxed(site);
  attributes.set('axis', intAttribute(axis));
  if (isLast) return undefined;
  const last = shape.length - 1;
  const order = Array.from(shape, (_, i) => (i === axis ? last : i === last ? axis : i));
  const perm = intsAttribute(order);
  const { elementType } = site.knownType(x);
  const swapped = { elementType, shape: order.map((from) => shape[from]!) };
  const [front, result] = ['swapped', 'along'].map((what) => site.addValue(what, swapped)) as [Value, Value];
  return [
    form('Transpose', [x], [front], { perm }),
    form(site.opType, [front], [result], { axis: intAttribute(last) }),
    form('Transpose', [result], site.outputs, { perm }),
  ];
}

/** Any order will do where none is asked for; before version 11 it is the descending one. */
function sort(_site: Site, { attributes }: Draft): undefined {
  attributes.delete('sorted');
}

export const reductionBoundaries = [
  boundary('ReduceSum', 13, { down: reduceAll }),
  boundary(
    names.slice(1).map((name) => `Reduce${name}`),
    18,
    { down: reduceAll },
  ),
  boundary(['Softmax', 'LogSoftmax', 'Hardmax'], 13, { up: flattened, down: transposed }),
  boundary('TopK', 11, { down: sort }),
];
