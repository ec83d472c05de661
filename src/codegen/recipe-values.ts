/** What recipes read. */
import type { ConstantRecipe } from '../plan/execution-plan.js';

/** The constants of the graph that a recipe needs. */
export function valuesOf(recipe: ConstantRecipe): ReadonlySet<string> {
  if (recipe.kind === 'bytes') return new Set();
  if (!('pieces' in recipe)) return new Set([recipe.value]);
  return new Set(recipe.pieces.map(({ value }) => value));
}
