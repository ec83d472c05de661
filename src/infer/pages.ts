/** What the codes of inference mean. */
import type { Pages } from '../diagnostics/page.js';

export const inferPages: Pages = {
  US1213: {
    meaning:
      'The arithmetic on sizes has grown so large that it is not followed; sizes after this node are new unknowns.',
    reason: 'Constraints between what comes before and after are not seen. The model itself may be sound.',
    bad: 'shape arithmetic that squares a size at every layer',
    good: 'sizes that are sums, products and quotients of the input sizes',
    remedy: 'Bind the open sizes (`--dim H=512`) to check one size exactly.',
  },
  US1214: {
    meaning:
      'The file declares a type or a shape for a value (in value_info, inputs or outputs) that the graph or the initializer of that name does not give.',
    reason:
      'Tools that believe the declaration allocate the wrong buffers, or "fall back to a lenient merge" and lose the shape. Editing a model without renewing its value_info leaves such traces.',
    bad: 'output: y [1, 21, 64, 64]        # the graph makes [1, 21, 32, 32]',
    good: 'output: y [1, 21, 32, 32]',
    remedy:
      'If the graph is right, remove the declarations and infer them anew; if the declaration is what you wanted, look for the layer that makes another size.',
  },
  US1215: {
    meaning: 'An input of the graph has no shape in the file, not even a number of axes.',
    reason: 'Nothing can be said about sizes that follow from it.',
    bad: 'input: x tensor(float)',
    good: 'input: x tensor(float) [N, 3, H, W]',
    remedy: 'Declare the shape when exporting, with names for open sizes.',
  },
  US1217: {
    meaning:
      'Not even the number of axes of a value follows from the model: it depends on data that is computed while running.',
    reason: 'No shape after this node can be told, and nothing there is checked.',
    bad: 'y = Reshape (x, shape)        # shape is an input of the model, and of no fixed length',
    good: 'y = Reshape (x, shape)        # shape int64[4]',
    remedy: 'Give the list a fixed length, or compute it from Shape: the values of such arithmetic are followed.',
  },
  US1305: {
    meaning:
      'unstride does not know the operator. The shapes of its outputs are taken from the file, where it gives them.',
    reason:
      'After the node nothing is proved but what the file declares, and the model cannot be run past it. The operator may be custom, newer than unstride, or misspelt.',
    bad: 'y = ConvTransposed (x, w)',
    good: 'y = ConvTranspose (x, w)',
    remedy:
      'Check the spelling and the domain; export the layer as standard operators or as a model-local function; for a custom operator that is meant so, tolerate the code.',
  },
};
