/** What the codes of legal sizes mean. */
import type { Pages } from '../diagnostics/page.js';

export const solvePages: Pages = {
  US1216: {
    meaning:
      'What the nodes ask of an open size contradicts itself: whatever the size is, some node fails. The message names the node at which the last size drops out.',
    reason: 'The model cannot run at all. Usually one layer was changed and what stands on the other side was not.',
    bad: 'x [N, C, H, W]\nup = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2], pads = [1, 1, 0, 0]> (MaxPool (x))        # at most H - 1\ny = Concat <axis = 1> (x, up)',
    good: 'up = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2]> (MaxPool (x))        # H, where H is even\ny = Concat <axis = 1> (x, up)',
    remedy:
      'Look at the two chains of layers in the message: one of them adds or drops rows. What the message offers to set there was tried.',
  },
  US1218: {
    meaning:
      'Some input sizes may be illegal although nothing in the report rules them out: after an operator that is not known, where data decides a size, where a size is too complex to follow, or where sizes could only be tried one by one.',
    reason: 'A check that passes says nothing about such sizes. `--strict-sizes` makes it fail instead.',
    bad: 'y = my.domain.Fold (x)        # nothing is known of it',
    good: 'y = Reshape (x, shape)',
    remedy:
      'Give the sizes that you use with --dim, or replace the node that the message names by operators of ONNX. In the configuration, `severity: { US1218: error }` is what --strict-sizes is on the command line.',
  },
};
