/**
 * Text in pixels, with a font that is small enough to be data here. Packages with fonts bring files or need a canvas.
 */

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue. */
  readonly data: Uint8Array;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** Letters are 5 wide and 7 high, with 2 rows for descenders below, and 1 column between them. */
const letter = { width: 5, height: 9, advance: 6 } as const;

/** Rows above the base line, which capitals fill. */
export const capHeight = 7;

/**
 * From space to tilde: a digit in base 32 for each row, from the top; its bits are the pixels from left to right.
 */
const glyphs = (
  '0000000 4444404 aaa0000 aavavaa 4fke5u4 op248j3 cik8lid 4400000 2488842 8422248 04lel40 044v440 00000648 000v000 00000cc ' +
  '01248g0 ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 0cc0cc0 0cc0c48 248g842 00v0v00 ' +
  '8421248 eh12404 ehnlnge ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf hhhvhhh e44444e 72222ic hikokih ggggggv ' +
  'hrllhhh hhpljhh ehhhhhe uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hhha444 v1248gv e88888e ' +
  '0g84210 e22222e 4ah0000 000000v 8420000 00e1fhf ggmphhu 00egghe 11djhhf 00ehvge 698s888 00fhhhf1e ggmphhh 40c444e ' +
  '2062222ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe 00uhhhugg 00fhhhf11 00mpggg 00ege1u 88s8896 00hhhjd 00hhha4 00hhlla ' +
  '00ha4ah 00hhhhf1e 00v248v 2448442 4444444 8442448 008l200'
)
  .split(' ')
  .map((rows) => [...rows].map((row) => Number.parseInt(row, 32)));

/** An empty box, for characters that the font does not have. */
const missing = [31, 17, 17, 17, 17, 17, 31];

const space = 0x20;

/** The characters that are drawn: accents are dropped, ligatures resolved, unknown characters become boxes. */
function drawable(text: string): string[] {
  return [...text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/ß/g, 'ss').replace(/\s/g, ' ')];
}

/** How wide the text is, in pixels. */
export function textWidth(text: string, zoom: number): number {
  return Math.max(0, drawable(text).length * letter.advance - 1) * zoom;
}

/** Draws the text with its upper left corner at `x` and `y`, each pixel of a letter `zoom` × `zoom`. */
export function drawText(canvas: Canvas, text: string, x: number, y: number, zoom: number, color: Rgb): void {
  for (const [i, character] of drawable(text).entries()) {
    const glyph = glyphs[character.codePointAt(0)! - space] ?? missing;
    for (const [row, bits] of glyph.entries())
      for (let column = 0; column < letter.width; column++)
        if ((bits >> (letter.width - 1 - column)) & 1)
          fillRectangle(canvas, x + (i * letter.advance + column) * zoom, y + row * zoom, zoom, zoom, color);
  }
}

/** Fills the part of the rectangle that lies on the canvas. */
export function fillRectangle(
  { width, height, data }: Canvas,
  x: number,
  y: number,
  across: number,
  down: number,
  color: Rgb,
): void {
  for (let row = Math.max(0, y); row < Math.min(height, y + down); row++)
    for (let column = Math.max(0, x); column < Math.min(width, x + across); column++)
      data.set(color, (row * width + column) * 3);
}

/** From the top of capitals to the lowest descender. */
export const lineHeight = letter.height;
