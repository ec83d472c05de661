/** Graphs that compute with sizes, as exporters write them, with numbers at the edges: what follows symbols must not fall over. */

import { float32, int64, type Tensor } from '../../src/ir/tensor.js';
import type { NodeProtoLike, TensorProtoLike } from '../../src/onnx/proto.js';
import type { Random } from '../lower/nodes/random.js';
import { encodeCurrent, graphProto, nodeProto, tensorProto, tensorTypeProto } from '../support/model.js';
import { anyInteger } from './random-values.js';

export interface ShapeModel {
  readonly bytes: Uint8Array;
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly text: string;
}

const binary = ['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min', 'Pow'];
const unary = ['Neg', 'Abs', 'Identity', 'Sign', 'ReduceProd', 'ReduceSum', 'ReduceMax', 'Shape', 'Size'];

export function shapeModel(random: Random): ShapeModel {
  const rank = random.int(1, 4);
  const sizes = random.list(rank, () => random.int(0, 5));
  const nodes: NodeProtoLike[] = [nodeProto('Shape', 'x', 'shape')];
  const constants: TensorProtoLike[] = [];
  const constant = (tensor: Tensor): string => {
    const name = `k${constants.length}`;
    constants.push(tensorProto(name, tensor));
    return name;
  };
  const numbers = (count: number, edges = 0.4) =>
    constant(
      int64(
        [count],
        random.list(count, () => anyInteger(random, edges)),
      ),
    );
  const values = ['shape'];
  const add = (op: string, inputs: string, attributes: Parameters<typeof nodeProto>[3] = {}): string => {
    const name = `v${nodes.length}`;
    nodes.push(nodeProto(op, inputs, name, attributes));
    return name;
  };
  const any = () => random.pick(values);
  for (let steps = random.int(1, 6); steps > 0; steps--) {
    const way = random.int(0, 9);
    if (way < 5)
      values.push(add(random.pick(binary), random.chance(0.7) ? `${any()} ${numbers(1)}` : `${any()} ${any()}`));
    else if (way === 5) values.push(add(random.pick(unary), any()));
    else if (way === 6) values.push(add('Gather', `${any()} ${constant(int64([], [random.int(-rank - 1, rank)]))}`));
    else if (way === 7) values.push(add('Concat', `${any()} ${random.chance(0.5) ? any() : numbers(1)}`, { axis: 0 }));
    else if (way === 8) values.push(add('Slice', `${any()} ${numbers(1, 0.2)} ${numbers(1, 0.2)}`));
    else {
      const kind = random.pick([1, 6, 7, 10, 11, 13]);
      values.push(add('Cast', add('Cast', any(), { to: kind }), { to: 7 }));
    }
  }
  const [last] = values.slice(-1);
  const floats = constant(float32([], [random.pick([0, 0.5, 1e30])]));
  const uses: readonly (() => string)[] = [
    () => add('Reshape', `x ${last}`),
    () => add('Expand', `x ${last}`),
    () => add('ConstantOfShape', last!),
    () => add('Tile', `x ${last}`),
    () => add('Pad', `x ${last} ${floats}`),
    () => add('Resize', `x _ _ ${last}`),
    () => add('Resize', `x _ ${add('Cast', last!, { to: 1 })}`),
    () => add('Slice', `x ${last} ${any()}`),
    () =>
      add(
        'Range',
        `${add('Squeeze', last!)} ${constant(int64([], [random.int(-3, 9)]))} ${constant(int64([], [anyInteger(random, 0.3)]))}`,
      ),
    () => add('Unsqueeze', `x ${last}`),
    () => add('ReduceSum', `x ${last}`),
    () => add('TopK', `x ${last}`),
    () => add('OneHot', `${last} ${any()} ${constant(float32([2], [0, 1]))}`),
    () => add('Split', `x ${last}`),
    () => add('CenterCropPad', `x ${last}`),
    () => add('AffineGrid', `${constant(float32([1, 2, 3], [1, 0, 0, 0, 1, 0]))} ${last}`),
    () => add('Trilu', `x ${add('Squeeze', last!)}`),
    () => add('EyeLike', `${last}`),
    () => add('Identity', last!),
  ];
  const output = random.pick(uses)();
  const symbols = sizes.map((size) => (random.chance(0.6) ? random.pick(['H', 'W', 'N']) : size));
  const bytes = encodeCurrent({
    irVersion: 10,
    producerName: 'soak',
    opsetImport: [{ domain: '', version: 21 }],
    graph: {
      ...graphProto({ nodes, initializers: constants }),
      input: [{ name: 'x', type: tensorTypeProto(symbols) }],
      output: [{ name: output }],
    },
  });
  const count = sizes.reduce((product, size) => product * size, 1);
  const feeds = new Map<string, Tensor>([
    [
      'x',
      float32(
        sizes,
        random.list(count, () => random.next()),
      ),
    ],
  ]);
  const text = [
    `x [${symbols.join(', ')}] fed [${sizes.join(', ')}]`,
    ...nodes.map(({ opType, input, output: made }) => `${made} = ${opType}(${input})`),
  ].join('; ');
  return { bytes, feeds, text };
}
