/** Codes of `check --runtime`: what other runtimes load and run. */
import type { Pages } from '../diagnostics/page.js';

const where =
  'Facts are those of tables with their source and date, which `check --json` names: of onnxruntime its kernels, of OpenVINO and OpenCV what trying models gave, of the others the lists that the projects publish.';

export const runtimesPages: Pages = {
  US1701: {
    meaning: `The runtime that --runtime asks about has no such operator in this release. ${where}`,
    reason: 'It refuses the model when it loads it, or stops there in the run.',
    bad: 'unstride check model.onnx --runtime tensorrt, with a MaxUnpool',
    good: 'unstride check model.onnx --runtime onnxruntime',
    remedy:
      'Take a release that has it, where the message names one; write the layer otherwise in the framework (ConvTranspose or Resize instead of MaxUnpool); or cut the model (`unstride extract`) and run that part elsewhere.',
  },
  US1702: {
    meaning: `The runtime has the operator, but not in the version that the model's operator set brings. ${where}`,
    reason:
      'Runtimes look kernels up by the version: a newer one is another operator to them, even where nothing that matters changed.',
    bad: 'a model of operator set 22 with --runtime onnxruntime@1.16',
    good: 'the same model, exported for operator set 19',
    remedy:
      'Export for an older operator set; `unstride fix --opset` rewrites where that is mechanical. Or take a newer release.',
  },
  US1703: {
    meaning: `The runtime has no kernel of the operator for the element type of a value. ${where}`,
    reason: 'Most runtimes have float32 everywhere, and few operators in float64, in bfloat16 or in integers.',
    bad: 'a Conv in float64 with --runtime onnxruntime',
    good: 'the Conv in float32',
    remedy: 'Export in float32, or put a Cast before and after the node.',
  },
  US1704: {
    meaning: `The runtime has the operator, but not with this attribute, this input, or this number of outputs. ${where}`,
    reason:
      'Converters in particular take what their engine has: constant weights, some modes of Resize, a single output of MaxPool.',
    bad: 'a Resize with mode cubic and --runtime tensorrt',
    good: 'a Resize with mode linear',
    remedy: 'Change the layer in the framework to what the message says is taken.',
  },
  US1705: {
    meaning: `The runtime does not take tensors of this rank in the operator. ${where}`,
    reason: 'Engines for pictures often have layers over two spatial axes only.',
    bad: 'a Conv over a volume, rank 5, with --runtime onnxruntime-web:webnn',
    good: 'the Conv over pictures, rank 4',
    remedy: 'Fold an axis into another one with a Reshape, or take another runtime.',
  },
  US1706: {
    meaning: `The model imports an operator set, or has an IR version, that the release does not read. ${where}`,
    reason: 'The model is refused before any node is looked at.',
    bad: 'opset_import: 22 with --runtime onnxruntime@1.16',
    good: 'opset_import: 19 with --runtime onnxruntime@1.16',
    remedy:
      'Export for the older set, or take a newer release. The IR version is that of the package onnx that wrote the model.',
  },
  US1707: {
    meaning: `The runtime does not compute the node itself, but has something that does: the WebAssembly backend under WebGPU and WebNN, onnxruntime's CPU under CoreML. ${where}`,
    reason:
      'The model runs. Values are copied to the other device and back around such nodes, which takes longer than it saves where they alternate.',
    bad: 'a GridSample between the layers of a network, with --runtime onnxruntime-web:webnn',
    good: 'such nodes at the beginning or the end',
    remedy:
      'Nothing has to be done. Where it is too slow, move such nodes together, or write them with operators that the runtime has.',
  },
  US1709: {
    meaning:
      'A portability rule has found a node that tools treat differently (US1405 to US1410, US1711 to US1718), and the runtime that --runtime asks about refuses the model for it, or stops there.',
    reason:
      'The operator is there, so lists of operators do not show it; some such models fail only at the first picture.',
    bad: 'a Conv with auto_pad SAME_UPPER and dilations, with --runtime onnxruntime',
    good: 'the Conv with pads',
    remedy: 'Do what the page of the other finding says; `unstride fix` writes what it can.',
  },
  US1710: {
    meaning:
      'A portability rule has found a node that tools treat differently (US1405 to US1410, US1711 to US1718), and the runtime that --runtime asks about computes other numbers or sizes there than the specification and unstride.',
    reason: 'Nothing fails, and results differ from those of the framework, at borders or everywhere.',
    bad: 'a Resize with antialias, with --runtime openvino',
    good: 'the Resize without antialias',
    remedy: 'Do what the page of the other finding says, or compare results there.',
  },
  US1708: {
    meaning: `The tables do not say whether the runtime runs the node: it was not tried, its domain is not looked at, it depends on what the file does not tell, or the release is none that facts are known of. ${where}`,
    reason: 'What is not known is said to be, instead of passing.',
    bad: 'a custom operator with --runtime openvino',
    good: 'try the model in the runtime',
    remedy: 'Load the model there. If it runs, ignore the code for the node, in the configuration or in its metadata.',
  },
};
