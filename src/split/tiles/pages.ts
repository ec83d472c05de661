/** What the codes of running in tiles mean. */
import type { Pages } from '../../diagnostics/page.js';

export const splitTilesPages: Pages = {
  US2201: {
    meaning:
      'A node computes positions of its output from more than the positions around them: from a whole axis of the picture, or from its size.',
    reason:
      'Tiles are exact where each result depends on a bounded part of the picture. Global pooling, normalization over height and width, attention and constants of the size of the picture do not.',
    bad: 'unstride run styled.onnx --input large.jpg --tile 512x512, with an InstanceNormalization',
    good: 'unstride run styled.onnx --input large.jpg --tile 512x512 --blend 64',
    remedy:
      'Run the picture whole; run a part of the network without the node (--from, --to); or take --blend, whose result is close to the whole one and not equal.',
  },
  US2202: {
    meaning:
      "The size of the tiles is no multiple of the network's total stride, or the picture's size and the one that the model fixes do not go together.",
    reason:
      'Strided layers have to fall on the same positions in a tile as in the whole picture, so tiles begin at multiples of the total stride, and the last one ends with the picture.',
    bad: '--tile 500x500 for a U-Net with four poolings by 2',
    good: '--tile 512x512',
    remedy: 'Take one of the sizes that the message names.',
  },
  US2203: {
    meaning: 'With --blend, a node that sees the whole picture was computed for each tile alone.',
    reason:
      'Its mean, its maximum or its weights are those of a tile; neighboring tiles may differ, and are faded into one another.',
    bad: '--tile 128x128 --blend 8 with a GlobalAveragePool',
    good: '--tile 512x512 --blend 128, or the whole picture',
    remedy: 'Larger tiles and a wider overlap come closer to the whole picture.',
  },
};
