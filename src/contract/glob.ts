/**
 * Patterns for paths, as shells write them: `*` and `?` within a folder, `**` across folders, `{a,b}`, `[a-z]`.
 * Paths have `/` between their parts.
 */

export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** A test for whole paths. A leading `./` counts for nothing. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(withoutDot(pattern)).map((text) => text.split('/').map(partOf));
  return (path) => {
    const parts = withoutDot(path).split('/');
    return alternatives.some((pieces) => matchesParts(pieces, parts));
  };
}

/** A test for texts that are no paths: here `*` and `?` match slashes too. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const pieces = expandBraces(pattern).map(tokensOf);
  return (name) => pieces.some((tokens) => matchesTokens(tokens, name));
}

function withoutDot(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '');
}

type Token = { readonly kind: 'any' } | { readonly kind: 'one'; test(character: string): boolean };

type Part = 'folders' | readonly Token[];

function partOf(text: string): Part {
  return text === '**' ? 'folders' : tokensOf(text);
}

/** More combinations of braces than anybody writes by hand are taken as plain text. */
const maxAlternatives = 256;

function expandBraces(pattern: string): string[] {
  let done = [pattern];
  for (;;) {
    const next: string[] = [];
    let isChanged = false;
    for (const text of done) {
      const [all, head, body, tail] = /^([^{}]*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(text) ?? [];
      if (all === undefined) next.push(text);
      else {
        isChanged = true;
        next.push(...body!.split(',').map((choice) => `${head}${choice}${tail}`));
      }
    }
    if (!isChanged || next.length > maxAlternatives) return done;
    done = next;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' });
    } else if (character === '?') tokens.push({ kind: 'one', test: () => true });
    else {
      const end = character === '[' ? characters.indexOf(']', i + 2) : -1;
      if (end < 0) tokens.push({ kind: 'one', test: (other) => other === character });
      else {
        tokens.push({ kind: 'one', test: classOf(characters.slice(i + 1, end)) });
        i = end;
      }
    }
  }
  return tokens;
}

/** What stands between brackets: `abc`, `a-z`, `!a-z`. */
function classOf(body: readonly string[]): (character: string) => boolean {
  const isNegated = body[0] === '!' || body[0] === '^';
  const ranges: [string, string][] = [];
  for (let i = isNegated ? 1 : 0; i < body.length; i++) {
    const isRange = body[i + 1] === '-' && i + 2 < body.length;
    ranges.push([body[i]!, isRange ? body[i + 2]! : body[i]!]);
    if (isRange) i += 2;
  }
  return (character) => ranges.some(([low, high]) => character >= low && character <= high) !== isNegated;
}

/** Names that begin with a dot are matched only by patterns that do. */
function matchesPart(tokens: readonly Token[], name: string): boolean {
  const [first] = tokens;
  if (name.startsWith('.') && (first === undefined || first.kind === 'any' || !isDot(first))) return false;
  return matchesTokens(tokens, name);
}

function isDot(token: Extract<Token, { kind: 'one' }>): boolean {
  return token.test('.') && !token.test('a');
}

/** Goes back to the last star only, so that no pattern takes more than the product of both lengths. */
function matchesTokens(tokens: readonly Token[], name: string): boolean {
  const characters = [...name];
  return greedy(
    tokens.length,
    characters.length,
    (t) => tokens[t]?.kind === 'any',
    (t, c) => {
      const token = tokens[t];
      return token?.kind === 'one' && token.test(characters[c]!);
    },
  );
}

function matchesParts(pieces: readonly Part[], parts: readonly string[]): boolean {
  return greedy(
    pieces.length,
    parts.length,
    (p) => pieces[p] === 'folders',
    (p, c) => {
      const piece = pieces[p];
      return piece !== undefined && piece !== 'folders' && matchesPart(piece, parts[c]!);
    },
  );
}

function greedy(
  patternLength: number,
  length: number,
  isStar: (p: number) => boolean,
  fits: (p: number, c: number) => boolean,
): boolean {
  let p = 0;
  let star = -1;
  let mark = 0;
  let c = 0;
  while (c < length) {
    if (p < patternLength && isStar(p)) {
      star = p++;
      mark = c;
    } else if (p < patternLength && fits(p, c)) {
      p++;
      c++;
    } else if (star >= 0) {
      p = star + 1;
      c = ++mark;
    } else return false;
  }
  while (p < patternLength && isStar(p)) p++;
  return p === patternLength;
}
