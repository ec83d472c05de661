/** Feeds that onnxruntime accepts although the model says otherwise, and names that objects have by themselves. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { Tensor as DenseTensor, float32 } from '../../src/ir/tensor.js';
import { readModel } from '../../src/onnx/read.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { runModel } from '../../src/runtime/run.js';
import type { SessionNote, SessionOptions } from '../../src/runtime/session-options.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { type ModelSpec, modelBytes, nodeProto } from '../support/model.js';

async function open(spec: ModelSpec, options: SessionOptions = {}) {
  const notes: SessionNote[] = [];
  const onNote = (note: SessionNote) => notes.push(note);
  const session = await InferenceSession.create(modelBytes(spec), { threads: 1, ...options, onNote });
  return { session, notes };
}

const executors = ['compiled', 'reference'] as const;

describe.each(executors)('by the executor %s', (executor) => {
  it('a scalar may be fed as [1], which is told once', async () => {
    const { session, notes } = await open(
      { inputs: { x: [2], s: [] }, outputs: { y: [2] }, nodes: [nodeProto('Mul', 'x s', 'y')] },
      { executor },
    );
    const x = new Tensor('float32', [1, 2]);
    for (let i = 0; i < 2; i++) {
      const { y } = await session.run({ x, s: new Tensor('float32', [3], [1]) });
      expect([...(y!.data as Float32Array)]).toEqual([3, 6]);
    }
    expect(notes).toEqual([{ about: 'feeds', text: expect.stringContaining("'s' is a scalar, of shape []") }]);
    await expect(session.run({ x, s: new Tensor('float32', [3, 3]) })).rejects.toThrow('US2003');
    await expect(session.run({ x, s: new Tensor('float32', [3], [1, 1]) })).rejects.toThrow('US2003');
    await session.release();
  });

  it('data that is transferred before the run is over is missed by name, and the session goes on', async () => {
    const { session } = await open(
      { inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Relu', 'x', 'y')] },
      { executor },
    );
    const data = Float32Array.of(-1, 2);
    const gone = () => structuredClone(data.buffer, { transfer: [data.buffer] });
    const tensor = new Tensor('float32', data, [2]);
    const run = session.run({ x: tensor });
    gone();
    await expect(run).rejects.toThrow(/US2003: the data for the input 'x' was transferred before the run ended/);
    await expect(session.run({ x: tensor })).rejects.toThrow(/US2003/);
    const { y } = await session.run({ x: new Tensor('float32', [-1, 2], [2]) });
    expect(y!.data).toEqual(Float32Array.of(0, 2));
    await session.release();
  });

  it('an initializer that is an input may be fed, and is a default otherwise', async () => {
    const { session } = await open(
      {
        inputs: { x: ['N'], s: [1], w: [20] },
        outputs: { y: undefined },
        initializers: { s: float32([1], [2]), w: float32([20], new Float32Array(20)) },
        nodes: [nodeProto('Mul', 'x s', 'm'), nodeProto('Add', 'm w', 'y')],
      },
      { executor },
    );
    expect(session.inputNames).toEqual(['x']);
    const x = new Tensor('float32', [1], [1]);
    const first = async (feeds: Record<string, Tensor>) => {
      const { y } = await session.run({ x, ...feeds });
      expect(y!.dims).toEqual([20]);
      return (y!.data as Float32Array)[0];
    };
    expect(await first({})).toBe(2);
    expect(await first({ s: new Tensor('float32', [5]) })).toBe(5);
    expect(await first({ s: new Tensor('float32', [6]) })).toBe(6);
    const w = (value: number) => new Tensor('float32', new Float32Array(20).fill(value));
    expect(await first({ w: w(10) })).toBe(12);
    expect(await first({ w: w(20), s: new Tensor('float32', [3]) })).toBe(23);
    expect(await first({})).toBe(2);
    await expect(session.run({ x, s: new Tensor('float32', [1, 2]) })).rejects.toThrow('US2003');
    await session.release();
  });

  it('a default that decides sizes may be fed', async () => {
    const { session } = await open(
      {
        inputs: { x: [1, 1, 1, 2], scales: [4] },
        outputs: { y: undefined },
        initializers: { scales: float32([4], [1, 1, 2, 2]) },
        nodes: [nodeProto('Resize', 'x _ scales', 'y', { mode: 'nearest' })],
      },
      { executor },
    );
    const x = new Tensor('float32', [1, 2], [1, 1, 1, 2]);
    expect((await session.run({ x }))['y']!.dims).toEqual([1, 1, 2, 4]);
    const { y } = await session.run({ x, scales: new Tensor('float32', [1, 1, 1, 3]) });
    expect(y!.dims).toEqual([1, 1, 1, 6]);
    expect([...(y!.data as Float32Array)]).toEqual([1, 1, 1, 2, 2, 2]);
    await session.release();
  });

  it('inputs that share a symbol may have sizes of their own, which is told', async () => {
    const { session, notes } = await open(
      {
        inputs: { frame: ['N', 1, 'H'], state: ['N', 1, 'H'] },
        outputs: { y: ['N', 1, 'H'] },
        initializers: { w: float32([1, 1, 2], [1, 1]) },
        // Whatever H is, the halves of a frame are not as many as H.
        nodes: [nodeProto('Conv', 'frame w', 'half', { strides: [2] }), nodeProto('Add', 'half state', 'y')],
      },
      { executor },
    );
    const frame = new Tensor('float32', [1, 2, 3, 4], [1, 1, 4]);
    const { y } = await session.run({ frame, state: new Tensor('float32', [10, 20], [1, 1, 2]) });
    expect(y!.dims).toEqual([1, 1, 2]);
    expect([...(y!.data as Float32Array)]).toEqual([13, 27]);
    expect(notes).toEqual([
      {
        about: 'feeds',
        text: "'state' has 2 at axis 2, although H = 4 comes from axis 2 of 'frame': it is taken for a size of its own",
      },
    ]);
    // What does not work out is an error all the same.
    await expect(session.run({ frame, state: new Tensor('float32', [1, 2, 3], [1, 1, 3]) })).rejects.toThrow(
      ModelError,
    );
    await session.release();
  });
});

describe('sizes', () => {
  it('that contradict one another within an input, or what the program said, are refused', async () => {
    const { session } = await open({
      inputs: { x: ['N', 'N'] },
      outputs: { y: ['N', 'N'] },
      nodes: [nodeProto('Neg', 'x', 'y')],
    });
    await expect(session.run({ x: new Tensor('float32', [1, 2], [1, 2]) })).rejects.toThrow('US2003');
    const bound = await open(
      { inputs: { a: ['N'], b: ['N'] }, outputs: { y: ['N'] }, nodes: [nodeProto('Add', 'a b', 'y')] },
      { freeDimensionOverrides: { N: 2 } },
    );
    const run = bound.session.run({ a: new Tensor('float32', [1, 2]), b: new Tensor('float32', [1]) });
    await expect(run).rejects.toThrow('US2003');
  });

  it('of defaults that are fed hold for single runs by reference as well', () => {
    const { model } = readModel(
      modelBytes({
        inputs: { x: [1], s: [1] },
        outputs: { y: [1] },
        initializers: { s: float32([1], [2]) },
        nodes: [nodeProto('Mul', 'x s', 'y')],
      }),
    );
    const x = new DenseTensor('float32', [1], Float32Array.of(3));
    expect([...runModel(model, { x }).outputs.get('y')!.data]).toEqual([6]);
    expect([...runModel(model, { x, s: float32([1], [5]) }).outputs.get('y')!.data]).toEqual([15]);
  });
});

describe('inputs and outputs may be called', () => {
  const names = [
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'signal',
    'profile',
    'tag',
    'onReport',
    'seed',
  ];

  it.each(names)('%s', async (name) => {
    const tensor = new Tensor('float32', [1, -2]);
    const data = async (spec: ModelSpec, feeds: object, ...more: object[]) => {
      const { session, notes } = await open(spec);
      const outputs = await session.run(feeds as Record<string, Tensor>, ...more);
      await session.release();
      expect(notes).toEqual([]);
      expect(Object.keys(outputs)).toEqual(session.outputNames);
      return [...(Object.entries(outputs)[0]![1].data as Float32Array)];
    };
    const named = (value: unknown) => Object.fromEntries([[name, value]]);
    const infos = (key: string) => Object.fromEntries([[key, [2]]]);
    const asInput = { inputs: infos(name), outputs: { y: [2] }, nodes: [nodeProto('Neg', name, 'y')] };
    expect(await data(asInput, named(tensor))).toEqual([-1, 2]);
    await expect(data(asInput, {})).rejects.toThrow('US2001');
    const asOutput = { inputs: { x: [2] }, outputs: infos(name), nodes: [nodeProto('Neg', 'x', name)] };
    expect(await data(asOutput, { x: tensor })).toEqual([-1, 2]);
    expect(await data(asOutput, { x: tensor }, [name])).toEqual([-1, 2]);
    expect(await data(asOutput, { x: tensor }, named(null))).toEqual([-1, 2]);
    const target = new Tensor('float32', new Float32Array(2));
    expect(await data(asOutput, { x: tensor }, named(target))).toEqual([-1, 2]);
    expect([...target.data]).toEqual([-1, 2]);
    // Neither a tensor nor null: an option.
    if (name === 'tag') expect(await data(asOutput, { x: tensor }, { tag: 'run' })).toEqual([-1, 2]);
  });
});
