/** Files of `unstride explain`: the moving picture of each layer, and a page with words and pictures. */
import path from 'node:path';
import type { LayerExplanation } from '../explain/explanation.js';
import { explanationPage } from '../explain/picture/page.js';
import { picturesOf } from '../explain/picture/pictures.js';
import { layerWords } from '../explain/words/words.js';
import { writeWhole } from '../files/write-whole.js';
import { renderLayer } from '../report/explain-text.js';
import { oneText } from './arguments.js';
import { cannotWrite } from './cannot-write.js';
import { makeFolderOf } from './make-folder.js';
import { plainColors } from './terminal.js';
import { UsageError } from './usage.js';

/** What is to be written. */
export interface ExplainFiles {
  readonly svg: string | undefined;
  readonly html: string | undefined;
}

export function readFiles(options: Readonly<Record<string, unknown>>): ExplainFiles {
  const files = { svg: oneText(options['svg'], 'svg'), html: oneText(options['html'], 'html') };
  for (const [name, file] of Object.entries(files))
    if (file === '') throw new UsageError(`--${name} is empty`, `for example --${name} layer.${name}`);
  return files;
}

/** What was written, and for which layers there is no picture. */
export interface WrittenExplanations {
  readonly written: readonly string[];
  readonly withoutPicture: readonly LayerExplanation[];
}

/** @param title of the page @throws ModelError US2010 for a file that cannot be written */
export async function writeFiles(
  layers: readonly LayerExplanation[],
  { svg, html }: ExplainFiles,
  title: string,
): Promise<WrittenExplanations> {
  const written: string[] = [];
  const withoutPicture: LayerExplanation[] = [];
  if (svg !== undefined) {
    for (const layer of layers) {
      // The one that moves comes last.
      const picture = picturesOf(layer).at(-1);
      if (picture === undefined) {
        withoutPicture.push(layer);
        continue;
      }
      const file = layers.length === 1 ? svg : numbered(svg, layer.node?.index ?? 0);
      await write(file, picture.svg, '--svg');
      written.push(file);
    }
  }
  if (html !== undefined) {
    const sections = layers.map((layer) => {
      const [, ...words] = renderLayer(layer, plainColors, pageWidth).trimEnd().split('\n');
      return { heading: layerWords(layer).heading, words: words.join('\n'), pictures: picturesOf(layer) };
    });
    await write(html, explanationPage(title, sections), '--html');
    written.push(html);
  }
  return { written, withoutPicture };
}

const pageWidth = 80;

/** `layer.svg` → `layer.24.svg` */
function numbered(file: string, index: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${index}${ext}`);
}

async function write(file: string, text: string, option: string): Promise<void> {
  await makeFolderOf(file);
  try {
    await writeWhole(file, text);
  } catch (error) {
    cannotWrite(file, 'the explanation cannot be written', error, `name another place with ${option}`);
  }
}
