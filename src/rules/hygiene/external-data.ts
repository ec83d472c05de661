/** Checks whether external data is where the model says, without reading it. */
import { ProblemError } from '../../diagnostics.js';
import type { Constant } from '../../ir/graph.js';
import { factsOf } from '../facts.js';
import { passOn } from '../rule.js';

export const missingExternalData = passOn({
  code: 'US1006',
  explanation: {
    meaning:
      'Weights lie in a file beside the model, and that file is missing, cannot be read, or is shorter than the model says.',
    reason:
      'Shapes can be checked without the weights, so everything looks well until the model is run, often on another machine to which only the .onnx file was copied.',
    bad: 'model.onnx        # its weights are in weights.bin\n',
    good: 'model.onnx\nweights.bin',
    remedy:
      'Keep both files together under the names they were exported with, fetch the file (git lfs pull), or export again into one file.',
  },
  *check({ model }) {
    // One check for each file, at the tensor that ends last in it.
    const last = new Map<string, Constant>();
    for (const graph of factsOf(model).graphs) {
      for (const constant of graph.constants.values()) {
        const { place } = constant;
        if (place === undefined || constant.probe === undefined) continue;
        const other = last.get(place.location)?.place;
        if (other === undefined || place.offset + place.length > other.offset + other.length)
          last.set(place.location, constant);
      }
    }
    for (const constant of last.values()) {
      try {
        constant.probe!();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        // US1005 if a link leads out of the folder.
        yield { problem: error.problem };
      }
    }
  },
});
