/** A legal node of an operator that is compiled, with one thing or a few changed: what gets past the first checks. */

import { elementTypeFacts } from '../../src/ir/element-type.js';
import { Tensor } from '../../src/ir/tensor.js';
import type { OperatorSchema } from '../../src/ops/operator.js';
import { nodeCase } from '../lower/nodes/node-case.js';
import { Random } from '../lower/nodes/random.js';
import { attributeOf } from '../support/run-operator.js';
import { declaredAs } from './any-node.js';
import { anyInteger, anyNumber, anyTensor, anyType, otherDims } from './random-values.js';
import type { SoakAttribute, SoakInput, SoakNode } from './soak-node.js';

export function changedNode(schema: OperatorSchema, version: number, seed: number): SoakNode {
  const random = new Random(seed);
  let node = legalNode(random, schema, version, seed);
  for (let changes = random.int(1, 2); changes > 0; changes--) node = changed(random, node);
  return node;
}

function legalNode(random: Random, schema: OperatorSchema, version: number, seed: number): SoakNode {
  const { op, opset, inputs, outputs = 1, attributes = {}, fed } = nodeCase(schema, version, seed);
  return {
    op,
    domain: schema.domain ?? '',
    opset,
    inputs: inputs.map(
      (tensor, i) =>
        tensor && {
          name: `x${i}`,
          type: tensor.type,
          tensor,
          declared: random.chance(0.5) ? tensor.dims : declaredAs(random, tensor.dims),
          isConstant: !fed.has(i),
        },
    ),
    outputs: random.list(outputs, (i) => `y${i}`),
    attributes: new Map(
      Object.entries(attributes).flatMap(([name, value]): [string, SoakAttribute][] => {
        if (value instanceof Tensor) return [[name, { kind: 'tensor', value }]];
        const attribute = attributeOf(value);
        return attribute.kind === 'graph' || attribute.kind === 'tensor' ? [] : [[name, attribute]];
      }),
    ),
  };
}

function changed(random: Random, node: SoakNode): SoakNode {
  const names = [...node.attributes.keys()];
  if (names.length > 0 && random.chance(0.5)) {
    const attributes = new Map(node.attributes);
    const name = random.pick(names);
    const other = random.chance(0.1) ? undefined : otherAttribute(random, attributes.get(name)!);
    if (other === undefined) attributes.delete(name);
    else attributes.set(name, other);
    return { ...node, attributes };
  }
  if (random.chance(0.1))
    return { ...node, outputs: random.list(random.int(0, node.outputs.length + 1), (i) => `y${i}`) };
  if (node.inputs.length === 0) return node;
  const place = random.int(0, node.inputs.length - 1);
  const inputs = node.inputs.map((input, i) =>
    i === place && input !== undefined ? otherInput(random, input) : input,
  );
  return { ...node, inputs };
}

function otherInput(random: Random, input: SoakInput): SoakInput | undefined {
  const dims = input.tensor?.dims ?? [];
  switch (random.int(0, 6)) {
    case 0:
      return undefined;
    case 1: {
      const type = anyType(random);
      return {
        ...input,
        type,
        tensor: anyTensor(random, type, dims, 0),
        isConstant: input.isConstant && elementTypeFacts(type).kind !== 'complex',
      };
    }
    case 2:
      return { ...input, isConstant: !input.isConstant };
    case 3:
      return { ...input, declared: declaredAs(random, dims) };
    case 4:
      return { ...input, tensor: anyTensor(random, input.type, dims, 0.3) };
    default: {
      const other = otherDims(random, dims);
      return {
        ...input,
        tensor: anyTensor(random, input.type, other, 0),
        declared: random.chance(0.5) ? input.declared && other : undefined,
      };
    }
  }
}

function otherAttribute(random: Random, attribute: SoakAttribute): SoakAttribute | undefined {
  switch (attribute.kind) {
    case 'int':
      return { ...attribute, value: anyInteger(random, 0.4) };
    case 'float':
      return { ...attribute, value: anyNumber(random, 0.6) };
    case 'ints': {
      const value = [...attribute.value];
      const place = random.int(0, Math.max(0, value.length - 1));
      const way = random.int(0, 2);
      if (way === 0) value.splice(place, 1);
      else if (way === 1) value.splice(place, 0, anyInteger(random, 0));
      else value[place] = anyInteger(random, 0.4);
      return { ...attribute, value };
    }
    case 'floats':
      return { ...attribute, value: attribute.value.slice(1) };
    default:
      return undefined;
  }
}
