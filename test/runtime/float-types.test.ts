/** Sessions of networks of other floats than float32: what they compute with, what is said, what memory they take. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, type Tensor } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import type { RunReport, SessionNote, SessionOptions } from '../../src/runtime/session-options.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';

function typed(type: ElementType, dims: readonly number[], numbers: readonly number[]): Tensor {
  return tensorFromNumbers(type, dims, Float64Array.from(numbers));
}

/** Conv, Relu, and an operator without a kernel behind them. */
function network(type: ElementType, last = 'Identity'): Uint8Array {
  const shape = [1, 1, 16, 16];
  return modelBytes({
    // The first in which Conv takes bfloat16.
    opset: 22,
    inputs: { x: tensorTypeProto(shape, type) },
    outputs: { y: tensorTypeProto(shape, type) },
    nodes: [
      nodeProto('Conv', 'x w', 'c', { pads: [1, 1, 1, 1] }),
      nodeProto('Relu', 'c', 'r'),
      nodeProto(last, 'r', 'y', last === 'Identity' ? {} : { seed: 1.5 }),
    ],
    initializers: {
      w: typed(type, [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    },
  });
}

interface Ran {
  readonly output: Tensor;
  readonly report: RunReport;
  readonly notes: readonly SessionNote[];
}

async function run(model: Uint8Array, feed: Tensor, options: SessionOptions = {}): Promise<Ran> {
  const notes: SessionNote[] = [];
  const onNote = (note: SessionNote) => notes.push(note);
  const session = await InferenceSession.create(model, { threads: 1, onNote, ...options });
  try {
    let report: RunReport | undefined;
    const name = session.outputNames[0]!;
    const outputs = await session.run(
      { x: feed },
      {
        onReport: (given) => {
          report = given;
        },
      },
    );
    expect(session.notes).toEqual(notes);
    return { output: denseTensor(outputs[name], name), report: report!, notes };
  } finally {
    await session.release();
  }
}

const ramp = Array.from({ length: 256 }, (_, i) => (i % 17) / 8 - 1);

describe.each(['float16', 'bfloat16'] as const)('a network of %s', (type) => {
  const feed = typed(type, [1, 1, 16, 16], ramp);

  it('is compiled: nothing is left to references, and the result has its type', async () => {
    const compiled = await run(network(type), feed);
    const reference = await run(network(type), feed, { executor: 'reference' });
    expect(compiled.notes.filter(({ about }) => about === 'references')).toEqual([]);
    expect(compiled.report.references).toMatchObject({ steps: 0, operators: [], milliseconds: 0, share: 0 });
    expect(compiled.output.type).toBe(type);
    const largest = Math.max(...numbersOf(reference.output));
    const [actual, expected] = [numbersOf(compiled.output), numbersOf(reference.output)];
    const off = Math.max(...actual.map((number, i) => Math.abs(number - expected[i]!)));
    expect(off).toBeLessThanOrEqual(largest * (type === 'float16' ? 2 ** -10 : 2 ** -7));
  });

  it('takes the memory that its float32 twin takes', async () => {
    const half = await run(network(type), feed);
    const single = await run(network('float32'), float32([1, 1, 16, 16], ramp));
    expect(half.report.peakBytes).toBe(single.report.peakBytes);
  });

  it('overflows to infinity where it leaves, or where strict precision rounds', async () => {
    const huge = typed(type, [1, 1, 16, 16], new Array(256).fill(type === 'float16' ? 60000 : 3e38));
    expect([...numbersOf((await run(network(type), huge)).output)].every((n) => n === Number.POSITIVE_INFINITY)).toBe(
      true,
    );
    const strict = await run(network(type), huge, { precision: 'strict' });
    expect([...numbersOf(strict.output)].every((n) => n === Number.POSITIVE_INFINITY)).toBe(true);
  });
});

it('a reference that keeps its types reads and makes halves, between kernels', async () => {
  const shape = [1, 4, 8, 8];
  const model = modelBytes({
    opset: 22,
    inputs: { x: tensorTypeProto(shape, 'float16') },
    outputs: { y: tensorTypeProto(shape, 'float16') },
    nodes: [
      nodeProto('Relu', 'x', 'r'),
      nodeProto('RandomUniformLike', 'r', 'n', { seed: 1.5 }),
      nodeProto('Add', 'r n', 'y'),
    ],
  });
  const feed = typed('float16', shape, ramp);
  const { output, report } = await run(model, feed);
  const reference = await run(model, feed, { executor: 'reference' });
  expect(report.references.operators.map(({ operator }) => operator)).toEqual(['RandomUniformLike']);
  expect(output).toEqual(reference.output);
});

describe('what references compute is said', () => {
  it('once before the first run, with the reason, and in the report with its time', async () => {
    const { notes, report } = await run(network('float16', 'RandomNormalLike'), typed('float16', [1, 1, 16, 16], ramp));
    const said = notes.filter(({ about }) => about === 'references').map(({ text }) => text);
    expect(said[0]).toMatch(
      /^1 of \d+ steps is computed by references, in plain code: 1 RandomNormalLike \(random numbers\)$/,
    );
    for (const text of said.slice(1))
      expect(text).toMatch(/^references took \d+ % of the run's time: RandomNormalLike$/);
    const { references, runMilliseconds } = report;
    expect(references.steps).toBe(1);
    expect(references.operators).toEqual([{ operator: 'RandomNormalLike', steps: 1, reason: 'random numbers' }]);
    expect(references.milliseconds).toBeGreaterThan(0);
    expect(references.share).toBeCloseTo(references.milliseconds / runMilliseconds);
  });

  it('all of it, where the reference executor runs', async () => {
    const { report } = await run(network('float32'), float32([1, 1, 16, 16], ramp), { executor: 'reference' });
    expect(report.references).toMatchObject({ steps: 3, total: 3 });
    expect(report.references.share).toBeGreaterThan(0);
  });

  it('counts integers of 64 bits as they are among the activations', async () => {
    const elements = 1 << 16;
    const shape = [elements];
    const model = modelBytes({
      inputs: { x: tensorTypeProto(shape, 'int64') },
      outputs: { y: tensorTypeProto(shape, 'int64') },
      nodes: [nodeProto('Neg', 'x', 'n'), nodeProto('Abs', 'n', 'y')],
    });
    const { report } = await run(model, typed('int64', shape, new Array(elements).fill(3)));
    // Two tensors at a time, at least.
    expect(report.peakBytes).toBeGreaterThanOrEqual(2 * 8 * elements);
    expect(report.peakBytes).toBeLessThan(4 * 8 * elements);
  });
});

describe('a network of float64', () => {
  const feed = typed(
    'float64',
    [1, 1, 16, 16],
    ramp.map((number) => number + 1e-9),
  );

  it('stays in float64 by default, and says so', async () => {
    const { notes, report, output } = await run(network('float64'), feed);
    const reference = await run(network('float64'), feed, { executor: 'reference' });
    expect(output).toEqual(reference.output);
    expect(report.references.steps).toBe(report.references.total);
    const said = notes.map(({ text }) => text).find((text) => text.includes('float64'));
    expect(said).toContain("float64, which is computed in float32 where the precision 'fast' is asked for");
  });

  it('stays in float64 in strict precision', async () => {
    const { report } = await run(network('float64'), feed, { precision: 'strict' });
    expect(report.references.steps).toBe(report.references.total);
  });

  it('is compiled where fast is asked for: in float32, with results of float64', async () => {
    const { notes, report, output } = await run(network('float64'), feed, { precision: 'fast' });
    const reference = await run(network('float64'), feed, { executor: 'reference' });
    expect(notes.filter(({ about }) => about === 'references')).toEqual([]);
    expect(report.references.steps).toBe(0);
    expect(output.type).toBe('float64');
    const [actual, expected] = [numbersOf(output), numbersOf(reference.output)];
    expect(Math.max(...actual.map((number, i) => Math.abs(number - expected[i]!)))).toBeLessThan(1e-4);
    expect(actual).not.toEqual(expected);
  });
});

it('the U-Net of float16 gives what PyTorch gives, within a hundredth of the largest', async () => {
  const name = fixtures.find((fixture) => fixture === 'unet/float16')!;
  const { cases, folder, tolerance } = readFixture(name);
  expect(tolerance).toBe(0.01);
  const session = await InferenceSession.create(path.join(folder, 'model.onnx'), { threads: 2 });
  try {
    for (const { inputs, outputs } of cases) {
      const read = (file: string) => readNpy(readFileSync(path.join(folder, file)));
      const feeds = Object.fromEntries(Object.entries(inputs).map(([input, file]) => [input, read(file)]));
      const results = await session.run(feeds);
      for (const [output, file] of Object.entries(outputs)) {
        const [actual, expected] = [numbersOf(denseTensor(results[output], output)), numbersOf(read(file))];
        const largest = Math.max(...expected.map(Math.abs));
        expect(Math.max(...actual.map((number, i) => Math.abs(number - expected[i]!)))).toBeLessThan(0.01 * largest);
      }
    }
    expect(session.notes).toEqual([]);
  } finally {
    await session.release();
  }
});
