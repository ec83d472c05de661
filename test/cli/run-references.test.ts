/** `unstride run` says what no kernel computes, and what time that took. */
import { describe, expect, it } from 'vitest';
import { modelBytes, nodeProto, tensorTypeProto } from '../support/model.js';
import { useRun } from './run-support.js';

const { cli, done, runJson } = useRun();

function network(type: 'float32' | 'float64'): Uint8Array {
  return modelBytes({
    inputs: { x: tensorTypeProto([2, 3], type) },
    outputs: { y: tensorTypeProto([2, 3], type) },
    nodes: [nodeProto('Exp', 'x', 'e'), nodeProto('RandomNormalLike', 'e', 'y', { seed: 1.5 })],
  });
}

describe('what references compute', () => {
  it('is in the text and in the JSON, with the share of the time', () => {
    cli.put('network.onnx', network('float32'));
    const text = done('network.onnx', '--input', 'random');
    expect(text).toMatch(/ of the run by references: 1 of 2 steps\n +1 RandomNormalLike \(random numbers\)\n/);
    const { references } = runJson('network.onnx', '--input', 'random');
    expect(references.operators).toEqual([{ operator: 'RandomNormalLike', steps: 1, reason: 'random numbers' }]);
  });

  it('is float64, but where fast is asked for', () => {
    cli.put('double.onnx', network('float64'));
    const text = done('double.onnx', '--input', 'random');
    expect(text).toContain("1 Exp (float64, which is computed in float32 where the precision 'fast' is asked for)");
    expect(done('double.onnx', '--input', 'random', '--precision', 'fast')).not.toContain('1 Exp');
  });
});
