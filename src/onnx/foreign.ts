/** Refuses files that are no models, or too large to be one. */
import { defineProblem, fail } from '../diagnostics.js';
import { identifyForeign } from './identify.js';
import { maxMessageBytes } from './proto.js';

const noModel = defineProblem('US1001', { kind: 'string', hint: 'string' }, ({ kind, hint }) => ({
  message: `the file is ${kind}`,
  expected: 'an ONNX model',
  hint,
}));

/** @throws ProblemError US1001 for a file of another kind */
export function refuseForeign(start: Uint8Array): void {
  const foreign = identifyForeign(start);
  if (foreign !== undefined) fail(noModel({ kind: foreign.what, hint: foreign.hint }));
}

const fileTooLarge = defineProblem('US1009', { bytes: 'integer', maximum: 'integer' }, ({ bytes, maximum }) => ({
  message: 'the file is larger than a protobuf message can be',
  expected: `at most ${maximum} bytes`,
  actual: `${bytes} bytes`,
  hint: 'export the weights into a file of their own (onnx.save_model(..., save_as_external_data=True))',
}));

/**
 * Reports a file that is too large for any model, without reading it.
 * @param start the first few thousand bytes
 */
export function failTooLarge(start: Uint8Array, byteLength: number): never {
  refuseForeign(start);
  fail(fileTooLarge({ bytes: byteLength, maximum: maxMessageBytes }));
}
