/** What models and their files of weights may be given as, under the names of onnxruntime-common 1.30. */

/** A URL, or a path in Node. */
export type FileUrlOrPath = string;

export type FileBlob = Blob;

/** The whole of a file. */
export type FileData = Uint8Array | ArrayBufferLike;

export type FileType = FileUrlOrPath | FileBlob | FileData;

/** A file of weights that the model names. */
export interface ExternalDataFileDescription {
  /** The file, or where it is. */
  data: FileType;
  /** As the model names it. */
  path: string;
}

/** A string is the place of the file, whose last part is the name that the model has for it. */
export type ExternalDataFileType = ExternalDataFileDescription | FileUrlOrPath;

export interface OnnxModelOptions {
  externalData?: readonly ExternalDataFileType[];
}
