/** Inputs as records have them: read again they are the same ones, and what is damaged is told. */
import { describe, expect, it } from 'vitest';
import { mul, symbol } from '../../../src/ir/dim.js';
import { Value } from '../../../src/ir/graph.js';
import { DamagedEntry } from '../../../src/runtime/cache/image.js';
import { inputsOf, keptInputs } from '../../../src/runtime/cache/ports.js';

const written = (inputs: readonly Value[]): unknown => JSON.parse(JSON.stringify(keptInputs(inputs)));

describe('kept inputs', () => {
  it('have the sizes that they had, open ones with their reason', () => {
    const inputs = [
      new Value('x', {
        kind: 'tensor',
        elementType: 'float32',
        shape: [1, symbol('N'), symbol('x axis 2', { reason: 'not given by the file' })],
      }),
      new Value('scalar', { kind: 'tensor', elementType: 'int64', shape: [] }),
      new Value('any rank', { kind: 'tensor', elementType: 'float16', shape: undefined }),
    ];
    const read = inputsOf(written(inputs));
    expect(read.map(({ name, declared }) => ({ name, declared }))).toEqual(
      inputs.map(({ name, declared }) => ({ name, declared })),
    );
    const [x] = read;
    expect(x?.declared?.kind === 'tensor' && x.declared.shape?.[1]).toBe(symbol('N'));
  });

  it('are not kept where they are no tensors of plain sizes', () => {
    const shape = [mul(2, symbol('N'))];
    expect(keptInputs([new Value('x', { kind: 'tensor', elementType: 'float32', shape })])).toBeUndefined();
    expect(keptInputs([new Value('x')])).toBeUndefined();
  });

  it.each([
    null,
    [null],
    [{ name: 'x', type: 'float3', shape: [] }],
    [{ name: 1, type: 'float32', shape: [] }],
    [{ name: 'x', type: 'float32', shape: [-1] }],
    [{ name: 'x', type: 'float32', shape: [['N', 1]] }],
    [{ name: 'x', type: 'float32' }],
  ])('that are damaged are told: %j', (data) => {
    expect(() => inputsOf(data)).toThrow(DamagedEntry);
  });
});
