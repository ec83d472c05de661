import { expect, it } from 'vitest';
import { certainEndings } from '../../../../src/cli/run/many/certain-files.js';
import type { KindRequest } from '../../../../src/present/kinds.js';

const endings = (outputs: readonly string[], as: readonly KindRequest[] = [], arrays = true) =>
  Object.fromEntries(
    certainEndings(
      outputs.map((name) => ({ name, type: name === 'text' ? 'string' : 'float32' })),
      { as, arrays },
    ),
  );
const all = (kind: KindRequest['kind']): KindRequest => ({ output: undefined, kind });

it('arrays are certain by default; a requested kind is certain for the outputs that it is requested for', () => {
  expect(endings(['y', 'z', 'text'])).toEqual({ y: ['.npy'], z: ['.npy'], text: [] });
  expect(endings(['y'], [], false)).toEqual({ y: [] });
  expect(endings(['y'], [all('mask'), all('probabilities')])).toEqual({ y: ['.mask.png', '.probabilities.npy'] });
  expect(endings(['y', 'z'], [all('mask')])).toEqual({ y: [], z: [] });
  expect(endings(['y', 'z'], [{ output: 'z', kind: 'depth' }, all('array')])).toEqual({
    y: ['.npy'],
    z: ['.depth.png', '.npy'],
  });
});
