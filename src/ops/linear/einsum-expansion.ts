/**
 * Einsum as matrix products, sums and transpositions: labels of both operands that remain count matrices, those that do not
 * remain are summed by MatMul. More than two operands are taken from left to right.
 */
import type { Dim } from '../../ir/dim.js';
import { isFloat } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import type { Expansion } from '../expansion.js';
import { labelAxes, parseEquation, sizesOf } from './einsum-equation.js';

/** A value with a label for each of its axes. */
interface Operand {
  readonly value: Value;
  readonly labels: readonly string[];
}

/** Adds the nodes; a reason where there are none. */
export function expandEinsum(
  equation: string,
  inputs: readonly Value[],
  output: Value,
  expansion: Expansion,
): string | undefined {
  const type = expansion.facts.elementType(inputs[0]!);
  if (type === undefined || !isFloat(type)) return 'operands that are no floats';
  const shapes = inputs.map((value) => expansion.facts.shape(value)).filter((shape) => shape !== undefined);
  if (shapes.length < inputs.length) return 'an operand of unknown rank';
  const labels = labelAxes(
    parseEquation(equation),
    shapes.map((shape) => shape.length),
  );
  const sizes = sizesOf(labels, shapes, (size) => size);
  const diagonals = labels.inputs.flatMap((axes) => axes.filter((label, axis) => axes.indexOf(label) !== axis));
  if (diagonals.some((label) => typeof sizes.get(label) !== 'number')) return 'a diagonal of open size';
  const writer = new EinsumWriter(expansion, sizes);
  const operands = inputs.map((value, i) =>
    writer.diagonal(writer.withoutBroadcastAxes({ value, labels: labels.inputs[i]! }, shapes[i]!)),
  );
  writer.write(operands, labels.output, output);
  return undefined;
}

class EinsumWriter {
  constructor(
    private readonly expansion: Expansion,
    private readonly sizes: ReadonlyMap<string, Dim>,
  ) {}

  write(operands: readonly Operand[], onto: readonly string[], output: Value): void {
    const neededAfter = (count: number) => new Set([...onto, ...operands.slice(count).flatMap(({ labels }) => labels)]);
    let result = this.sum(operands[0]!, neededAfter(1));
    for (const [i, next] of operands.slice(1).entries()) {
      const needed = neededAfter(i + 2);
      const right = this.sum(next, new Set([...needed, ...result.labels]));
      const left = this.sum(result, new Set([...needed, ...right.labels]));
      const summed = left.labels.filter((label) => right.labels.includes(label) && !needed.has(label));
      result = summed.length === 0 ? this.multiply(left, right, onto) : this.contract(left, right, summed);
    }
    const { value, labels } = result;
    const perm = onto.map((label) => labels.indexOf(label));
    if (perm.every((axis, i) => axis === i)) this.expansion.add('Identity', [value], { output });
    else this.expansion.transpose(value, perm, output);
  }

  /** Without the axes of size 1 that another operand has larger: its elements are the same along them. */
  withoutBroadcastAxes({ value, labels }: Operand, shape: readonly Dim[]): Operand {
    const isBroadcast = labels.map((label, axis) => shape[axis] === 1 && this.sizes.get(label) !== 1);
    const axes = [...labels.keys()].filter((axis) => isBroadcast[axis]);
    if (axes.length === 0) return { value, labels };
    return {
      value: this.expansion.add('Squeeze', [value, this.expansion.integers(axes)]),
      labels: labels.filter((_, axis) => !isBroadcast[axis]),
    };
  }

  /** One axis of those that have the same label: of n·n elements each (n + 1)st. */
  diagonal(operand: Operand): Operand {
    const { labels } = operand;
    const label = labels.find((label, axis) => labels.indexOf(label) !== axis);
    if (label === undefined) return operand;
    const [first, second] = [labels.indexOf(label), labels.indexOf(label, labels.indexOf(label) + 1)];
    const others = [...labels.keys()].filter((axis) => axis !== first && axis !== second);
    const moved: Operand = {
      value: this.expansion.transpose(operand.value, [...others, first, second]),
      labels: [...others, first, second].map((axis) => labels[axis]!),
    };
    const size = this.sizes.get(label) as number;
    const flat = this.reshape(moved, [...others.map((_, i) => [i, i + 1] as const), [others.length, labels.length]]);
    const bounds = [0, size * size, others.length, size + 1].map((number) => this.expansion.integers([number]));
    return this.diagonal({
      value: this.expansion.add('Slice', [flat, ...bounds]),
      labels: [...others.map((axis) => labels[axis]!), label],
    });
  }

