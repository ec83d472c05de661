/** A graph as text, one line for each node, and as data. */

import { printable } from '../diagnostics/printable.js';
import type { Attribute, Graph, Node, Value } from '../ir/graph.js';
import { formatShape, formatType, type TensorType } from '../ir/shape.js';

export interface GraphLine {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** Types of the outputs; null if unknown. */
  readonly types: readonly (string | null)[];
}

type Types = ReadonlyMap<Value, TensorType>;

export function graphLines({ nodes }: Graph, types: Types): GraphLine[] {
  return nodes.map((node) => ({
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    inputs: node.inputs.map((value) => value?.name ?? ''),
    outputs: node.outputs.map((value) => value?.name ?? ''),
    attributes: Object.fromEntries([...node.attributes].map(([name, attribute]) => [name, shortText(attribute)])),
    types: node.outputs.map((value) => typeText(value, types)),
  }));
}

/** `y = Conv(x, w) {pads: 1, 1, 1, 1} → float32[1, 8, 64, 64]` */
export function renderGraph(graph: Graph, types: Types): string[] {
  return graphLines(graph, types).map(({ opType, domain, inputs, outputs, attributes, types: made }) => {
    const operator = domain === '' ? opType : `${domain}.${opType}`;
    const settings = Object.entries(attributes).map(([name, text]) => `${name}: ${text}`);
    const braces = settings.length === 0 ? '' : ` {${settings.join('; ')}}`;
    const arrow = made.map((type) => type ?? '?').join(', ');
    return printable(`${outputs.join(', ')} = ${operator}(${inputs.join(', ')})${braces} → ${arrow}`);
  });
}

function typeText(value: Node['outputs'][number], types: Types): string | null {
  const type = value && types.get(value);
  if (type === undefined) return null;
  if (type.sequence !== undefined) return formatType(type);
  return `${type.elementType ?? '?'}${type.shape === undefined ? '' : formatShape(type.shape)}`;
}

const longestList = 8;

function shortText(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'float':
    case 'int':
      return String(attribute.value);
    case 'string':
      return new TextDecoder().decode(attribute.value);
    case 'floats':
    case 'ints':
      return attribute.value.length <= longestList
        ? attribute.value.join(', ')
        : `${attribute.value.slice(0, longestList).join(', ')}, … (${attribute.value.length})`;
    case 'tensor':
      return `${attribute.value.type}${formatShape(attribute.value.dims)}`;
    case 'graph':
      return `a graph of ${attribute.value.nodes.length} nodes`;
    default:
      return attribute.kind;
  }
}
