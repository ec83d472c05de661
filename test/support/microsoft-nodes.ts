/** Nodes with what onnxruntime computes: fixtures/microsoft/nodes.json, made by fixtures/export/microsoft.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ElementType } from '../../src/ir/element-type.js';
import type { Attribute } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { attributeOfKind } from './bare-node.js';
import { elementTypeOf } from './onnx-facts.js';
import type { OperatorCase } from './run-operator.js';
import { tensor } from './tensors.js';

type TensorFact = readonly [type: string, dims: readonly number[], elements: readonly number[]];

interface NodeFact {
  readonly operator: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes: Readonly<Record<string, readonly [kind: string, value: unknown]>>;
  readonly inputs: readonly (TensorFact | null)[];
  readonly outputs: readonly TensorFact[];
}

const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'microsoft', 'nodes.json');
const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as { readonly nodes: readonly NodeFact[] };

function typeOf(name: string): ElementType {
  const type = elementTypeOf(name);
  if (type === undefined) throw new Error(`an unknown type: ${name}`);
  return type;
}

function read([type, dims, elements]: TensorFact): Tensor {
  return tensor(typeOf(type), elements, [...dims]);
}

export interface MicrosoftNode extends OperatorCase {
  /** `QLinearAdd 2`. */
  readonly title: string;
  readonly expected: readonly Tensor[];
}

const seen = new Map<string, number>();

export const microsoftNodes: readonly MicrosoftNode[] = nodes.map(
  ({ operator, domain, opset, attributes, inputs, outputs }) => {
    const count = (seen.get(operator) ?? 0) + 1;
    seen.set(operator, count);
    return {
      title: `${operator} ${count}`,
      op: operator,
      domain: domain ?? 'com.microsoft',
      opset: opset ?? 1,
      inputs: inputs.map((input) => (input === null ? undefined : read(input))),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, [kind, value]]): [string, Attribute] => [
          name,
          attributeOfKind(kind, value)!,
        ]),
      ),
      outputs: outputs.length,
      expected: outputs.map(read),
    };
  },
);
