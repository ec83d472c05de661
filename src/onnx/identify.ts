/**
 * Identifies files that are not ONNX models by their first bytes, such as error pages and Git LFS pointers left behind
 * by downloads and checkouts.
 */

export interface Identity {
  /** What the file is, as in "the file is …". */
  readonly what: string;
  readonly hint: string;
}

interface Signature extends Identity {
  matches(start: Uint8Array, text: string): boolean;
}

/** The number of bytes that are examined; enough for the names of an archive's first entries. */
const startLength = 4096;

const feedHint = 'a model is fed with it (unstride run MODEL --input FILE); the model is another file';
const exportHint = 'export it: torch.onnx.export(model, example_inputs, "model.onnx")';

const signatures: readonly Signature[] = [
  {
    what: 'empty',
    hint: 'the download or the export was cut off: make it again',
    matches: (start) => start.length === 0,
  },
  {
    what: 'a Git LFS pointer, not the model itself',
    hint: 'fetch it with git lfs pull',
    matches: (_, text) => text.startsWith('version https://git-lfs.github.com/spec/'),
  },
  {
    what: 'an HTML page',
    hint: 'the download gave a page about the model: look for the address of the file itself',
    matches: (_, text) => /^\s*<(?:!doctype html|html|head|body)/i.test(text),
  },
  {
    what: 'an OpenVINO or another XML file',
    hint: 'unstride reads the .onnx file that it was converted from',
    matches: (_, text) => /^\s*<\?xml|^\s*<net\b/.test(text),
  },
  {
    what: 'a PyTorch checkpoint or a TorchScript archive (a zip file with pickled objects)',
    hint: exportHint,
    matches: (start, text) => isZip(start) && /data\.pkl|\/data\/0|constants\.pkl|\.format_version/.test(text),
  },
  {
    what: 'a NumPy archive (.npz)',
    hint: feedHint,
    matches: (start, text) => isZip(start) && text.includes('.npy'),
  },
  {
    what: 'a Keras model (.keras, a zip file)',
    hint: 'convert it with tf2onnx: python -m tf2onnx.convert --keras model.keras --output model.onnx',
    matches: (start, text) => isZip(start) && /config\.json|metadata\.json|model\.weights\.h5/.test(text),
  },
  { what: 'a zip file', hint: 'unpack it: the model may be inside', matches: isZip },
  { what: 'a gzip file', hint: 'unpack it: the model may be inside', matches: (start) => begins(start, 0x1f, 0x8b) },
  {
    what: 'a TensorFlow Lite model',
    hint: 'convert it with tf2onnx: python -m tf2onnx.convert --tflite model.tflite --output model.onnx',
    matches: (start, text) => isFlatBuffer(start) && text.slice(4, 8) === 'TFL3',
  },
  {
    what: 'a model in the format of ONNX Runtime (.ort)',
    hint: 'unstride reads the .onnx file that it was made from',
    matches: (start, text) => isFlatBuffer(start) && text.slice(4, 8) === 'ORTM',
  },
  {
    what: 'an HDF5 file (Keras weights)',
    hint: 'convert it with tf2onnx: python -m tf2onnx.convert --keras model.h5 --output model.onnx',
    matches: (start) => begins(start, 0x89, 0x48, 0x44, 0x46),
  },
  {
    what: 'a pickled Python object (an old PyTorch checkpoint)',
    hint: exportHint,
    matches: (start) => start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5,
  },
  {
    what: 'a GGUF file',
    hint: 'unstride reads ONNX models',
    matches: (_, text) => text.startsWith('GGUF'),
  },
  {
    what: 'a safetensors file: weights without a graph',
    hint: exportHint,
    matches: (start, text) => start.length > 8 && text[8] === '{' && start[6] === 0 && start[7] === 0,
  },
  {
    what: 'a NumPy array (.npy)',
    hint: feedHint,
    matches: (_, text) => text.startsWith('\x93NUMPY'),
  },
  {
    what: 'a picture',
    hint: feedHint,
    matches: (start, text) =>
      begins(start, 0xff, 0xd8, 0xff) || /^(?:\x89PNG|GIF8|RIFF[\s\S]{4}WEBP|II\*\0|MM\0\*)/.test(text),
  },
  {
    what: 'a JSON text',
    hint: 'unstride reads ONNX models in protobuf',
    matches: (_, text) => /^\s*[{[]\s*["[{]/.test(text),
  },
  {
    what: 'an ONNX model in its textual form',
    hint: 'convert it with onnx.parser.parse_model and onnx.save',
    matches: (_, text) => /^\s*<\s*ir_version\s*:/.test(text) || /^\s*ir_version\s*:/.test(text),
  },
];

function begins(start: Uint8Array, ...bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => start[i] === byte);
}

function isZip(start: Uint8Array): boolean {
  return begins(start, 0x50, 0x4b, 3, 4) || begins(start, 0x50, 0x4b, 5, 6);
}

/** FlatBuffers begin with the offset of their root table, which is near the start. */
function isFlatBuffer(start: Uint8Array): boolean {
  return start[2] === 0 && start[3] === 0;
}

/** Undefined if the file may be a model. */
export function identifyForeign(bytes: Uint8Array): Identity | undefined {
  const start = bytes.subarray(0, startLength);
  const text = String.fromCharCode(...start);
  return signatures.find((signature) => signature.matches(start, text));
}
