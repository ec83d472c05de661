/** What the codes of data files mean. */
import type { Pages } from '../diagnostics/page.js';

export const filesPages: Pages = {
  US2005: {
    meaning: 'A data file (array or picture) cannot be read, or is not what its name says.',
    reason: 'The run would start from something else than you think.',
    bad: '--input image=cells.gif',
    good: '--input image=cells.png',
    remedy: 'Give .npy, .npz, PNG, JPEG, WebP or TIFF; the message says what is wrong with the file.',
  },
};
