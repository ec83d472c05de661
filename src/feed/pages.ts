/** What the codes of what inputs are fed mean. */
import type { Pages } from '../diagnostics/page.js';

export const feedPages: Pages = {
  US2004: {
    meaning: 'A size is open, and neither the data nor --dim says what it is.',
    reason: 'Memory cannot be planned nor random data made without it.',
    bad: 'unstride run model.onnx --input image=random',
    good: 'unstride run model.onnx --input image=random --dim N=1,H=256,W=256',
    remedy: 'Bind it with --dim NAME=SIZE, or feed data that has the size.',
  },
};
