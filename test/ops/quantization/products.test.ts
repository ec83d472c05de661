/** The integer and quantized matrix products and convolutions, index by index. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { decide } from '../../../src/ir/constraint.js';
import { type Dim, substitute, symbol } from '../../../src/ir/dim.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Shape } from '../../../src/ir/shape.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { GraphBuilder } from '../../support/graph.js';
import { inferShapes } from '../../support/known.js';
import { referenceCode } from '../../support/reference-code.js';
import { type AttributeInput, inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

type Byte = 'uint8' | 'int8';

const byteType = fc.constantFrom<Byte>('uint8', 'int8');
const rangeOf = (type: Byte) => (type === 'uint8' ? ([0, 255] as const) : ([-128, 127] as const));

/** Bytes of a type from a stream of numbers. */
function bytes(type: Byte, count: number, draw: () => number): number[] {
  return Array.from({ length: count }, () => rangeOf(type)[0] + (draw() % 256));
}

function scales(count: number, draw: () => number): number[] {
  // Powers of two: every product is exact, and many are halves.
  return Array.from({ length: count }, () => 2 ** ((draw() % 5) - 3));
}

/** Half to even, then the zero point, then into the range. */
function requantized(type: Byte, value: number, zero: number): number {
  const [low, high] = [Math.floor(value), Math.ceil(value)];
  const middle = low % 2 === 0 ? low : high;
  const rounded = value - low === high - value ? middle : value - low < high - value ? low : high;
  return Math.min(rangeOf(type)[1], Math.max(rangeOf(type)[0], rounded + zero));
}

function numbersFrom(stream: fc.Stream<number>): () => number {
  return () => stream.next().value as number;
}

const stream = fc.infiniteStream(fc.nat({ max: 2 ** 20 }));
const size = fc.integer({ min: 1, max: 3 });

interface MatMulCase {
  readonly types: readonly [a: Byte, b: Byte, y: Byte];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Matrices of A, and whether B has as many or one for all. */
  readonly stack: number;
  readonly isShared: boolean;
  readonly perRow: boolean;
  readonly perColumn: boolean;
}

const matMulCase: fc.Arbitrary<MatMulCase> = fc.record({
  types: fc.tuple(byteType, byteType, byteType),
  m: size,
  k: size,
  n: size,
  stack: fc.integer({ min: 0, max: 3 }),
  isShared: fc.boolean(),
  perRow: fc.boolean(),
  perColumn: fc.boolean(),
});

