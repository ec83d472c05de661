/**
 * Colors, as CSS. Kinds of layers have the colors of Okabe and Ito (2008), which people tell apart however they see colors,
 * between light and dark so that they differ in gray as well; arrows differ in dashes too. In print kinds are hatched.
 */
import type { LayerKind, SkipJoin } from './drawing.js';

export type DrawTheme = 'light' | 'dark' | 'print';
export const themes: readonly DrawTheme[] = ['light', 'dark', 'print'];

/** Steps of the scale that shows amounts. */
export const heatSteps = 9;

interface Palette {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly edge: string;
  readonly end: string;
  readonly times: string;
  readonly stripe: string;
  readonly kinds: Readonly<Record<LayerKind, string>>;
  readonly joins: Readonly<Record<SkipJoin, string>>;
  readonly main: string;
  readonly heat: readonly string[];
}

const light: Palette = {
  background: '#ffffff',
  text: '#1a1a1a',
  faint: '#5c5c5c',
  edge: '#333333',
  end: '#f2f2f2',
  times: '#ffffff',
  stripe: '#f5f5f5',
  kinds: {
    convolution: '#f4d58d',
    transposed: '#56b4e9',
    linear: '#e3b5cf',
    attention: '#b07aa1',
    recurrent: '#9c755f',
    pooling: '#d55e00',
    unpooling: '#009e73',
    resizing: '#0072b2',
    block: '#fbeec6',
    other: '#bdbdbd',
  },
  joins: { concat: '#0072b2', add: '#00795a', multiply: '#a3476f', indices: '#b84f00', other: '#6b6b6b' },
  main: '#1a1a1a',
  heat: ['#fff7ec', '#fee8c8', '#fdd49e', '#fdbb84', '#fc8d59', '#ef6548', '#d7301f', '#b30000', '#7f0000'],
};

const dark: Palette = {
  ...light,
  background: '#14171a',
  text: '#ececec',
  faint: '#a8a8a8',
  edge: '#0a0a0a',
  end: '#3a3f45',
  times: '#23282d',
  stripe: '#1c2024',
  kinds: { ...light.kinds, resizing: '#3b9bd6', block: '#6b5f3a', other: '#7d7d7d', linear: '#cc79a7' },
  joins: { concat: '#56b4e9', add: '#3fc79a', multiply: '#e08fb8', indices: '#f08a3c', other: '#9a9a9a' },
  main: '#e6e6e6',
  heat: ['#2b1d12', '#4a2a14', '#6b3615', '#8f4314', '#b35417', '#d66a22', '#f0883b', '#fbb06b', '#fdd9b0'],
};

const print: Palette = {
  ...light,
  text: '#000000',
  faint: '#333333',
  edge: '#000000',
  stripe: '#f7f7f7',
  kinds: {
    convolution: '#ffffff',
    transposed: 'url(#hatch)',
    linear: 'url(#cross)',
    attention: 'url(#dots)',
    recurrent: 'url(#waves)',
    pooling: '#4d4d4d',
    unpooling: 'url(#lines)',
    resizing: '#9a9a9a',
    block: '#efefef',
    other: '#d9d9d9',
  },
  joins: { concat: '#000000', add: '#000000', multiply: '#000000', indices: '#000000', other: '#666666' },
  main: '#000000',
  heat: ['#ffffff', '#ededed', '#dbdbdb', '#c8c8c8', '#b3b3b3', '#9b9b9b', '#828282', '#686868', '#4d4d4d'],
};

const palettes: Readonly<Record<DrawTheme, Palette>> = { light, dark, print };

const dashes: Readonly<Record<SkipJoin, string>> = {
  concat: '',
  add: '7 3',
  multiply: '8 3 2 3',
  indices: '2 3',
  other: '4 3',
};

/** The style sheet; without a theme it follows what the reader prefers, and is that for print where it is printed. */
export function styleSheet(theme: DrawTheme | undefined): string {
  const fixed = `svg{font-family:system-ui,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.title{font-size:16px;font-weight:bold}.subtitle,.legend,.cell{font-size:11px}.name,.head{font-size:11px;font-weight:bold}
.size,.inside{font-size:10px}.arrow path{fill:none;stroke-width:1.6px}.arrow polygon{stroke:none}.slab,.bar{stroke-width:.7px}
.outline{fill:none;stroke-width:.9px}.profile{fill:none;stroke-width:1.4px}
${Object.entries(dashes)
  .filter(([, dash]) => dash !== '')
  .map(([join, dash]) => `.j-${join} path{stroke-dasharray:${dash}}`)
  .join('')}`;
  if (theme !== undefined) return `${fixed}\n${rules(palettes[theme])}`;
  return `${fixed}\n${rules(light)}\n@media (prefers-color-scheme:dark){${rules(dark)}}\n@media print{${rules(print)}}`;
}

function rules(palette: Palette): string {
  const { background, text, faint, edge, end, times, stripe, kinds, joins, main, heat } = palette;
  return [
    `.background{fill:${background}}`,
    ...(palette === print ? [`.j-concat path{stroke-dasharray:11 3}`] : []),
    `text{fill:${text}}.subtitle,.size{fill:${faint}}.inside{paint-order:stroke;stroke:${background};stroke-width:2.5px;stroke-linejoin:round}`,
    `.slab,.bar{stroke:${edge}}.outline,.profile{stroke:${text}}.rule{fill:${faint}}.stripe{fill:${stripe};stroke:none}.condition{fill:${text}}`,
    `.k-end{fill:${end}}.k-times{fill:${times}}`,
    ...Object.entries(kinds).map(([kind, color]) => `.k-${kind}{fill:${color}}`),
    ...heat.map((color, i) => `.h${i}{fill:${color}}`),
    `.main path{stroke:${main}}.main polygon{fill:${main}}`,
    ...Object.entries(joins).map(
      ([join, color]) => `.j-${join} path{stroke:${color}}.j-${join} polygon{fill:${color}}`,
    ),
  ].join('');
}
