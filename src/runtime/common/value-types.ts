/** What goes into a session and comes out, under the names of onnxruntime-common 1.30. */
import type { Tensor } from '../tensor/tensor.js';

/** Sequences and maps are no inputs and outputs of sessions. */
export type NonTensorType = never;

export type OnnxValue = Tensor | NonTensorType;

export type OnnxValueDataLocation = Tensor.DataLocation;

export type OnnxValueMapType = { [name: string]: OnnxValue };

export type NullableOnnxValueMapType = { [name: string]: OnnxValue | null };