  /** Sums along the axes that nobody needs. */
  private sum({ value, labels }: Operand, needed: ReadonlySet<string>): Operand {
    const axes = [...labels.keys()].filter((axis) => !needed.has(labels[axis]!));
    if (axes.length === 0) return { value, labels };
    return {
      value: this.expansion.add('ReduceSum', [value, this.expansion.integers(axes)], {
        attributes: { keepdims: intAttribute(0) },
      }),
      labels: labels.filter((label) => needed.has(label)),
    };
  }

  /** A product without a sum, with the axes in the order of the result as far as it has them. */
  private multiply(left: Operand, right: Operand, onto: readonly string[]): Operand {
    const all = [...new Set([...left.labels, ...right.labels])];
    const place = (label: string) => (onto.includes(label) ? onto.indexOf(label) : onto.length);
    const labels = all.sort((a, b) => place(a) - place(b));
    const [a, b] = [left, right].map((operand) => {
      const own = labels.filter((label) => operand.labels.includes(label));
      const value = this.arranged(operand, own).value;
      const absent = [...labels.keys()].filter((axis) => !operand.labels.includes(labels[axis]!));
      return absent.length === 0 ? value : this.expansion.add('Unsqueeze', [value, this.expansion.integers(absent)]);
    });
    return { value: this.expansion.add('Mul', [a, b]), labels };
  }

  /** [batch, rows, summed] times [batch, summed, columns]. */
  private contract(left: Operand, right: Operand, summed: readonly string[]): Operand {
    const batch = left.labels.filter((label) => right.labels.includes(label) && !summed.includes(label));
    const rows = left.labels.filter((label) => !right.labels.includes(label));
    const columns = right.labels.filter((label) => !left.labels.includes(label));
    const [a, b] = [
      this.arranged(left, [...batch, ...rows, ...summed]),
      this.arranged(right, [...batch, ...summed, ...columns]),
    ];
    const product = this.expansion.add('MatMul', [
      this.grouped(a, [...batch.map(() => 1), rows.length, summed.length]),
      this.grouped(b, [...batch.map(() => 1), summed.length, columns.length]),
    ]);
    const labels = [...batch, ...rows, ...columns];
    if (rows.length === 1 && columns.length === 1) return { value: product, labels };
    const parts = [
      ...this.parts(a, 0, batch.length + rows.length),
      ...this.parts(b, batch.length + summed.length, b.labels.length),
    ];
    return { value: this.reshapeTo(product, parts), labels };
  }

  private arranged({ value, labels }: Operand, order: readonly string[]): Operand {
    return {
      value: this.expansion.transpose(
        value,
        order.map((label) => labels.indexOf(label)),
      ),
      labels: order,
    };
  }

  /** So many neighboring axes each as one. */
  private grouped(operand: Operand, counts: readonly number[]): Value {
    if (counts.every((count) => count === 1)) return operand.value;
    let from = 0;
    const groups = counts.map((count) => {
      const group = [from, from + count] as const;
      from += count;
      return group;
    });
    return this.reshape(operand, groups);
  }

  private reshape(operand: Operand, groups: readonly (readonly [number, number])[]): Value {
    return this.reshapeTo(
      operand.value,
      groups.map(([from, to]) => this.product(operand, from, to)),
    );
  }

  /** @param parts of the new shape: sizes, or integer vectors that are computed */
  private reshapeTo(value: Value, parts: readonly (number | Value)[]): Value {
    const isKnown = parts.every((part) => typeof part === 'number');
    const shape = isKnown
      ? this.expansion.integers(parts)
      : this.expansion.add(
          'Concat',
          parts.map((part) => (typeof part === 'number' ? this.expansion.integers([part]) : part)),
          { attributes: { axis: intAttribute(0) } },
        );
    return this.expansion.add('Reshape', [value, shape], { attributes: { allowzero: intAttribute(1) } });
  }

  /** The sizes of axes, one by one. */
  private parts(operand: Operand, from: number, to: number): (number | Value)[] {
    return operand.labels.slice(from, to).map((_, i) => this.product(operand, from + i, from + i + 1));
  }

  /** The product of the sizes of neighboring axes. */
  private product({ value, labels }: Operand, from: number, to: number): number | Value {
    const sizes = labels.slice(from, to).map((label) => this.sizes.get(label)!);
    const numbers = sizes.filter((size) => typeof size === 'number');
    if (numbers.length === sizes.length) return numbers.reduce((product, size) => product * size, 1);
    const shape = this.expansion.add('Shape', [value], {
      attributes: { start: intAttribute(from), end: intAttribute(to) },
    });
    return to - from === 1 ? shape : this.expansion.add('ReduceProd', [shape]);
  }
}
