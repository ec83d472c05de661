/** Sequences as inputs and outputs of sessions: lists of tensors. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import { TensorSequence } from '../../src/ir/sequence.js';
import { float32 } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { receivedTensor, sentData, sentFeed, sentTensor } from '../../src/runtime/worker/sent-tensor.js';
import { modelBytes, nodeProto } from '../support/model.js';

const sequence = { type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } };

/** q and a Relu of x, as a sequence and joined. */
const model = modelBytes({
  inputs: { q: sequence, x: [2] },
  nodes: [
    nodeProto('Relu', 'x', 'r'),
    nodeProto('SequenceInsert', 'q r', 'longer'),
    nodeProto('ConcatFromSequence', 'longer', 'joined', { axis: 0 }),
  ],
  outputs: { longer: sequence, joined: ['n'] },
});

const x = new Tensor('float32', Float32Array.of(-1, 2), [2]);
const list = [new Tensor('float32', Float32Array.of(5), [1]), new Tensor('float32', Float32Array.of(6, 7, 8), [3])];

/** The model's answer, with lists where the types of onnxruntime-common have tensors. */
async function answer(options: InferenceSession.SessionOptions, feeds: Record<string, Tensor | readonly Tensor[]>) {
  const session = await InferenceSession.create(model, { threads: 1, ...options });
  try {
    const { longer, joined } = await session.run(feeds);
    return {
      longer: (longer as unknown as Tensor[]).map(({ data }) => [...(data as Float32Array)]),
      joined: joined!.data,
    };
  } finally {
    await session.release();
  }
}

describe.each(['compiled', 'reference'] as const)('sequences with the executor %s', (executor) => {
  it('are lists of tensors', async () => {
    expect(await answer({ executor }, { q: list, x })).toEqual({
      longer: [[5], [6, 7, 8], [0, 2]],
      joined: Float32Array.of(5, 6, 7, 8, 0, 2),
    });
  });

  it('may be empty', async () => {
    expect((await answer({ executor }, { q: [], x })).longer).toEqual([[0, 2]]);
  });
});

it('a tensor for a sequence and a list for a tensor are refused, and lists of several types', async () => {
  const refusals = [
    { q: x, x },
    { q: list, x: list },
    { q: [list[0]!, new Tensor('int32', Int32Array.of(1), [1])], x },
  ];
  for (const feeds of refusals) {
    const error = await answer({}, feeds).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).diagnostics.map(({ code }) => code)).toEqual(['US2003']);
  }
});

it('sequences are sent to workers and back', () => {
  const given = new TensorSequence('float32', [float32([1], [1]), new TensorSequence('float32', [])]);
  const sent = sentFeed(sentTensor(given));
  expect(sentData(sent)).toHaveLength(1);
  expect(receivedTensor(structuredClone(sent))).toEqual(given);
});