/** Operands and their parameters; A has a value a row, B one a column, or one for all. */
function matMulOperands({ types, m, k, n, stack, isShared, perRow, perColumn }: MatMulCase, draw: () => number) {
  const isStacked = stack > 0;
  const count = Math.max(1, stack);
  const a = bytes(types[0], count * m * k, draw);
  const b = bytes(types[1], (isShared ? 1 : count) * k * n, draw);
  const aZeros = bytes(types[0], perRow ? m : 1, draw);
  const bZeros = bytes(types[1], perColumn ? n : 1, draw);
  const rowDims = perRow ? (isStacked ? [1, m, 1] : [m]) : [];
  const columnDims = perColumn ? [n] : [];
  /** The exact sum behind every element of the product, with its row and column. */
  const sums = Array.from({ length: count * m * n }, (_, i) => {
    const [matrix, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    let sum = 0;
    for (let at = 0; at < k; at++) {
      const left = a[(matrix * m + row) * k + at]! - aZeros[perRow ? row : 0]!;
      const right = b[((isShared ? 0 : matrix) * k + at) * n + column]! - bZeros[perColumn ? column : 0]!;
      sum += left * right;
    }
    return { sum, row, column };
  });
  return {
    a: tensor(types[0], a, isStacked ? [count, m, k] : [m, k]),
    b: tensor(types[1], b, isStacked && !isShared ? [count, k, n] : [k, n]),
    aZero: tensor(types[0], aZeros, rowDims),
    bZero: tensor(types[1], bZeros, columnDims),
    rowDims,
    columnDims,
    dims: isStacked ? [count, m, n] : [m, n],
    sums,
  };
}

describe('MatMulInteger', () => {
  it('index by index, zero points for all, for each row and for each column', () => {
    fc.assert(
      fc.property(matMulCase, stream, (test, numbers) => {
        const { a, b, aZero, bZero, dims, sums } = matMulOperands(test, numbersFrom(numbers));
        const [y] = runOperator({ op: 'MatMulInteger', inputs: [a, b, aZero, bZero] });
        expect([y!.type, y!.dims]).toEqual(['int32', dims]);
        expect(elementsOf(y)).toEqual(sums.map(({ sum }) => sum + 0));
      }),
    );
  });

  it('takes both zero points for 0 when they are absent, and one alone', () => {
    const [a, b] = [tensor('uint8', [1, 2], [1, 2]), tensor('int8', [3, -4], [2, 1])];
    const run = (...zeros: (Tensor | undefined)[]) =>
      elementsOf(runOperator({ op: 'MatMulInteger', inputs: [a, b, ...zeros] })[0]);
    expect(run()).toEqual([-5]);
    expect(run(undefined, tensor('int8', [1], []))).toEqual([-8]);
    expect(run(tensor('uint8', [1], []))).toEqual([-4]);
  });

  it('multiplies vectors as rows and columns', () => {
    const [a, b] = [tensor('uint8', [1, 2]), tensor('uint8', [3, 4])];
    const [y] = runOperator({
      op: 'MatMulInteger',
      inputs: [a, b, tensor('uint8', [1], []), tensor('uint8', [1], [])],
    });
    expect([y!.dims, elementsOf(y)]).toEqual([[], [3]]);
  });
});

describe('QLinearMatMul', () => {
  it('index by index, the output by rows too', () => {
    fc.assert(
      fc.property(matMulCase, stream, fc.boolean(), (test, numbers, yPerRow) => {
        const draw = numbersFrom(numbers);
        const { a, b, aZero, bZero, rowDims, columnDims, dims, sums } = matMulOperands(test, draw);
        const type = test.types[2];
        const [aScales, bScales] = [scales(aZero.size, draw), scales(bZero.size, draw)];
        const yDims = yPerRow ? (test.stack > 0 ? [1, test.m, 1] : [test.m]) : [];
        const yCount = yPerRow ? test.m : 1;
        const [yScales, yZeros] = [scales(yCount, draw), bytes(type, yCount, draw)];
        const [y] = runOperator({
          op: 'QLinearMatMul',
          inputs: [
            ...[a, float32(rowDims, aScales), aZero],
            ...[b, float32(columnDims, bScales), bZero],
            ...[float32(yDims, yScales), tensor(type, yZeros, yDims)],
          ],
        });
        const expected = sums.map(({ sum, row, column }) => {
          const scale = aScales[test.perRow ? row : 0]! * bScales[test.perColumn ? column : 0]!;
          const at = yPerRow ? row : 0;
          return requantized(type, (sum * scale) / yScales[at]!, yZeros[at]!);
        });
        expect([y!.type, y!.dims]).toEqual([type, dims]);
        expect(elementsOf(y)).toEqual(expected.map((value) => value + 0));
      }),
      { numRuns: 300 },
    );
  });

  const [scale, zero] = [float32([], [1]), tensor('uint8', [0], [])];
  const bytesOf = (...dims: number[]) =>
    tensor('uint8', new Array<number>(dims.reduce((x, y) => x * y, 1)).fill(1), dims);

  it('refuses parameters that do not stretch, inferred and run', () => {
    const operands = [bytesOf(2, 3), scale, zero, bytesOf(3, 4), scale, zero, scale, zero];
    const cases = [
      [1, float32([3], [1, 1, 1])],
      [2, bytesOf(3)],
      [4, float32([2], [1, 1])],
      [5, bytesOf(3)],
      [6, float32([4], [1, 1, 1, 1])],
      [7, bytesOf(3)],
    ] as const;
    expect(referenceCode({ op: 'QLinearMatMul', inputs: operands })).toBeUndefined();
    for (const [at, parameter] of cases) {
      const inputs = operands.with(at, parameter);
      const { diagnostics } = inferOperator({ op: 'QLinearMatMul', inputs });
      expect(diagnostics.map(({ code }) => code)).toEqual(['US1204']);
      expect(referenceCode({ op: 'QLinearMatMul', inputs })).toBe('US1204');
    }
  });

  it('of vectors, with parameters by rows where there are rows', () => {
    const run = (a: Tensor, b: Tensor, yScale: Tensor, yZero: Tensor) =>
      runOperator({ op: 'QLinearMatMul', inputs: [a, scale, zero, b, scale, zero, yScale, yZero] })[0]!;
    const dot = run(bytesOf(3), bytesOf(3), scale, zero);
    expect([dot.dims, elementsOf(dot)]).toEqual([[], [3]]);
    const column = run(bytesOf(2, 3), bytesOf(3), float32([2], [1, 0.5]), tensor('uint8', [0, 1]));
    expect([column.dims, elementsOf(column)]).toEqual([[2], [3, 7]]);
    const row = run(bytesOf(3), bytesOf(3, 2), float32([1], [0.5]), tensor('uint8', [0]));
    expect([row.dims, elementsOf(row)]).toEqual([[2], [6, 6]]);
  });
});

interface ConvCase {
  readonly types: readonly [x: Byte, w: Byte, y: Byte];
  readonly batch: number;
  readonly group: number;
  readonly groupIn: number;
  readonly groupOut: number;
  readonly axes: readonly {
    readonly input: number;
    readonly kernel: number;
    readonly stride: number;
    readonly dilation: number;
    readonly pads: readonly [number, number];
  }[];
  readonly perChannel: boolean;
}

const pad = fc.nat({ max: 2 });

const convCase: fc.Arbitrary<ConvCase> = fc.record({
  types: fc.tuple(byteType, byteType, byteType),
  batch: fc.nat({ max: 2 }),
  group: fc.integer({ min: 1, max: 2 }),
  groupIn: fc.integer({ min: 1, max: 2 }),
  groupOut: fc.integer({ min: 1, max: 2 }),
  axes: fc.array(
    fc
      .record({
        input: fc.integer({ min: 1, max: 5 }),
        kernel: size,
        stride: size,
        dilation: fc.integer({ min: 1, max: 2 }),
        pads: fc.tuple(pad, pad),
      })
      .filter(({ input, kernel, dilation, pads }) => input + pads[0] + pads[1] > (kernel - 1) * dilation),
    { minLength: 1, maxLength: 3 },
  ),
  perChannel: fc.boolean(),
});

function box(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, length) => all.flatMap((head) => Array.from({ length }, (_, i) => [...head, i])),
    [[]],
  );
}

