/** Nodes that may be wrong in any way, as models: what a soak feeds to the checker and to both executors. */
import { type ElementType, elementTypeFacts } from '../../src/ir/element-type.js';
import type { Attribute } from '../../src/ir/graph.js';
import { numbersOf } from '../../src/ir/numeric.js';
import type { Tensor } from '../../src/ir/tensor.js';
import type { AttributeProtoLike, GraphProtoLike, TensorProtoLike } from '../../src/onnx/proto.js';
import { type Dims, encodeCurrent, tensorProto, tensorTypeProto } from '../support/model.js';

export interface SoakInput {
  readonly name: string;
  /** The type as a graph declares it. */
  readonly type: ElementType;
  /** The shape as a graph declares it; undefined for none. */
  readonly declared: Dims | undefined;
  /** What it holds; undefined for types that have no arrays. */
  readonly tensor: Tensor | undefined;
  readonly isConstant: boolean;
}

export type SoakAttribute = Exclude<Attribute, { readonly kind: 'graph' | 'tensor' }> | SoakGraph | SoakTensor;

interface SoakGraph {
  readonly kind: 'graph';
  readonly value: GraphProtoLike;
}

interface SoakTensor {
  readonly kind: 'tensor';
  readonly value: Tensor;
}

export interface SoakNode {
  readonly op: string;
  readonly domain: string;
  readonly opset: number;
  /** undefined where an input is left empty. */
  readonly inputs: readonly (SoakInput | undefined)[];
  /** An empty name is an output that is not wanted. */
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, SoakAttribute>;
}

/** The node as the only one of a model. Outputs are not declared. */
export function modelOfNode(node: SoakNode): Uint8Array {
  const inputs = node.inputs.filter((input) => input !== undefined);
  const wanted = node.outputs.filter((name) => name !== '');
  return encodeCurrent({
    irVersion: 10,
    producerName: 'soak',
    opsetImport: [
      { domain: '', version: node.domain === '' ? node.opset : 22 },
      ...(node.domain === '' ? [] : [{ domain: node.domain, version: node.opset }]),
    ],
    graph: {
      name: 'soak',
      node: [
        {
          opType: node.op,
          domain: node.domain,
          name: 'node',
          input: node.inputs.map((input) => input?.name ?? ''),
          output: node.outputs,
          attribute: [...node.attributes].map(([name, attribute]) => attributeProto(name, attribute)),
        },
      ],
      input: inputs
        .filter(({ isConstant }) => !isConstant)
        .map(({ name, type, declared }) => ({ name, type: tensorTypeProto(declared, type) })),
      output: wanted.map((name) => ({ name })),
      initializer: inputs.flatMap(({ isConstant, name, tensor }) =>
        isConstant && tensor !== undefined ? [initializerProto(name, tensor)] : [],
      ),
    },
  });
}

/** What the model is fed; undefined where an input has a type without arrays. */
export function feedsOfNode({ inputs }: SoakNode): ReadonlyMap<string, Tensor> | undefined {
  const feeds = new Map<string, Tensor>();
  for (const input of inputs) {
    if (input === undefined || input.isConstant) continue;
    if (input.tensor === undefined) return undefined;
    feeds.set(input.name, input.tensor);
  }
  return feeds;
}

/** Elements below a byte are packed from the lowest bits up. */
function initializerProto(name: string, tensor: Tensor): TensorProtoLike {
  const { bits, code } = elementTypeFacts(tensor.type);
  if (bits === 0 || bits >= 8) return tensorProto(name, tensor);
  const perByte = 8 / bits;
  const rawData = new Uint8Array(Math.ceil(tensor.size / perByte));
  tensor.data.forEach((element, i) => {
    rawData[Math.floor(i / perByte)]! |= (Number(element) & (2 ** bits - 1)) << (bits * (i % perByte));
  });
  return { name, dims: tensor.dims, dataType: code, rawData };
}

function attributeProto(name: string, attribute: SoakAttribute): AttributeProtoLike {
  switch (attribute.kind) {
    case 'float':
      return { name, type: 1, f: attribute.value };
    case 'int':
      return { name, type: 2, i: String(attribute.value) };
    case 'string':
      return { name, type: 3, s: attribute.value };
    case 'tensor':
      return { name, type: 4, t: initializerProto('', attribute.value) };
    case 'graph':
      return { name, type: 5, g: attribute.value };
    case 'floats':
      return { name, type: 6, floats: attribute.value };
    case 'ints':
      return { name, type: 7, ints: attribute.value.map(String) };
    case 'strings':
      return { name, type: 8, strings: attribute.value };
    default:
      throw new TypeError(`a soak writes no attributes of kind ${attribute.kind}`);
  }
}

/** A node as text, to be read in a report; the seed makes it again. */
export function describeNode({ op, domain, opset, inputs, outputs, attributes }: SoakNode): string {
  const values = inputs.map((input) => (input === undefined ? '—' : describeInput(input)));
  const settings = [...attributes].map(([name, attribute]) => `${name} = ${describeAttribute(attribute)}`);
  const type = domain === '' ? op : `${domain}.${op}`;
  return `${type} (operator set ${opset}) of ${values.join(', ')} with ${settings.join(', ') || 'no attributes'}, ${outputs.length} outputs`;
}

function describeInput({ type, declared, tensor, isConstant }: SoakInput): string {
  const shape = declared === undefined ? '' : `[${declared.map((dim) => dim ?? '?').join(', ')}]`;
  if (tensor === undefined) return `${type}${shape}`;
  const elements = tensor.size > 8 ? '' : ` = ${elementsOf(tensor)}`;
  const held = isConstant ? '' : ` fed [${tensor.dims.join(', ')}]`;
  return `${isConstant ? 'constant ' : ''}${type}${isConstant ? `[${tensor.dims.join(', ')}]` : shape}${held}${elements}`;
}

function elementsOf(tensor: Tensor): string {
  if (tensor.type === 'int64' || tensor.type === 'uint64' || tensor.type === 'string') return tensor.data.join(' ');
  return Array.from(numbersOf(tensor)).join(' ');
}

function describeAttribute(attribute: SoakAttribute): string {
  switch (attribute.kind) {
    case 'string':
      return new TextDecoder().decode(attribute.value);
    case 'strings':
      return `[${attribute.value.map((item) => new TextDecoder().decode(item)).join(', ')}]`;
    case 'tensor':
      return `${attribute.value.type}[${attribute.value.dims.join(', ')}]`;
    case 'graph': {
      const { input, output, node } = attribute.value;
      return `a graph of ${node?.length ?? 0} nodes, ${input?.length ?? 0} inputs and ${output?.length ?? 0} outputs`;
    }
    case 'ints':
    case 'floats':
      return `[${attribute.value.join(', ')}]`;
    default:
      return String(attribute.value);
  }
}
