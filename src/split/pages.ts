/** What the codes of cutting parts out mean. */
import type { Pages } from '../diagnostics/page.js';

export const splitPages: Pages = {
  US2101: {
    meaning: 'A name given to cut at is neither that of a value nor that of a node, or several nodes have it.',
    reason: 'A part begins and ends at values; a node stands for what it makes.',
    bad: 'unstride extract unet.onnx --from botleneck --to mask',
    good: 'unstride extract unet.onnx --from bottleneck --to mask',
    remedy: 'Take one of the names that the message has; `unstride inspect` lists all.',
  },
  US2102: {
    meaning: 'What a part returns is computed from more than what it is given.',
    reason: 'Skip connections go around the place of the cut: a decoder needs them beside the bottleneck.',
    bad: 'unstride extract unet.onnx --from bottleneck --to mask',
    good: 'unstride extract unet.onnx --from bottleneck,enc3,enc2 --to mask',
    remedy:
      'Name the values that the message has as well, or give --auto, which takes them; or begin at the earlier value, through which everything goes.',
  },
  US2103: {
    meaning: 'The value is inside a branch of If or a body of Loop or Scan.',
    reason: 'Such a value exists once a run of the subgraph, or never: it is no value of the model.',
    bad: '--from a value of then_branch',
    good: '--from an output of the If',
    remedy: 'Cut at what the node with the subgraph reads or returns.',
  },
  US2104: {
    meaning: 'Neither inference nor the file tells the element type of a value that is to be an input.',
    reason: "ONNX wants a type for every input. It is unknown after operators that are not ONNX's own.",
    bad: '--from the output of a custom operator that value_info does not list',
    good: '--from a value whose type is known',
    remedy: 'Cut elsewhere, or export with the type in value_info.',
  },
  US2105: {
    meaning: 'The cut lies between a QuantizeLinear and the several DequantizeLinear that read it.',
    reason: 'The part is fed integers, and scale and zero point are in the other half; runtimes look for whole pairs.',
    bad: '--from x_quantized, which two DequantizeLinear read',
    good: '--from x_dequantized_1,x_dequantized_2',
    remedy: 'Name what the DequantizeLinear nodes make, or what QuantizeLinear reads.',
  },
  US2106: {
    meaning: 'A value was named to begin at, and nothing that is returned depends on it.',
    reason: 'The part has an input without effect, mostly because another name was meant, or both ends were exchanged.',
    bad: '--from bottleneck,logits --to logits_before',
    good: '--from bottleneck --to logits',
    remedy: 'Leave it out, or look for the value that was meant.',
  },
  US2107: {
    meaning: 'A cut at quantized integers was moved to the real numbers that DequantizeLinear makes of them.',
    reason: 'QuantizeLinear and DequantizeLinear are one rounding; apart they are not known for what they are.',
    bad: '--from x_quantized',
    good: '--from x_dequantized',
    remedy: 'Nothing is to be done; name the value after DequantizeLinear to have it said so.',
  },
  US2108: {
    meaning: 'The values given did not reach the outputs, and --auto takes those that were missing.',
    reason: 'The part has more inputs than were named, all of which have to be fed.',
    bad: '--from bottleneck --auto, fed with bottleneck alone',
    good: '--from bottleneck --auto, fed with bottleneck, enc3 and enc2',
    remedy: 'Feed all of them; what made them gives them.',
  },
  US2109: {
    meaning: 'Not even the number of axes of a value that the model is cut at follows from the model.',
    reason:
      'The part works, and runtimes load it; onnx.checker wants a shape of every input and output, and shapes after the input are not known either.',
    bad: '--from the output of an operator that is not known here, which value_info does not list',
    good: '--from a value whose shape is known',
    remedy: 'Cut elsewhere, or export with shapes in value_info.',
  },
};
