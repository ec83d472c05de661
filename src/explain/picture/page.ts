/** One page of explanations with their pictures: a file that needs no other and runs no script. */

import { escapeText } from '../../diagnostics/markup.js';
import type { LayerPicture } from './document.js';
import { element } from './svg.js';
import { fontFamily, type Theme, themeVariables } from './theme.js';

/** What is said of one layer. */
export interface PageSection {
  /** `up1 (ConvTranspose)` */
  readonly heading: string;
  /** Text of fixed width, as in a terminal. */
  readonly words: string;
  readonly pictures: readonly LayerPicture[];
}

const style = `
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 4rem;font:1rem/1.5 ${fontFamily};background:var(--around);color:var(--ink)}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;overflow-wrap:anywhere}
nav ol{padding-left:1.5rem}
a{color:var(--inputLine)}
pre{margin:0 0 1rem;padding:1rem;overflow-x:auto;border-radius:8px;background:var(--paper);font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
figure{margin:0 0 1rem;overflow-x:auto;border-radius:8px;background:var(--paper);text-align:center}
figure svg{display:block;margin:0 auto;max-width:100%;height:auto;min-width:30rem}
figcaption{padding:0 1.25rem 1rem;font-size:.9rem;color:var(--soft);text-align:left}
@media print{body{background:none}figure,pre{break-inside:avoid;border:1px solid var(--line)}}
`;

/** @param title of the page: the model's name, any text */
export function explanationPage(title: string, sections: readonly PageSection[], theme: Theme = 'auto'): string {
  const scheme = theme === 'auto' ? 'light dark' : theme === 'dark' ? 'dark' : 'light';
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta name="color-scheme" content="${scheme}">`,
    // Nothing is loaded and nothing runs, whatever a model's names are.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    element('title', {}, escapeText(title)),
    `<style>${themeVariables(':root', theme)}${style}</style>`,
  ];
  const body = [
    element('h1', {}, escapeText(title)),
    sections.length > 1 ? contents(sections) : '',
    ...sections.map((section, i) => sectionOf(section, i)),
  ];
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n<main>\n${body.join('\n')}\n</main>\n</body>\n</html>\n`;
}

function contents(sections: readonly PageSection[]): string {
  const entries = sections.map(({ heading }, i) =>
    element('li', {}, element('a', { href: `#layer-${i + 1}` }, escapeText(heading))),
  );
  return element('nav', { 'aria-label': 'Layers' }, element('ol', {}, ...entries));
}

function sectionOf({ heading, words, pictures }: PageSection, index: number): string {
  const figures = pictures.map(({ svg, description }) =>
    element('figure', { tabindex: 0 }, withOwnIds(svg, index), element('figcaption', {}, escapeText(description))),
  );
  const lines = words.split('\n').map(escapeText);
  return element(
    'section',
    {},
    element('h2', { id: `layer-${index + 1}` }, escapeText(heading)),
    `<pre tabindex="0">${lines.join('\n')}</pre>`,
    ...figures,
  );
}

/** Layers that are alike have the same drawings, whose ids would be there twice. */
function withOwnIds(svg: string, index: number): string {
  const id = / id="([^"]+)"/.exec(svg)?.[1];
  return id === undefined ? svg : svg.replaceAll(id, `${id}-${index + 1}`);
}
