/** A page of its own around a picture, without script: the picture, and the blocks as a table. */
import { type Dim, formatDim } from '../ir/dim.js';
import { bytesText, countText } from './amounts.js';
import type { DrawnBlock, NetworkDrawing } from './drawing.js';
import { escaped } from './svg.js';
import type { DrawTheme } from './theme.js';
import { layersText, shortName } from './titles.js';

export interface PageRequest {
  readonly svg: string;
  readonly drawing: NetworkDrawing;
  sizeText(dim: Dim): string;
  readonly title: string;
  readonly theme: DrawTheme | undefined;
}

/** Rows of the table; the rest is counted. */
const mostRows = 400;

const light = 'background:#fff;color:#1a1a1a';
const dark = 'background:#14171a;color:#ececec';

export function renderHtml({ svg, drawing, sizeText, title, theme }: PageRequest): string {
  const shown =
    theme === undefined
      ? `body{${light}}@media (prefers-color-scheme:dark){body{${dark}}}@media print{body{${light}}}`
      : `body{${theme === 'dark' ? dark : light}}`;
  const layers = drawing.blocks.filter(({ role }) => role === 'layers');
  const rows = layers.slice(0, mostRows).map((block) => rowOf(block, sizeText));
  const rest = layers.length > mostRows ? `<p>and ${layers.length - mostRows} more blocks</p>` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(shortName(title))}</title>
<style>
${shown}
body{margin:1em auto;max-width:90em;padding:0 1em;font:14px system-ui,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.picture{overflow-x:auto}.picture svg{display:block;margin:auto}
table{border-collapse:collapse;margin:2em auto}th,td{padding:.2em .8em;text-align:left;border-bottom:1px solid #8888}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}td.layers{max-width:40em}
</style>
</head>
<body>
<div class="picture">
${svg}</div>
<table>
<caption>Blocks, from input to output</caption>
<thead><tr><th scope="col">block</th><th scope="col">layers</th><th scope="col">channels</th><th scope="col">size</th><th scope="col" class="number">parameters</th><th scope="col" class="number">MACs</th><th scope="col" class="number">memory</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${rest}
</body>
</html>
`;
}

function rowOf(
  { id, name, layers, extent, parameters, macs, bytes }: DrawnBlock,
  sizeText: (dim: Dim) => string,
): string {
  const { channels, sizes } = extent;
  const cells = [
    shortName(channels === undefined ? '' : formatDim(channels)),
    shortName(sizes === undefined ? '?' : sizes.map(sizeText).join(' × ')),
  ];
  const numbers = [countText(parameters), countText(macs), bytesText(bytes)];
  return `<tr><th scope="row">${escaped(shortName(name) || `block ${id}`)}</th><td class="layers">${escaped(layersText(layers))}</td>${cells
    .map((cell) => `<td>${escaped(cell)}</td>`)
    .join('')}${numbers.map((cell) => `<td class="number">${escaped(cell)}</td>`).join('')}</tr>`;
}
