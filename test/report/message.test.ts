import { expect, it } from 'vitest';
import { sentence } from '../../src/report/message.js';

it.each([
  ['the rank is not known', 'The rank is not known.'],
  ['onnxruntime 1.32 does not have DFT', 'onnxruntime 1.32 does not have DFT.'],
  ['tfjs 2.4, as it is', 'tfjs 2.4, as it is.'],
  ['unstride reads sets from 6 on', 'unstride reads sets from 6 on.'],
  ['axis=1 is written twice!', 'axis=1 is written twice!'],
])('%o alone is %o', (text, alone) => {
  expect(sentence(text)).toBe(alone);
});
