/** Names for "did you mean": what a mistyped name is nearest to. */
import { distance } from 'fastest-levenshtein';

/** Longer names are cut before they are compared: this is about typing errors. */
const maxLength = 200;

/**
 * The candidate nearest to `name`, when it is near enough to be meant.
 * @param most edits that count as near, at least; more for long names
 */
export function closest(name: string, candidates: Iterable<string>, most = 1): string | undefined {
  let best: string | undefined;
  let least = Math.max(most, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const edits = distance(comparable(name), comparable(candidate));
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

function comparable(name: string): string {
  return name.slice(0, maxLength).toLowerCase();
}
