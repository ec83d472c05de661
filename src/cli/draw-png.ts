/** A drawing as PNG, by resvg where it is installed, with a font of this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readRegular } from './read-regular.js';
import { UsageError } from './usage.js';

const resvgPackage = '@resvg/resvg-wasm';

/** Pixels of a drawing's unit, and the most pixels of a picture: larger drawings get fewer. */
const scale = 2;
const mostPixels = 2 ** 26;
const mostFontBytes = 2 ** 25;

interface Font {
  readonly family: string;
  readonly files: readonly string[];
}

/** @throws UsageError where the package or a font is missing, with what to install */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const font = findFont();
  const [, width = 1, height = 1] = (/ width="(\d+)" height="(\d+)"/.exec(svg) ?? []).map(Number);
  const zoom = Math.min(scale, Math.sqrt(mostPixels / (width * height)));
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: {
      fontBuffers: font.files.map((file) => readRegular(file, mostFontBytes)),
      defaultFontFamily: font.family,
      sansSerifFamily: font.family,
    },
  });
  try {
    const image = resvg.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    resvg.free();
  }
}

async function loadResvg(): Promise<typeof import('@resvg/resvg-wasm')> {
  let wasm: string;
  try {
    wasm = createRequire(import.meta.url).resolve(`${resvgPackage}/index_bg.wasm`);
  } catch {
    throw new UsageError(
      `PNG needs the package ${resvgPackage}, which is not installed`,
      `npm install ${resvgPackage}, or write .svg or .html`,
    );
  }
  const resvg = await import('@resvg/resvg-wasm');
  await resvg.initWasm(readFileSync(wasm));
  return resvg;
}

/** Folders in which systems and distributions keep fonts, and fonts that are as wide as drawings count on, or less. */
const folders = [
  '/usr/share/fonts/truetype/dejavu',
  '/usr/share/fonts/TTF',
  '/usr/share/fonts/dejavu',
  '/usr/share/fonts/dejavu-sans-fonts',
  '/usr/share/fonts/truetype/liberation',
  '/usr/share/fonts/truetype/liberation2',
  '/usr/share/fonts/liberation-sans',
  '/usr/share/fonts/liberation',
  '/usr/share/fonts/truetype/noto',
  '/usr/local/share/fonts',
  '/System/Library/Fonts/Supplemental',
  '/Library/Fonts',
  path.join(process.env['WINDIR'] ?? 'C:\\Windows', 'Fonts'),
];
const fonts: readonly { readonly family: string; readonly regular: string; readonly bold: string }[] = [
  { family: 'DejaVu Sans', regular: 'DejaVuSans.ttf', bold: 'DejaVuSans-Bold.ttf' },
  { family: 'Liberation Sans', regular: 'LiberationSans-Regular.ttf', bold: 'LiberationSans-Bold.ttf' },
  { family: 'Noto Sans', regular: 'NotoSans-Regular.ttf', bold: 'NotoSans-Bold.ttf' },
  { family: 'Arial', regular: 'Arial.ttf', bold: 'Arial Bold.ttf' },
  { family: 'Arial', regular: 'arial.ttf', bold: 'arialbd.ttf' },
];

/** `UNSTRIDE_FONT` names a file before all others. */
function findFont(): Font {
  const given = process.env['UNSTRIDE_FONT'];
  if (given !== undefined && given !== '') {
    if (!existsSync(given))
      throw new UsageError(`UNSTRIDE_FONT names '${given}', which does not exist`, 'name a .ttf or .otf file');
    const start = readRegular(given, 4);
    if (!['\0\u0001\0\0', 'OTTO', 'true', 'ttcf'].includes(start.toString('latin1')))
      throw new UsageError(`UNSTRIDE_FONT names '${given}', which is no font`, 'name a .ttf or .otf file');
    return { family: path.parse(given).name, files: [given] };
  }
  for (const folder of folders)
    for (const { family, regular, bold } of fonts) {
      const files = [regular, bold].map((name) => path.join(folder, name)).filter((file) => existsSync(file));
      if (files.length > 0) return { family, files };
    }
  throw new UsageError(
    'PNG needs a font, and this machine has none that is known',
    'install DejaVu or Liberation (Debian: apt install fonts-dejavu-core), name a .ttf file in UNSTRIDE_FONT, or write .svg or .html',
  );
}
