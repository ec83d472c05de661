/** Headers of entries with anything in place of what is right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedEntry } from '../../../src/runtime/cache/image.js';
import { checkHeader } from '../../../src/runtime/cache/validate.js';

const header = {
  about: { file: 'm.onnx', sizes: 'x [1]', tier: 'fma', threads: 1, version: '1' },
  plan: {
    inputs: [{ name: 'x', operand: { kind: 'arena', type: 'float32', dims: [2, 3], offset: 0, cells: 'float32' } }],
    outputs: [{ name: 'y', operand: { kind: 'arena', type: 'int64', dims: [6], offset: 8, cells: 'int64' } }],
    faults: [],
    steps: [{ kind: 'kernel', algorithm: 'copy', nodes: [0], parallel: true, operations: 6 }],
  },
  runBytes: 4096,
  steps: [{ operators: 'Neg', nodes: ['n'], shapes: '', algorithm: 'copy', operations: 6, threads: 1 }],
  references: { steps: 0, total: 1, operators: [] },
  diagnostics: [{ code: 'US1213', severity: 'info', message: 'm' }],
  constants: [{ key: 'k', address: 1024, bytes: 64, digest: 'd' }],
  moduleBytes: 100,
};
type Json = Record<string, unknown>;

/** The header with something else at a path. */
function withValue(steps: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(header);
  let at: Json = copy as Json;
  for (const step of steps.slice(0, -1)) at = at[step] as Json;
  at[steps.at(-1)!] = value;
  return copy;
}

describe('the header of an entry', () => {
  it('is taken as it is written', () => {
    expect(checkHeader(header, 1000)).toEqual(header);
  });

  it.each([
    { at: ['constants', 0, 'address'], value: 0 },
    { at: ['constants', 0, 'address'], value: 1028 },
    { at: ['constants', 0, 'address'], value: 2 ** 32 },
    { at: ['constants', 0, 'bytes'], value: -64 },
    { at: ['plan', 'outputs', 0, 'operand', 'offset'], value: 1020 },
    { at: ['plan', 'outputs', 0, 'operand', 'dims'], value: [2 ** 20, 2 ** 20] },
    { at: ['plan', 'outputs', 0, 'operand', 'offset'], value: 1014 },
    { at: ['plan', 'outputs', 0, 'operand', 'offset'], value: 7 },
    { at: ['plan', 'outputs', 0, 'operand', 'cells'], value: 'int32' },
    { at: ['plan', 'inputs', 0, 'operand', 'cells'], value: 'int64' },
    { at: ['plan', 'inputs', 0, 'operand', 'kind'], value: 'host' },
    { at: ['plan', 'inputs', 0, 'operand', 'type'], value: 'toString' },
    { at: ['plan', 'steps', 0, 'kind'], value: 'reference' },
    { at: ['plan', 'steps'], value: [] },
    { at: ['references', 'steps'], value: 1 },
    { at: ['runBytes'], value: 2 ** 33 },
    { at: ['moduleBytes'], value: 1e9 },
  ])('is refused with $value at $at', ({ at, value }) => {
    expect(() => checkHeader(withValue(at, value), 1000)).toThrow(DamagedEntry);
  });

  it('is refused or taken with anything else in it, and nothing worse', () => {
    const paths: (string | number)[][] = [];
    const collect = (value: unknown, at: (string | number)[]) => {
      if (at.length > 0) paths.push(at);
      if (typeof value === 'object' && value !== null)
        for (const [name, item] of Object.entries(value)) collect(item, [...at, name]);
    };
    collect(header, []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), (at, value) => {
        try {
          checkHeader(withValue(at, value), 1000);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedEntry);
        }
      }),
      { numRuns: 300 },
    );
  });
});
