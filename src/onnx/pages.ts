/** What the codes of reading and writing models mean. */
import type { Pages } from '../diagnostics/page.js';

export const onnxPages: Pages = {
  US1001: {
    meaning:
      'The bytes are no ONNX model. The message says what they are where that can be told: a Git LFS pointer, an HTML page, a PyTorch checkpoint, a TensorFlow Lite model, a picture, an empty file and others.',
    reason:
      'Most tools answer such files with "Protobuf parsing failed", which sends people looking for version conflicts. Usually a download or a checkout left something else under the name.',
    bad: 'version https://git-lfs.github.com/spec/v1\noid sha256:…',
    good: 'a ModelProto: the file begins with ir_version (bytes 08 …)',
    remedy: 'Do what the hint says: git lfs pull, download the file itself, or export the model.',
  },
  US1003: {
    meaning: 'The file begins like a model, but ends early or holds bytes that are no protobuf message.',
    reason: 'Part of the model is missing. Tools that read on regardless run with weights of zeros or garbage.',
    bad: 'a download that broke off, a text-mode transfer',
    good: 'the whole file; its size and checksum are those of the source',
    remedy: 'Fetch or export it again, and compare sizes.',
  },
  US1004: {
    meaning: 'The version of the file format (ir_version) is older or newer than unstride reads.',
    reason: 'Fields mean other things in other versions; guessing would give another model.',
    bad: 'ir_version: 2',
    good: 'ir_version: 8',
    remedy:
      'Newer: use a newer unstride, or export for an older version (`onnx.save` with model.ir_version lowered, where the model uses nothing new). Older: open and save it with the onnx package, or convert it with onnx.version_converter.',
  },
  US1005: {
    meaning:
      "The model keeps weights in a file that does not lie below the model's folder: an absolute path, a drive, a URL, a path with '..', or a link that leads out. Where the model itself is a link, as in the caches of model hubs, its weights may be one into the same folder.",
    reason:
      'A model must not choose which files of the machine are read: this has been a way to steal files (CVE-2022-25882, CVE-2024-27318, CVE-2024-5187). The file is refused whatever it is.',
    bad: 'external_data: location "../../etc/passwd"',
    good: 'external_data: location "weights.bin"',
    remedy:
      'Save the model with its weights beside it: `onnx.save_model(model, "model.onnx", save_as_external_data=True, location="weights.bin")`.',
  },
  US1007: {
    meaning:
      'A tensor of the file contradicts itself: its shape and its data have different numbers of elements, or a size is impossible.',
    reason: 'Weights would be read from the wrong place. Such files are damaged, or written by hand.',
    bad: 'initializer: w float32 [64, 3, 3, 3] with 512 bytes',
    good: 'initializer: w float32 [64, 3, 3, 3] with 6912 bytes',
    remedy:
      'Export again. If you write the file yourself, raw_data has the product of dims times the size of an element.',
  },
  US1008: {
    meaning: 'A tensor has an element type that the specification does not have, or one that nothing can compute with.',
    reason: 'Its bytes cannot be given a meaning.',
    bad: 'data_type: 99',
    good: 'data_type: 1        # float32',
    remedy:
      'Use a newer unstride if the model is of a newer ONNX version; otherwise the file is damaged: export again.',
  },
  US1009: {
    meaning: 'The model with its weights inside is larger than 2 GiB, which one protobuf message cannot be.',
    reason: 'Parsers count the bytes of a message in 31 bits; files beyond cannot be read by anyone.',
    bad: 'model.onnx of 3 GB',
    good: 'model.onnx of 200 kB with weights.bin of 3 GB beside it',
    remedy: 'Keep the weights in a file beside the model (external data).',
  },
  US1010: {
    meaning:
      'A node that came out of a model-local function is of another version of the operator set than the model, and means something else there.',
    reason:
      'Functions may import their own operator sets. Once its nodes stand in the graph, they can only have the versions of the model.',
    bad: 'opset_import: [ai.onnx 18]\nfunction f: opset_import [ai.onnx 12], y = ReduceSum <axes = [1]> (x)',
    good: 'opset_import: [ai.onnx 18]\nfunction f: opset_import [ai.onnx 18]',
    remedy: 'Export again for one operator set, or convert with onnx.version_converter first.',
  },
  US1101: {
    meaning: 'The model does not say for which operator set it was written (opset_import is empty).',
    reason:
      'Operators change from set to set: Softmax normalizes over other axes before 13, Resize and Upsample place pixels differently. unstride takes the set that was current with the IR version of the file; other tools refuse the model or take their own.',
    bad: 'opset_import: []',
    good: 'opset_import: [ai.onnx 17]',
    remedy:
      'Set the version that the exporter used: `model.opset_import.append(onnx.helper.make_opsetid("", 17))`. `unstride fix` writes the version that was assumed.',
  },
  US1102: {
    meaning: 'The model is written for an operator set that unstride does not read.',
    reason: 'Its operators may mean something else than those that are known.',
    bad: 'opset_import: [ai.onnx 4]',
    good: 'opset_import: [ai.onnx 17]',
    remedy:
      'Older: convert the model with onnx.version_converter. Newer: export with an older opset_version, or use a newer unstride.',
  },
  US1103: {
    meaning: 'A node reads, or the graph returns, a value that no input, initializer or node makes.',
    reason: 'The graph cannot be computed. A renamed layer or a cut at the wrong place leaves such loose ends.',
    bad: 'y = Relu (conv1)        # the value is named conv_1',
    good: 'y = Relu (conv_1)',
    remedy:
      'Follow the hint, which names the most similar value, or cut the model out again with the missing value as an input.',
  },
  US1104: {
    meaning: 'Two nodes make a value of the same name, or a node makes what an input or initializer is already.',
    reason: 'Values have one producer (static single assignment); which of the two readers see depends on the tool.',
    bad: 'x1 = Conv (x, w)\nx1 = Relu (x1)',
    good: 'x1 = Conv (x, w)\nx2 = Relu (x1)',
    remedy:
      'Give each result its own name. Graphs that were joined by hand need a prefix on one side (onnx.compose.add_prefix).',
  },
  US1105: {
    meaning: 'Nodes wait for one another: there is no order in which they could run.',
    reason: 'ONNX graphs have no loops but those inside Loop and Scan.',
    bad: 'a = Add (x, b)\nb = Relu (a)',
    good: 'a = Add (x, b_before)\nb = Relu (a)',
    remedy: 'Look for the value that should come from outside; the message names the nodes in the circle.',
  },
  US1106: {
    meaning:
      'A model-local function calls itself, or the functions call one another so often that a million nodes come out.',
    reason: 'Calls are replaced by the nodes of the function, which has to end.',
    bad: 'function f (x) => (y) { y = f (x) }',
    good: 'function f (x) => (y) { y = Relu (x) }',
    remedy: 'Export again; no exporter writes recursion. Repetition belongs into Loop.',
  },
  US1107: {
    meaning: 'A node reads a value that a later node makes: the list of nodes is not in topological order.',
    reason:
      'The specification demands the order, and onnxruntime and onnx.checker refuse others. unstride sorts the nodes and goes on.',
    bad: 'y = Relu (z)\nz = Conv (x, w)',
    good: 'z = Conv (x, w)\ny = Relu (z)',
    remedy: '`unstride fix` writes the nodes in order, changing as little as possible.',
  },
  US1108: {
    meaning:
      'An attribute does not hold what its type says, has a type that the specification does not have, or nests graphs too deep.',
    reason: 'Its value cannot be known.',
    bad: 'attribute axis: type INTS, with only i set',
    good: 'attribute axis: type INT, i = 1',
    remedy: 'Export again, or write the attribute with onnx.helper.make_attribute.',
  },
};
