/** Constants, casts, and indices of OneHot. */
import { type ElementType, elementTypeFacts, isFloat } from '../../ir/element-type.js';
import { constantFromTensor, type Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { denseConstant as sparse } from '../../ir/sparse.js';
import { int64 } from '../../ir/tensor.js';
import { reals } from '../../ops/type-set.js';
import { boundary, type Draft, type Form, form, refuse, type Site } from '../form.js';

export function castTo(type: ElementType, from: Value, to: Value): Form {
  return form('Cast', [from], [to], { to: intAttribute(elementTypeFacts(type).code) });
}

/** `to` in place of the input whose type is wanted. */
function castLike(site: Site, draft: Draft): readonly Form[] {
  const { elementType } = site.knownType(site.needed('target_type'));
  const attributes = new Map([...draft.attributes, ['to', intAttribute(elementTypeFacts(elementType).code)]]);
  return [{ opType: 'Cast', inputs: [site.needed('input')], outputs: site.outputs, attributes }];
}

const isFloat8 = (type: ElementType) => isFloat(type) && elementTypeFacts(type).bits === 8;

/** From set 24 on infinities saturate in a Cast to a float of 8 bits; before, they become NaN or stay. */
function refuseFloat8(site: Site): undefined {
  const to = site.type(site.output)?.elementType;
  if (to === undefined || isFloat8(to)) refuse('infinities are cast to floats of 8 bits in another way from set 24 on');
}

/** A OneHot counts negative indices from the end from version 11 on, and has none for them before. */
function requireNoNegative(site: Site): undefined {
  const indices = site.needed('indices');
  const numbers = site.constant(indices);
  const isNatural =
    numbers === undefined
      ? ['ArgMax', 'ArgMin'].includes(site.around.producer(indices) ?? '')
      : Array.from(numbersOf(numbers)).every((index) => index >= 0);
  if (!isNatural) refuse(`'${indices.name}' might be negative, which means something else from set 11 on`);
}

const constantKinds = [
  ['value_float', 'float32', true],
  ['value_floats', 'float32', false],
  ['value_int', 'int64', true],
  ['value_ints', 'int64', false],
] as const;

/** Numbers as a tensor. */
function plainConstant(_site: Site, { attributes }: Draft): undefined {
  for (const [name, type, isScalar] of constantKinds) {
    const attribute = attributes.get(name);
    if (attribute === undefined) continue;
    const values = [attribute.value].flat() as (number | bigint)[];
    const dims = isScalar ? [] : [values.length];
    const tensor =
      type === 'int64' ? int64(dims, values) : tensorFromNumbers(type, dims, (values as number[]).map(Number));
    attributes.delete(name);
    attributes.set('value', { kind: 'tensor', value: constantFromTensor(tensor) });
  }
}

/** A sparse tensor as a dense one. */
function denseConstant(_site: Site, { attributes }: Draft): undefined {
  const attribute = attributes.get('sparse_value');
  if (attribute?.kind !== 'sparseTensor') return;
  attributes.delete('sparse_value');
  attributes.set('value', { kind: 'tensor', value: constantFromTensor(sparse(attribute.value).load()) });
}

/** Before version 9 there are Constants of floats alone, but initializers of every type. */
function storedConstant(site: Site): readonly Form[] | undefined {
  const { elementType } = site.knownType(site.output);
  if (reals.has(elementType, site.to)) return undefined;
  const tensor = site.constant(site.output);
  if (tensor === undefined) return refuse('its value is not known');
  return [form('Identity', [site.addConstant('value', tensor)], [site.output])];
}

export const typeBoundaries = [
  boundary('CastLike', 15, { down: castLike }),
  boundary(['Cast', 'CastLike'], 24, { up: refuseFloat8, down: refuseFloat8 }),
  boundary('Constant', 12, { down: plainConstant }),
  boundary('Constant', 11, { down: denseConstant }),
  boundary('Constant', 9, { down: storedConstant }),
  boundary('OneHot', 11, { up: requireNoNegative, down: requireNoNegative }),
];
