/** What few files have: it comes with the first one that does, which is then read once more (`withParts`). */
import { Part } from '../limits/part.js';

export const rareForms = new Part(() => import('./rare-forms.js'));

/** Reads sizes that are arithmetic. */
export const sizeArithmetic = new Part(() => import('../ir/dim/parse.js'));
