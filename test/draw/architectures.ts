/** Small networks of kinds that no fixture is of, as graphs with symbols for sizes. */
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import { GraphBuilder } from '../support/graph.js';

/** Layers over as many axes as the network has. */
class Net {
  readonly builder = new GraphBuilder();

  constructor(private readonly axes = 2) {}

  input(channels: number): Value {
    const sizes = ['D', 'H', 'W'].slice(3 - this.axes).map((name) => symbol(name));
    return this.builder.input('x', [symbol('N'), channels, ...sizes]);
  }

  conv(from: Value, inputs: number, outputs: number, kernel = 3): Value {
    const weights = this.weights(outputs, inputs, kernel);
    const pads = new Array<number>(2 * this.axes).fill((kernel - 1) / 2);
    return this.builder.add('Relu', [this.builder.add('Conv', [from, weights], { pads })]);
  }

  pool(from: Value): Value {
    return this.builder.add('MaxPool', [from], { kernel_shape: this.each(2), strides: this.each(2) });
  }

  up(from: Value, inputs: number, outputs: number): Value {
    return this.builder.add('ConvTranspose', [from, this.weights(inputs, outputs, 2)], { strides: this.each(2) });
  }

  join(opType: 'Concat' | 'Add', ...values: readonly Value[]): Value {
    return this.builder.add(opType, values, opType === 'Concat' ? { axis: 1 } : {});
  }

  private each(value: number): number[] {
    return new Array<number>(this.axes).fill(value);
  }

  private weights(first: number, second: number, kernel: number): Value {
    const dims = [first, second, ...this.each(kernel)];
    return this.builder.constant(float32(dims, new Float32Array(dims.reduce((product, dim) => product * dim, 1))));
  }
}

/** U-Net++ (Zhou et al. 2018): X(i, j) joins all of its row, and what is below it. */
export function nestedUnet(depth = 4): Graph {
  const net = new Net();
  const channels = (row: number) => 4 * 2 ** row;
  const rows: Value[][] = [];
  let value = net.input(3);
  for (let row = 0; row < depth; row++) {
    value = net.conv(row === 0 ? value : net.pool(value), row === 0 ? 3 : channels(row - 1), channels(row));
    rows.push([value]);
    for (let column = 1; column <= row; column++) {
      const at = row - column;
      const up = net.up(rows[at + 1]![column - 1]!, channels(at + 1), channels(at));
      const joined = net.join('Concat', ...rows[at]!, up);
      rows[at]!.push(net.conv(joined, channels(at) * (column + 1), channels(at)));
    }
  }
  return net.builder.graph(net.conv(rows[0]!.at(-1)!, channels(0), 1, 1));
}

/** Feature pyramid (Lin et al. 2017) with a head at each level. */
export function pyramid(): Graph {
  const net = new Net();
  const levels = [net.conv(net.input(3), 3, 8)];
  for (let i = 1; i < 4; i++) levels.push(net.conv(net.pool(levels[i - 1]!), 8 * i, 8 * (i + 1)));
  let top = net.conv(levels[3]!, 32, 16, 1);
  const heads = [net.conv(top, 16, 4)];
  for (let i = 2; i >= 0; i--) {
    top = net.join('Add', net.conv(levels[i]!, 8 * (i + 1), 16, 1), net.up(top, 16, 16));
    heads.push(net.conv(top, 16, 4));
  }
  return net.builder.graph(...heads);
}

/** A U-Net over one, two or three axes. */
export function unet(axes: number, depth = 3): Graph {
  const net = new Net(axes);
  const skips: Value[] = [];
  let value = net.conv(net.input(1), 1, 4);
  for (let i = 0; i < depth; i++) {
    skips.push(value);
    value = net.conv(net.pool(value), 4 * 2 ** i, 8 * 2 ** i);
  }
  for (let i = depth - 1; i >= 0; i--) {
    const joined = net.join('Concat', skips[i]!, net.up(value, 8 * 2 ** i, 4 * 2 ** i));
    value = net.conv(joined, 8 * 2 ** i, 4 * 2 ** i);
  }
  return net.builder.graph(value);
}

/** Layers at one resolution, one after another. */
export function chain(length: number): Graph {
  const net = new Net();
  let value = net.conv(net.input(3), 3, 8);
  for (let i = 1; i < length; i++) value = net.conv(value, 8, 8);
  return net.builder.graph(value);
}

/** Residual blocks: `width` branches each, joined. */
export function branches(length: number, width: number): Graph {
  const net = new Net();
  let value = net.conv(net.input(3), 3, 8);
  for (let i = 0; i < length; i++) {
    const made = Array.from({ length: width }, () => net.builder.add('Sigmoid', [value]));
    value = made.reduce((sum, branch) => net.join('Add', sum, branch));
    if (i % 50 === 49) value = i % 100 === 99 ? net.up(value, 8, 8) : net.pool(value);
  }
  return net.builder.graph(value);
}

/** Streams of several resolutions that exchange what they have (HRNet, Wang et al. 2019). */
export function streams(): Graph {
  const net = new Net();
  let high = net.conv(net.input(3), 3, 8);
  let low = net.conv(net.pool(high), 8, 8);
  for (let i = 0; i < 3; i++) {
    const [before, below] = [net.conv(high, 8, 8), net.conv(low, 8, 8)];
    high = net.join('Add', before, net.up(below, 8, 8));
    low = net.join('Add', below, net.conv(net.pool(before), 8, 8));
  }
  return net.builder.graph(net.join('Concat', high, net.up(low, 8, 8)));
}