const flat = (position: readonly number[], sizes: readonly number[]) =>
  position.reduce((index, at, i) => index * sizes[i]! + at, 0);

/** Operands, and the exact sum behind every element of the convolution with its channel. */
function convOperands({ types, batch, group, groupIn, groupOut, axes, perChannel }: ConvCase, draw: () => number) {
  const [inputs, kernel] = [axes.map(({ input }) => input), axes.map((axis) => axis.kernel)];
  const outputs = axes.map(({ input, kernel: taps, stride, dilation, pads }) => {
    let count = 0;
    while (count * stride + (taps - 1) * dilation < input + pads[0] + pads[1]) count++;
    return count;
  });
  const channels = group * groupOut;
  const xDims = [batch, group * groupIn, ...inputs];
  const wDims = [channels, groupIn, ...kernel];
  const x = bytes(
    types[0],
    xDims.reduce((a, b) => a * b, 1),
    draw,
  );
  const w = bytes(
    types[1],
    wDims.reduce((a, b) => a * b, 1),
    draw,
  );
  const [xZero] = bytes(types[0], 1, draw);
  const wZeros = bytes(types[1], perChannel ? channels : 1, draw);
  const sums: { sum: number; channel: number }[] = [];
  for (const [n, channel, ...o] of box([batch, channels, ...outputs])) {
    let sum = 0;
    for (const [c, ...tap] of box([groupIn, ...kernel])) {
      const at = tap.map((t, i) => o[i]! * axes[i]!.stride + t * axes[i]!.dilation - axes[i]!.pads[0]);
      if (!at.every((p, i) => p >= 0 && p < inputs[i]!)) continue;
      const source = Math.floor(channel! / groupOut) * groupIn + c!;
      const value = x[flat([n!, source, ...at], xDims)]! - xZero!;
      sum += value * (w[flat([channel!, c!, ...tap], wDims)]! - wZeros[perChannel ? channel! : 0]!);
    }
    sums.push({ sum, channel: channel! });
  }
  const attributes: Record<string, AttributeInput> = {
    group,
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ pads }) => pads[0]), ...axes.map(({ pads }) => pads[1])],
  };
  return {
    x: tensor(types[0], x, xDims),
    w: tensor(types[1], w, wDims),
    xZero: tensor(types[0], [xZero!], []),
    wZero: tensor(types[1], wZeros, perChannel ? [channels] : []),
    channels,
    dims: [batch, channels, ...outputs],
    sums,
    attributes,
  };
}

