/** What a session has to tell: to its `onNote`, or to the console where there is none and something was asked in vain. */
import { isLogged } from './common/env.js';
import type { SessionNote } from './session-options.js';

export class NoteBook {
  readonly notes: SessionNote[] = [];
  private readonly told = new Set<string>();

  constructor(private readonly onNote: ((note: SessionNote) => void) | undefined) {}

  /** Each text once. */
  readonly tell = (note: SessionNote): void => {
    if (this.told.has(note.text)) return;
    this.told.add(note.text);
    this.notes.push(note);
    if (this.onNote !== undefined) this.onNote(note);
    else if (note.about === 'option' && isLogged()) console.warn(`unstride: ${note.text}`);
    else if (note.about === 'environment' && isLogged()) console.info(`unstride: ${note.text}`);
  };
}
