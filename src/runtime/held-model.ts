/** The model that a session was made of, which may have to be read first. */
import { defineProblem } from '../diagnostics.js';
import type { OpenedModel } from './open.js';

export interface HeldModel {
  /** @throws ModelError when the file is gone, or another than before */
  get(): Promise<OpenedModel>;
  /** Drops the model where it can be read again. */
  rest(): void;
}

export const fileChanged = defineProblem('US1002', {
  message: 'the file has changed since the session was made of it, and is needed for inputs of other sizes',
  hint: 'make another session; or give the model as bytes, which the session keeps',
});
