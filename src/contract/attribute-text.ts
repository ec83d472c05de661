/** Attributes and small constants as text, for comparing and showing. */
import { type Attribute, type Constant, constantFromTensor, type Node } from '../ir/graph.js';
import { numbersOf } from '../ir/numeric.js';
import { float32, int64 } from '../ir/tensor.js';
import { findOperator } from '../ops/registry.js';
import { sinceVersion } from '../ops/since-version.js';
import { operatorName } from './align.js';

/**
 * Constants up to this many elements are settings (pads, axes, sizes), which are compared by value, not only by shape.
 */
const maxShown = 16;

const utf8 = new TextDecoder();

/** The constant of a Constant node, if it is numeric. */
export function constantOf(node: Node): Constant | undefined {
  if (operatorName(node) !== 'Constant') return undefined;
  const [, attribute] = [...node.attributes][0] ?? [];
  switch (attribute?.kind) {
    case 'tensor':
      return attribute.value;
    case 'int':
      return constantFromTensor(int64([], [attribute.value]));
    case 'ints':
      return constantFromTensor(int64([attribute.value.length], attribute.value));
    case 'float':
      return constantFromTensor(float32([], [attribute.value]));
    case 'floats':
      return constantFromTensor(float32([attribute.value.length], attribute.value));
    default:
      return undefined;
  }
}

/** The node's attributes by name, without subgraphs. Absent ones have their defaults and are marked as such. */
export function attributeTexts(node: Node): Map<string, { readonly text: string; readonly isDefault: boolean }> {
  const texts = new Map<string, { readonly text: string; readonly isDefault: boolean }>();
  const operator = findOperator(node);
  if (operator !== undefined) {
    const version = sinceVersion(operator.versions, node.opset);
    for (const [name, spec] of Object.entries(operator.attributes)) {
      if (spec.isRequiredIn(version) || !spec.existsIn(version)) continue;
      const fallback: unknown = spec.defaultIn(version);
      if (fallback !== undefined) texts.set(name, { text: valueText(fallback), isDefault: true });
    }
  }
  for (const [name, attribute] of node.attributes) {
    const text = attributeText(attribute);
    if (text !== undefined) texts.set(name, { text, isDefault: false });
  }
  return texts;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

function attributeText({ kind, value }: Attribute): string | undefined {
  switch (kind) {
    case 'graph':
    case 'graphs':
      return undefined;
    case 'string':
      return utf8.decode(value);
    case 'strings':
      return valueText(value.map((bytes) => utf8.decode(bytes)));
    case 'tensor':
      return constantText(value);
    case 'tensors':
      return `[${value.map(constantText).join(', ')}]`;
    case 'sparseTensor':
    case 'sparseTensors':
    case 'type':
    case 'types':
      return kind;
    default:
      return valueText(value);
  }
}

/** The element of lists that are left out; the list has one element for each axis of the operator. */
const neutral: ReadonlyMap<string, string> = new Map(
  Object.entries({ strides: '1', dilations: '1', pads: '0', output_padding: '0' }),
);

/** Whether the attribute means the same as an absent one. */
export function isNeutral(name: string, text: string): boolean {
  const element = neutral.get(name);
  return (
    element !== undefined &&
    /^\[[\d, ]*\]$/.test(text) &&
    text
      .slice(1, -1)
      .split(', ')
      .every((item) => item === element)
  );
}

/** `float32[64, 3, 7, 7]`; of a small constant its elements, `[1, 2]`. */
export function constantText(constant: Constant): string {
  return settingText(constant) ?? `${constant.type}[${constant.dims.join(', ')}]`;
}

/** The elements of a small constant; undefined for weights. */
export function settingText(constant: Constant): string | undefined {
  const count = constant.dims.reduce((product, dim) => product * dim, 1);
  const isSetting =
    constant.type === 'int64' || constant.type === 'int32' || constant.type === 'bool' || constant.dims.length === 0;
  if (!isSetting || count > maxShown || constant.storage === 'external') return undefined;
  const tensor = constant.load();
  if (tensor.type === 'string') return undefined;
  const texts = Array.from(numbersOf(tensor), String);
  return constant.dims.length === 0 ? texts[0] : `[${texts.join(', ')}]`;
}
