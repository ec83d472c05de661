/** What the codes of opening and writing models, feeding and running them mean. */
import type { Pages } from '../diagnostics/page.js';

export const runtimePages: Pages = {
  US1002: {
    meaning: 'The file or the address cannot be read; the message gives the reason of the system or the server.',
    reason: 'Nothing can be said about the model.',
    bad: 'unstride check modle.onnx        # there is no such file',
    good: 'unstride check model.onnx',
    remedy:
      'Check the path and the permissions; for an address also that the server allows the request (CORS in a browser).',
  },
  US1011: {
    meaning:
      '`unstride fix` compared the model before and after, and a shape or a result differs. Nothing was written.',
    reason: 'A fix must keep what the model computes. That it did not is a fault of unstride.',
    bad: 'the output was float32[1, 21, 64, 64] and is float32[1, 21, 63, 64]',
    good: 'the same shapes and results',
    remedy: 'Please report it with the model. `--select` with the other codes makes the remaining fixes.',
  },
  US1012: {
    meaning:
      'A model that keeps weights in other files cannot be written where it was to go: the file would replace one that those weights lie in, under its own name or through a link; the weights were to be shared from a folder that does not have them; or their file would have a name that no model may refer to.',
    reason:
      'Weights are copied while the new files are written, and other models may use them: a file that was replaced would be lost for all of them.',
    bad: 'unstride fix model.onnx --output model.weights      # the file that model.onnx keeps its weights in',
    good: 'unstride fix model.onnx --output fixed.onnx',
    remedy:
      "Choose another name, or another folder. To share the weights, write the model into its source's folder, where the same relative paths lead to them.",
  },
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
  US2012: {
    meaning:
      'A thread of the engine, or the worker that a session lives in, ended or did not answer while it took part in a run.',
    reason: 'There is no result; the next run starts new threads, or another worker.',
    bad: 'the system ends a worker because memory is short',
    good: 'fewer threads on a machine with little memory',
    remedy: 'Run it again. Where it happens again, set the number of threads to 1.',
  },
};
