/** What the codes of finding decoders mean. */
import type { Pages } from '../../diagnostics/page.js';

export const splitDecodersPages: Pages = {
  US2111: {
    meaning: 'Nothing in the model makes things bigger after a place where they are smallest.',
    reason:
      'A classifier or a backbone is an encoder alone; a network that keeps its grid is neither encoder nor decoder.',
    bad: 'unstride extract resnet50.onnx --decoder -o decoder.onnx',
    good: 'unstride extract resnet50.onnx --from features -o head.onnx',
    remedy: 'Name where the part begins: --from; `unstride inspect` lists the values.',
  },
  US2112: {
    meaning: 'The model is a decoder as a whole: nothing shrinks in it before something grows.',
    reason: 'Generators, decoders of autoencoders and networks that magnify have no encoder.',
    bad: 'unstride extract generator.onnx --encoder -o encoder.onnx',
    good: 'unstride extract generator.onnx --list',
    remedy: 'Where --list has further places, name one: --candidate 2. Otherwise name both ends: --from, --to.',
  },
  US2113: {
    meaning: 'The number of a candidate is beyond those that were found.',
    reason: 'Candidates are numbered from 1 in the order of `unstride extract MODEL --list`.',
    bad: '--candidate 5 of a model with two',
    good: '--candidate 2',
    remedy: 'Take a number of the list.',
  },
  US2114: {
    meaning: 'The model was cut where its decoder was found to begin.',
    reason: 'What a part is fed depends on the place; where another would do as well, that is said here.',
    bad: 'unstride run stacked.onnx --decoder, of which one of several hourglasses was meant',
    good: 'unstride run stacked.onnx --decoder --candidate 2',
    remedy: 'Nothing is to be done; `unstride extract MODEL --list` shows the other places and the reasons.',
  },
};
