/** Drawings in pieces. The page puts in one after another: a large one would hold it up, read and laid out at once. */
import { ownStyle, type SvgDocument } from '../protocol.js';

/** Characters of a piece, unless one element has more. */
const pieceLength = 6000;

/** @param svg a drawing of ours: texts in it are escaped, so that `<` and `>` are in tags alone */
export function svgDocument(svg: string): SvgDocument {
  const rules: string[] = [];
  const text = svg
    .replace(/<style>([\s\S]*?)<\/style>/g, (_, rule: string) => {
      rules.push(rule);
      return '';
    })
    .replace(/ style="/g, ` ${ownStyle}="`);
  let frame = '';
  const pieces: string[] = [];
  let piece = '';
  let depth = 0;
  let begin = 0;
  for (const { 0: tag, 1: closing, 2: closed, index } of text.matchAll(/<(\/?)[a-z][^<>]*?(\/?)>/gi)) {
    if (frame === '') {
      frame = `${tag}</svg>`;
      continue;
    }
    if (depth === 0) begin = index;
    if (closing === '/') depth--;
    else if (closed !== '/') depth++;
    if (depth > 0) continue;
    // The end of the root.
    if (depth < 0) break;
    piece += text.slice(begin, index + tag.length);
    if (piece.length < pieceLength) continue;
    pieces.push(piece);
    piece = '';
  }
  if (piece !== '') pieces.push(piece);
  return { frame, styles: rules.join('\n'), pieces };
}
