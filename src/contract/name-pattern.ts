/**
 * A test for names of values: `*` stands for any characters, slashes too, and `?` for one; everything else is itself.
 *
 * Names come from models and may be of any length. Libraries turn patterns into regular expressions, whose time with
 * several stars grows with a power of the name's length. Here the time is at most the product of both lengths: only the
 * last star is retried, since extending an earlier one cannot make the rest match.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  return (name) => {
    let at = 0;
    let next = 0;
    // The last star seen, and where the text after its match begins.
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
