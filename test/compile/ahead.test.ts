/** What is fetched ahead is what is loaded later: tables of the names of operators agree. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ahead, partsAhead } from '../../src/compile/ahead.js';
import { loweringGroups } from '../../src/lower/registry.js';
import { frequentOperators } from '../../src/ops/frequent.js';
import { families } from '../../src/ops/load.js';
import type { Operator } from '../../src/ops/operator.js';
import { rareOperators } from '../../src/ops/rare.js';
import { modelBytes, nodeProto } from '../support/model.js';

const namesOf = (part: string) => ahead[part]!.names.split(' ').sort();
const familyNames = families.map(({ names }) => [...names].sort());

describe('parts that are fetched ahead', () => {
  // As a rule convolutions take in what `channels` is for.
  it.each(loweringGroups.filter(({ name }) => name !== 'channels'))(
    'are lowerings of $name',
    ({ name, operators, comesWith }) => {
      expect(namesOf(name)).toEqual([...operators, ...comesWith].sort());
    },
  );

  it('are families of operators', () => {
    expect(['common functions', 'products', 'resampled'].map(namesOf)).toEqual(familyNames);
  });

  it('are frequent and rare operators', () => {
    const strangers = (part: string, operators: readonly Operator[]) => {
      const names = new Set(operators.map(({ name }) => name));
      return namesOf(part).filter((name) => !names.has(name));
    };
    expect(strangers('frequent', frequentOperators)).toEqual([]);
    expect(strangers('rare', rareOperators)).toEqual([]);
  });

  it('are modules', async () => {
    await Promise.all(Object.values(ahead).map(({ load }) => load()));
  });

  it('are found by the names in a file', () => {
    const nodes = [nodeProto('Conv', 'x w', 'h'), nodeProto('Softmax', 'h', 'y')];
    const file = modelBytes({ inputs: { x: [1, 8, 4, 4], w: [8, 8, 3, 3] }, outputs: { y: [1, 8, 2, 2] }, nodes });
    expect(partsAhead(file)).toEqual(['statistics', 'winograd', 'frequent']);
  });

  it('are found in a file of an exporter', () => {
    const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'dcgan', 'dynamo', 'model.onnx');
    expect(partsAhead(readFileSync(file))).toEqual(['winograd', 'raw weights']);
  });
});
