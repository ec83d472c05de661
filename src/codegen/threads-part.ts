/** What emits code for several threads: it comes with the first plan that is for some. */
import { Part } from '../limits/part.js';

export const threadCode = new Part(() => import('./thread-code.js'));
