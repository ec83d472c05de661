/** What the codes of memory, and runs that end early mean. */
import type { Pages } from '../diagnostics/page.js';

export const limitsPages: Pages = {
  US2008: {
    meaning: 'The run was stopped before its end by whoever started it.',
    reason: 'There is no result.',
    bad: 'Ctrl-C, or a signal that aborts',
    good: 'a run that is left to end',
    remedy: 'Run it again.',
  },
  US2011: {
    meaning: 'The weights and the values between the layers take more memory than there is, or than the limit allows.',
    reason:
      'What is known from the sizes is refused before anything is made; what grows by data, such as the state of a loop, when it reaches the limit. WebAssembly has 4 GB at most, and the machine or the page may allow less.',
    bad: 'a segmentation network on a picture of 8000x8000',
    good: 'the same in tiles of 1024x1024',
    remedy:
      'Use smaller inputs, dispose of sessions that are not needed, or allow more: --memory-limit, or the option memoryLimit of a session.',
  },
};
