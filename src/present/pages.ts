/** What the codes of results mean. */
import type { Pages } from '../diagnostics/page.js';

export const presentPages: Pages = {
  US2013: {
    meaning: 'No output can be written as what --as asks for.',
    reason: 'Nothing is written. A mask needs rows and columns, a picture 1, 3 or 4 channels, depth one.',
    bad: '--as image, for 21 channels of scores',
    good: '--as mask, or --as channels for a picture of each',
    remedy: 'Ask for a kind that the output can have; --layout says which axis the channels are.',
  },
};
