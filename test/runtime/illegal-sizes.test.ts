/** Sizes that a network does not take: whoever is asked to use them says which it takes, and what would change that. */
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics.js';
import { Tensor as DenseTensor } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { compile, infer, runModel } from '../../src/runtime/stages.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { diagnosticsOf, diagnosticsOfAsync } from '../support/errors.js';
import { modelBytes, nodeProto } from '../support/model.js';

/** Halves, doubles, and adds what it began with: H and W are even. */
function skip(height: number | string, width: number | string): Uint8Array {
  return modelBytes({
    inputs: { x: [1, 1, height, width] },
    outputs: { y: [1, 1, 'R', 'S'] },
    nodes: [
      nodeProto('MaxPool', 'x', 'half', { kernel_shape: [2, 2], strides: [2, 2] }),
      nodeProto('ConvTranspose', 'half ones', 'up', { strides: [2, 2] }),
      nodeProto('Add', 'x up', 'y'),
    ],
    initializers: { ones: new DenseTensor('float32', [1, 1, 2, 2], Float32Array.of(1, 1, 1, 1)) },
  });
}

const feed = (height: number, width: number) => new Float32Array(height * width);

function expectExplained([error]: readonly Diagnostic[], size: number, name = 'H'): void {
  expect(error).toMatchObject({
    code: 'US1204',
    nearest: [{ symbol: name, size, below: size - 1, above: size + 1 }],
    hint: expect.stringMatching(
      new RegExp(`^feed ${name} = ${size - 1} or ${size + 1} \\(.*\\), or set output_padding = \\[1, 0\\]`),
    ),
  });
  expect(error?.remedies?.map(({ kind }) => kind)).toContain('output_padding');
}

describe.each(['compiled', 'reference'] as const)('a session, %s', (executor) => {
  it('names the nearest legal sizes, and goes on with one of them', async () => {
    const session = await InferenceSession.create(skip('H', 'W'), { executor });
    const run = (height: number) => session.run({ x: new Tensor('float32', feed(height, 4), [1, 1, height, 4]) }, {});
    expectExplained(await diagnosticsOfAsync(() => run(7)), 7);
    expect((await run(6))['y']?.dims).toEqual([1, 1, 6, 4]);
    await session.release();
  });
});

it('a session that is opened for a size', async () => {
  const options = { freeDimensionOverrides: { H: 9, W: 4 } };
  expectExplained(await diagnosticsOfAsync(() => InferenceSession.create(skip('H', 'W'), options)), 9);
});

it('a session for a model of one size, which has none to give', async () => {
  const [error] = await diagnosticsOfAsync(() => InferenceSession.create(skip(5, 4)));
  expect(error?.nearest).toBeUndefined();
  expect(error?.hint).toMatch(/^set output_padding = \[1, 0\]/);
});

it('runModel, infer and compile', async () => {
  const { model } = await openModel(skip('H', 'W'));
  const x = new DenseTensor('float32', [1, 1, 11, 4], feed(11, 4));
  expectExplained(
    diagnosticsOf(() => runModel(model, { x })),
    11,
  );
  const options = { bindings: new Map([['H', 13]]) };
  expectExplained(
    infer(model.graph, options).diagnostics.filter(({ severity }) => severity === 'error'),
    13,
  );
  expectExplained(
    diagnosticsOf(() => compile(model, options)),
    13,
  );
  const inputShapes = new Map([['x', [1, 1, 15, 4]]]);
  expectExplained(
    infer(model.graph, { inputShapes }).diagnostics.filter(({ severity }) => severity === 'error'),
    15,
  );
});
