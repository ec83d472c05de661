/** Codes for reading and writing model files. */
import type { Pages } from './pages.js';

export const filePages: Pages = {
  US1001: {
    meaning:
      'The bytes are no ONNX model. The message says what they are where that can be told: a Git LFS pointer, an HTML page, a PyTorch checkpoint, a TensorFlow Lite model, a picture, an empty file and others.',
    reason:
      'Most tools answer such files with "Protobuf parsing failed", which sends people looking for version conflicts. Usually a download or a checkout left something else under the name.',
    bad: 'version https://git-lfs.github.com/spec/v1\noid sha256:…',
    good: 'a ModelProto: the file begins with ir_version (bytes 08 …)',
    remedy: 'Do what the hint says: git lfs pull, download the file itself, or export the model.',
  },
  US1002: {
    meaning: 'The file or the address cannot be read; the message gives the reason of the system or the server.',
    reason: 'Nothing can be said about the model.',
    bad: 'unstride check modle.onnx        # there is no such file',
    good: 'unstride check model.onnx',
    remedy:
      'Check the path and the permissions; for an address also that the server allows the request (CORS in a browser).',
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
};
