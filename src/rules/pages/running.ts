/** Codes for feeding and running. */
import type { Pages } from './pages.js';

export const runningPages: Pages = {
  US2001: {
    meaning: 'A model input was given no data.',
    reason: 'ONNX inputs have no defaults; initializers that may be replaced are not inputs here.',
    bad: 'unstride run vae.onnx --input image=cells.png',
    good: 'unstride run vae.onnx --input image=cells.png --input eps=random',
    remedy: 'Give every input; `unstride inspect` lists them with their shapes. `random` makes data up.',
  },
  US2002: {
    meaning: 'Data is given under a name that is no input of the model.',
    reason: 'It would be ignored, and the input that was meant stay without data.',
    bad: 'unstride run model.onnx --input img=cells.png',
    good: 'unstride run model.onnx --input image=cells.png',
    remedy: 'Use one of the names in the hint.',
  },
  US2003: {
    meaning: 'The data has another element type, number of axes or size than the input takes.',
    reason: 'Nothing is converted or stretched silently: a model that was fed a wrong layout gives plausible nonsense.',
    bad: 'input [N, 3, H, W], data [1, 224, 224, 3]',
    good: 'input [N, 3, H, W], data [1, 3, 224, 224]',
    remedy: 'Transpose, cast or resize the data. Pictures are brought into shape by `unstride run`; see its --layout.',
  },
  US2004: {
    meaning: 'A size is open, and neither the data nor --dim says what it is.',
    reason: 'Memory cannot be planned nor random data made without it.',
    bad: 'unstride run model.onnx --input image=random',
    good: 'unstride run model.onnx --input image=random --dim N=1,H=256,W=256',
    remedy: 'Bind it with --dim NAME=SIZE, or feed data that has the size.',
  },
  US2005: {
    meaning: 'A data file (array or picture) cannot be read, or is not what its name says.',
    reason: 'The run would start from something else than you think.',
    bad: '--input image=cells.gif',
    good: '--input image=cells.png',
    remedy: 'Give .npy, .npz, PNG, JPEG, WebP or TIFF; the message says what is wrong with the file.',
  },
  US2006: {
    meaning: 'While running, an index lay outside the tensor it points into (Gather, MaxUnpool, ScatterND and others).',
    reason:
      'The result would be garbage, or memory of others. For MaxUnpool it means indices of another pooling: see US1413 and US1414.',
    bad: 'y = Gather (x, [7])        # x [5]',
    good: 'y = Gather (x, [4])',
    remedy: 'Look where the indices come from, and for which size they were computed.',
  },
  US2007: {
    meaning:
      'The operator is known, but cannot compute this case: a combination of attributes, an element type, or more memory than there is.',
    reason: 'The run ends at this node.',
    bad: 'a 3-D model fed with volumes of several GB',
    good: 'the same in tiles',
    remedy: 'See the message; smaller inputs, another element type or an export with other attributes avoid it.',
  },
  US2008: {
    meaning: 'The run was stopped before its end by whoever started it.',
    reason: 'There is no result.',
    bad: 'Ctrl-C, or a signal that aborts',
    good: 'a run that is left to end',
    remedy: 'Run it again.',
  },
  US2009: {
    meaning: 'No implementation of the operator is known, so the model cannot be run past this node.',
    reason: 'Custom operators and those newer than unstride are kept in the graph, but cannot be executed.',
    bad: 'y = my.ops.FastUpsample (x)',
    good: 'y = Resize (x, , scales)',
    remedy: 'Export the layer as standard operators, or run the part of the model before it.',
  },
  US2010: {
    meaning: 'A result cannot be written where it was to go.',
    reason: 'Files are written whole or not at all, so nothing is left behind half.',
    bad: '--output /read-only/mask.png',
    good: '--output mask.png',
    remedy: 'Check the folder, its permissions and the space; choose another format for tensors that are no picture.',
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
  US2012: {
    meaning: 'A thread of the engine ended, or did not answer, while it took part in a run.',
    reason: 'There is no result; the next run starts new threads.',
    bad: 'the system ends a worker because memory is short',
    good: 'fewer threads on a machine with little memory',
    remedy: 'Run it again. Where it happens again, set the number of threads to 1.',
  },
  US2013: {
    meaning: 'No output can be written as what --as asks for.',
    reason: 'Nothing is written. A mask needs rows and columns, a picture 1, 3 or 4 channels, depth one.',
    bad: '--as image, for 21 channels of scores',
    good: '--as mask, or --as channels for a picture of each',
    remedy: 'Ask for a kind that the output can have; --layout says which axis the channels are.',
  },
};
