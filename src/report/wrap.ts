/**
 * Wraps text at spaces to fit a width. What belongs together stays on a line: shapes in brackets, numbers with their
 * units.
 */

/** The lines of the text; words longer than the width are not broken. Without a width there is one line. */
export function wrapText(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = '';
  for (const piece of piecesOf(text, width)) {
    const longer = line === '' ? piece : `${line} ${piece}`;
    if (line !== '' && shownLength(longer) > width) {
      lines.push(line);
      line = piece;
    } else line = longer;
  }
  lines.push(line);
  return lines;
}

/**
 * A text of many lines, those that are too long broken, and what follows indented below them. Colors take no room.
 * @param width any where it is undefined
 */
export function fitLines(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) => {
      if (shownLength(line) <= width) return [line];
      const [margin = ''] = /^ */.exec(line) ?? [];
      const indent = `${margin}    `;
      const [first = '', ...rest] = wrapText(line.slice(margin.length), Math.max(leastRoom, width - margin.length));
      if (rest.length === 0) return [line];
      const below = wrapText(rest.join(' '), Math.max(leastRoom, width - indent.length));
      return [margin + first, ...below.map((part) => indent + part)];
    })
    .join('\n');
}

const leastRoom = 20;

const number = /(?:^|[^\w.])-?\d[\d.,]*$/;
const unit = /^(?:[kMGTP]|[KMGTP]iB|B|[mµn]?s|min)(?![A-Za-z])/;

/** Words, joined where they are one thing that fits into a line. */
export function piecesOf(text: string, width: number): string[] {
  const pieces: string[] = [];
  let open: string[] = [];
  const close = () => {
    const joined = open.join(' ');
    pieces.push(...(shownLength(joined) <= width ? [joined] : open));
    open = [];
  };
  for (const word of text.split(' ')) {
    if (open.length > 0 && depthOf(open) <= 0 && !(unit.test(word) && number.test(open.at(-1)!))) close();
    open.push(word);
    // A bracket that nothing closes is a character like another.
    if (depthOf(open) > 0 && shownLength(open.join(' ')) > width) close();
  }
  close();
  return pieces;
}

function depthOf(words: readonly string[]): number {
  let depth = 0;
  for (const word of words) for (const character of word) depth += character === '[' ? 1 : character === ']' ? -1 : 0;
  return depth;
}

/** Without escape sequences of colors. */
function shownLength(text: string): number {
  return [...text.replaceAll(color, '')].length;
}

const color = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');
