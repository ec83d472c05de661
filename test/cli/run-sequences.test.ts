/** `unstride run`: sequences of tensors are numbered arrays. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { modelBytes, nodeProto } from '../support/model.js';
import { npy, useRun } from './run-support.js';

const { cli, array, done, fault } = useRun();

const sequence = { type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } };
const model = modelBytes({
  inputs: { q: sequence, x: [2] },
  nodes: [nodeProto('SequenceInsert', 'q x', 'longer')],
  outputs: { longer: sequence },
});

it('reads and writes the tensors of a sequence by their numbers', () => {
  writeFileSync(path.join(cli.folder, 'model.onnx'), model);
  const arrays = { 'q.0.npy': npy([1], [5]), 'q.1.npy': npy([2], [6, 7]), 'x.npy': npy([2], [8, 9]) };
  writeFileSync(path.join(cli.folder, 'given.npz'), zipSync(arrays));
  expect(done('model.onnx', '--input', 'given.npz')).toContain('a sequence of 2 tensors');
  const values = [0, 1, 2].map((i) => array(`unstride-out/longer.${i}.npy`).values);
  expect(values).toEqual([[5], [6, 7], [8, 9]]);
});

it('says what a sequence wants where it gets one array', () => {
  writeFileSync(path.join(cli.folder, 'model.onnx'), model);
  expect(fault('model.onnx', '--input', 'q=random', '--input', 'x=random')).toMatch(
    /a \.npz with the arrays 'q\.0', 'q\.1'/,
  );
});
