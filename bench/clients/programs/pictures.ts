/** Pictures for clients, drawn here; without fonts, which a machine may lack. */
import sharp from 'sharp';

/** Strokes of letters in a box of 4 by 6. */
const strokes: Readonly<Record<string, string>> = {
  A: 'M0 6L2 0L4 6M.8 4H3.2',
  E: 'M4 0H0V6H4M0 3H3.4',
  H: 'M0 0V6M4 0V6M0 3H4',
  L: 'M0 0V6H3.8',
  N: 'M0 6V0L4 6V0',
  P: 'M0 6V0H2.2A1.7 1.7 0 0 1 2.2 3.4H0',
  S: 'M3.8 .9C3 -.4 .3 -.2 .3 1.5C.3 3.4 3.8 2.6 3.8 4.5C3.8 6.3 .8 6.4 0 5',
  T: 'M0 0H4M2 0V6',
  '1': 'M.8 1.2L2.4 0V6',
  '4': 'M3 6V0L0 4.2H4',
  '7': 'M0 0H4L1.4 6',
};

function svg(width: number, height: number, content: string): Buffer {
  return Buffer.from(
    `<svg width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg">` +
      `<rect width="100%" height="100%" fill="white"/>${content}</svg>`,
  );
}

/** Lines of text, a PNG of 640 by 100 pixels a line. */
export function writing(lines: readonly string[]): Promise<Buffer<ArrayBuffer>> {
  const size = 7;
  const letters = lines.flatMap((line, row) =>
    [...line].map((letter, column) => {
      const place = `translate(${40 + column * size * 6} ${30 + row * 100}) scale(${size})`;
      return `<path transform="${place}" d="${strokes[letter] ?? ''}"/>`;
    }),
  );
  const content = `<g fill="none" stroke="black" stroke-width=".8" stroke-linecap="round">${letters.join('')}</g>`;
  return sharp(svg(640, 100 * lines.length, content))
    .png()
    .toBuffer();
}

/** A ball before a wall, a PNG of 256 by 320 pixels. */
export function ball(): Promise<Buffer<ArrayBuffer>> {
  const content = `<defs><radialGradient id="ball" cx=".4" cy=".35" r=".75"><stop offset="0" stop-color="#f08030"/>
    <stop offset="1" stop-color="#501808"/></radialGradient><linearGradient id="wall" x1="0" x2="0" y1="0" y2="1">
    <stop offset="0" stop-color="#f0f0f0"/><stop offset="1" stop-color="#c8c8c8"/></linearGradient></defs>
    <rect width="256" height="320" fill="url(#wall)"/><circle cx="128" cy="160" r="85" fill="url(#ball)"/>`;
  return sharp(svg(256, 320, content))
    .png()
    .toBuffer();
}
