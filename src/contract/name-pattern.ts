/**
 * A test for names of values: `*` stands for any characters, slashes too, and `?` for one; everything else is itself.
 *
 * Names come from models, as long as whoever made one likes. A regular expression with several stars, which libraries make
 * of patterns, takes time that grows with a power of a name's length. Here it is at most the product of both lengths: only
 * the last star is ever tried again, since an earlier one that reaches further leaves no more for the rest to match.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  return (name) => {
    let at = 0;
    let next = 0;
    // The last star that was met, and where the text begins that it does not stand for.
    let star = -1;
    let after = 0;
    while (at < name.length) {
      if (pattern[next] === '*') {
        star = next++;
        after = at;
      } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === name[at])) {
        next++;
        at++;
      } else if (star >= 0) {
        next = star + 1;
        at = ++after;
      } else return false;
    }
    while (pattern[next] === '*') next++;
    return next === pattern.length;
  };
}
