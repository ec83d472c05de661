import type { Backend } from './backend.js';
import { referenceBackend } from './reference-backend.js';
import type { SessionNote, SessionOptions } from './session-options.js';

/** The backend that the options ask for, or the one that there is. @param note hears why it is another */
export async function createBackend(_options: SessionOptions, _note: (note: SessionNote) => void): Promise<Backend> {
  return referenceBackend;
}
