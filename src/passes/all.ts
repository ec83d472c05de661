/** All passes at once, for whoever cannot wait. */
import { passes as fusions } from './groups/fusions.js';
import { passes as inlining } from './groups/inlining.js';
import { passes as movement } from './groups/movement.js';
import { passes as sequences } from './groups/sequences.js';
import { passes as types } from './groups/types.js';
import { byName, passGroups } from './list.js';

export function registerAllPasses(): void {
  for (const [name, passes] of Object.entries({ fusions, inlining, movement, sequences, types }))
    passGroups[name as keyof typeof passGroups].provide(byName(passes));
}
