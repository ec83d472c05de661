/** The references at once, for whoever runs by them. */
import { laterReferences } from './later-references.js';
import * as references from './references.js';

export function registerReferences(): void {
  laterReferences.provide(references);
}
