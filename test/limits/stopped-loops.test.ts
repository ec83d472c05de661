/** Loops of a million rounds end when their signal says so, on both executors, and leave others their turns. */
import { expect, it } from 'vitest';
import { int64 } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { encodeCurrent, graphProto, modelProto, nodeProto, tensorTypeProto } from '../support/model.js';

const rounds = 2 ** 20 - 1;

/** x, with `rounds` times nothing added. */
function looping(): Uint8Array {
  const body = graphProto({
    inputs: { i: tensorTypeProto([], 'int64'), going: tensorTypeProto([], 'bool'), s: [2] },
    outputs: { still: tensorTypeProto([], 'bool'), t: [2] },
    nodes: [nodeProto('Identity', 'going', 'still'), nodeProto('Neg', 's', 't')],
  });
  return encodeCurrent(
    modelProto({
      inputs: { x: [2] },
      outputs: { y: [2] },
      initializers: { trips: int64([], [rounds]) },
      nodes: [nodeProto('Loop', 'trips _ x', 'y', { body: { g: body } })],
    }),
  );
}

it.each(['compiled', 'reference'] as const)('executor %s', async (executor) => {
  const session = await InferenceSession.create(looping(), { executor, threads: 1, onNote: () => {} });
  const x = new Tensor('float32', [1, 2]);
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    if (++turns === 2) controller.abort(new Error('enough'));
  }, 1);
  const [found] = await diagnosticsOfAsync(() => session.run({ x }, { signal: controller.signal }));
  clearInterval(timer);
  expect(found).toMatchObject({ code: 'US2008', actual: 'enough' });
  await session.release();
});