describe('ConvInteger', () => {
  it('index by index: groups, strides, padding, dilation, zero points by channel', () => {
    fc.assert(
      fc.property(convCase, stream, (test, numbers) => {
        const { x, w, xZero, wZero, dims, sums, attributes } = convOperands(test, numbersFrom(numbers));
        const [y] = runOperator({ op: 'ConvInteger', inputs: [x, w, xZero, wZero], attributes });
        expect([y!.type, y!.dims]).toEqual(['int32', dims]);
        expect(elementsOf(y)).toEqual(sums.map(({ sum }) => sum + 0));
      }),
      { numRuns: 200 },
    );
  });
});

describe('QLinearConv', () => {
  it('index by index: scales and zero points by channel, a bias', () => {
    fc.assert(
      fc.property(convCase, stream, fc.boolean(), (test, numbers, hasBias) => {
        const draw = numbersFrom(numbers);
        const { x, w, xZero, wZero, channels, dims, sums, attributes } = convOperands(test, draw);
        const type = test.types[2];
        const [xScale, yScale] = scales(2, draw);
        const wScales = scales(wZero.size, draw);
        const [yZero] = bytes(type, 1, draw);
        const bias = Array.from({ length: channels }, () => (draw() % 2001) - 1000);
        const [y] = runOperator({
          op: 'QLinearConv',
          inputs: [
            ...[x, float32([], [xScale!]), xZero],
            ...[w, float32(wZero.dims, wScales), wZero],
            ...[float32([], [yScale!]), tensor(type, [yZero!], [])],
            ...(hasBias ? [tensor('int32', bias)] : []),
          ],
          attributes,
        });
        const expected = sums.map(({ sum, channel }) => {
          const scale = (xScale! * wScales[wScales.length === 1 ? 0 : channel]!) / yScale!;
          return requantized(type, (sum + (hasBias ? bias[channel]! : 0)) * scale, yZero!);
        });
        expect([y!.type, y!.dims]).toEqual([type, dims]);
        expect(elementsOf(y)).toEqual(expected.map((value) => value + 0));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses parameters of other counts, inferred and run', () => {
    const bytesOf = (...dims: number[]) =>
      tensor('uint8', new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1), dims);
    const one = float32([], [1]);
    const operands = [bytesOf(1, 1, 4), one, bytesOf(), bytesOf(3, 1, 2), one, bytesOf(), one, bytesOf()];
    const codesOf = (inputs: readonly Tensor[]) =>
      inferOperator({ op: 'QLinearConv', inputs }).diagnostics.map(({ code }) => code);
    expect(codesOf(operands)).toEqual([]);
    for (const [at, parameter] of [
      [2, bytesOf(2)],
      [4, float32([2], [1, 1])],
      [5, bytesOf(2)],
    ] as const) {
      const inputs = operands.with(at, parameter);
      expect(codesOf(inputs)).toEqual(['US1205']);
      expect(referenceCode({ op: 'QLinearConv', inputs })).toMatch(/^US120[45]$/);
    }
    expect(codesOf([...operands, tensor('int32', [1, 2])])).toHaveLength(1);
  });
});

const operands: Readonly<Record<string, readonly (readonly [data: number, zero: number])[]>> = {
  MatMulInteger: [
    [0, 2],
    [1, 3],
  ],
  ConvInteger: [
    [0, 2],
    [1, 3],
  ],
  QLinearMatMul: [
    [0, 2],
    [3, 5],
  ],
  QLinearConv: [
    [0, 2],
    [3, 5],
  ],
};

describe.each(Object.keys(operands))('%s', (op) => {
  const isQuantized = op.startsWith('QLinear');
  const [left, right] =
    op.endsWith('MatMul') || op === 'MatMulInteger'
      ? [
          [2, 3],
          [3, 4],
        ]
      : [
          [1, 2, 5],
          [3, 2, 2],
        ];
  const outcome = op.endsWith('MatMul') || op === 'MatMulInteger' ? [2, 4] : [1, 3, 4];

  function inputsOf(x: Shape | undefined, w: Shape | undefined): [ElementType, Shape | undefined][] {
    return isQuantized
      ? [
          ['uint8', x],
          ['float32', []],
          ['uint8', []],
          ['int8', w],
          ['float32', []],
          ['int8', []],
          ['float32', []],
          ['int8', []],
        ]
      : [
          ['uint8', x],
          ['int8', w],
          ['uint8', []],
          ['int8', []],
        ];
  }

  it('refuses a zero point of another type than what it is taken off', () => {
    for (const [data, zero] of operands[op]!) {
      const inputs = inputsOf(left, right);
      inputs[zero] = [inputs[data]![0] === 'uint8' ? 'int8' : 'uint8', []];
      expect(() => inferShapes(op, inputs)).toThrow(/US1210/);
    }
    expect(inferShapes(op, inputsOf(left, right))).toEqual([outcome]);
  });

  it('of inputs whose ranks are not known', () => {
    expect(inferShapes(op, inputsOf(undefined, right))).toEqual([undefined]);
    expect(inferShapes(op, inputsOf(left, undefined))).toEqual([undefined]);
    const unknown = inputsOf(left, right).map(([type]): [ElementType, undefined] => [type, undefined]);
    expect(inferShapes(op, unknown)).toEqual([undefined]);
    const parameters = inputsOf(left, right).map(([type, shape]): [ElementType, Shape | undefined] => [
      type,
      shape?.length === 0 ? undefined : shape,
    ]);
    expect(inferShapes(op, parameters)).toEqual([outcome]);
  });

  it('has with symbols the shape that it has with numbers', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    const dims = left.length === 2 ? fc.constantFrom(2, 3) : fc.constant(3);
    const open = dims.chain((rank) =>
      fc.array(
        fc.oneof(
          fc.constantFrom(...names).map((name): Dim => symbol(name)),
          size,
        ),
        { minLength: rank, maxLength: rank },
      ),
    );
    // The kernel size stays a number: without kernel_shape nothing else gives it.
    const weights = open.map((shape) => (left.length === 2 ? shape : shape.with(2, 2)));
    const values = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 6 });
    function run(x: Shape, w: Shape, bindings: ReadonlyMap<string, number>) {
      const builder = new GraphBuilder();
      const inputs = inputsOf(x, w).map(([type, shape], i) => builder.input(`x${i}`, shape, type));
      const y = builder.add(op, inputs);
      const { types, constraints, diagnostics } = infer(builder.graph(y), { bindings });
      return {
        shape: types.get(y)!.shape,
        constraints,
        isSound: diagnostics.every(({ severity }) => severity !== 'error'),
      };
    }
    let valid = 0;
    fc.assert(
      fc.property(open, weights, values, (x, w, numbers) => {
        const bindings = new Map(names.map((name, i) => [name, numbers[i]!]));
        const [symbolic, concrete] = [run(x, w, new Map()), run(x, w, bindings)];
        const holds = symbolic.constraints.every((item) => decide(item, bindings) !== false);
        expect(concrete.isSound).toBe(symbolic.isSound && holds);
        if (!concrete.isSound) return;
        valid++;
        expect(symbolic.shape!.map((dim) => substitute(dim, bindings))).toEqual(concrete.shape);
      }),
      { numRuns: 400 },
    );
    expect(valid).toBeGreaterThan(10);
  });
});
