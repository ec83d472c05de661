/**
 * Colors and lines of the drawings. Hues are those of Okabe and Ito ("Color Universal Design", 2008), which readers with any
 * color vision tell apart; no kind of cell is told by color alone, each has a fill, an outline or a mark of its own, and in
 * print those are all there is.
 */

/** `auto` follows what the reader's system prefers, and prints in black on white. */
export type Theme = 'auto' | 'light' | 'dark' | 'print';

export const themes: readonly Theme[] = ['auto', 'light', 'dark', 'print'];

type Palette = Readonly<Record<(typeof names)[number], string>>;

const names = [
  'paper',
  'ink',
  'soft',
  'line',
  'input',
  'inputLine',
  'zero',
  'around',
  'output',
  'outputLine',
  'added',
  'kernel',
  'kernelFill',
] as const;

const light: Palette = {
  paper: '#fff',
  ink: '#1f2328',
  soft: '#57606a',
  line: '#8c959f',
  input: '#b3d8ee',
  inputLine: '#0072b2',
  zero: '#fff',
  around: '#f3f4f6',
  output: '#b5e3d3',
  outputLine: '#00795a',
  added: '#a8447f',
  kernel: '#c24e00',
  kernelFill: 'rgb(230 159 0/.3)',
};

const dark: Palette = {
  paper: '#12161c',
  ink: '#e6edf3',
  soft: '#a3adb8',
  line: '#6b7681',
  input: '#0f4c75',
  inputLine: '#56b4e9',
  zero: '#12161c',
  around: '#1d232b',
  output: '#0d4f3e',
  outputLine: '#3ccfa5',
  added: '#e29bc4',
  kernel: '#f0a020',
  kernelFill: 'rgb(230 159 0/.3)',
};

const print: Palette = {
  paper: '#fff',
  ink: '#000',
  soft: '#333',
  line: '#777',
  input: '#ccc',
  inputLine: '#000',
  zero: '#fff',
  around: '#fff',
  output: '#e8e8e8',
  outputLine: '#000',
  added: '#000',
  kernel: '#000',
  kernelFill: 'rgb(0 0 0/.12)',
};

function variables(palette: Palette): string {
  return names.map((name) => `--${name}:${palette[name]}`).join(';');
}

/** The variables of a theme, for the elements that `selector` names. */
export function themeVariables(selector: string, theme: Theme): string {
  if (theme === 'dark') return `${selector}{${variables(dark)}}`;
  if (theme === 'print') return `${selector}{${variables(print)}}`;
  const base = `${selector}{${variables(light)}}`;
  if (theme === 'light') return base;
  return `${base}@media (prefers-color-scheme:dark){${selector}{${variables(dark)}}}@media print{${selector}{${variables(print)}}}`;
}

export const fontFamily = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';

/** What all drawings share; `id` is the drawing's own, since styles of pictures in one page are one. */
export function pictureStyle(id: string, theme: Theme): string {
  const own = `#${id}`;
  const rule = (selector: string, declarations: string) => `${own} ${selector}{${declarations}}`;
  return [
    themeVariables(own, theme),
    `${own}{font-family:${fontFamily};font-variant-numeric:tabular-nums}`,
    rule('text', 'fill:var(--ink);font-size:13px'),
    rule('rect', 'rx:2.5px'),
    rule('.paper', 'fill:var(--paper);rx:8px'),
    rule('.title', 'font-size:16px;font-weight:600'),
    rule('.soft', 'fill:var(--soft)'),
    rule('.caption', 'font-weight:600'),
    rule('.rule', 'stroke:var(--soft);fill:none'),
    rule('.size', 'font-size:12px;fill:var(--soft)'),
    rule('.in :is(rect,.cells)', 'fill:var(--input);stroke:var(--inputLine)'),
    rule('.between :is(rect,.cells)', 'fill:var(--zero);stroke:var(--line)'),
    rule('.around :is(rect,.cells)', 'fill:var(--around);stroke:var(--line);stroke-dasharray:3 2'),
    rule(
      '.added :is(rect,.cells)',
      'fill:none;stroke:var(--added);stroke-width:1.5;stroke-dasharray:1.5 2.5;stroke-linecap:round',
    ),
    rule('.added path', 'stroke:var(--added);stroke-width:1.5'),
    rule('.out :is(rect,.cells)', 'fill:var(--output);stroke:var(--outputLine)'),
    ...[1, 2, 3, 4].map((shade) =>
      rule(
        `.shade${shade} :is(rect,.cells)`,
        `fill:var(--outputLine);fill-opacity:${0.11 * shade};stroke:var(--outputLine)`,
      ),
    ),
    rule('.gap :is(rect,.cells)', 'opacity:.35'),
    rule('.cut', 'stroke:var(--ink);stroke-width:1;opacity:.75'),
    rule('.dot', 'stroke:var(--line);stroke-linecap:round'),
    rule('.window rect', 'fill:none;stroke:var(--kernel);stroke-width:2.5'),
    rule('.window .tap', 'fill:var(--kernelFill);stroke:var(--kernel);stroke-width:1'),
    rule('.window text', 'font-size:10px;fill:var(--ink)'),
    rule('.lit', 'fill:none;stroke:var(--kernel);stroke-width:3'),
    rule('.pool rect', 'fill:none;stroke:var(--kernel);stroke-width:2'),
    rule('.extents rect', 'fill:none;stroke:var(--outputLine);stroke-width:.75;opacity:.7;rx:1px'),
    rule('.sample', 'fill:var(--output);stroke:var(--outputLine);stroke-width:1.5'),
    rule('.marked', 'fill:var(--paper);stroke:var(--kernel);stroke-width:2.5;rx:1px'),
    rule('.link', 'stroke:var(--kernel);stroke-width:1.5;fill:none'),
    rule('.values text', 'font-size:var(--v);text-anchor:middle'),
    rule('.dots text', 'fill:var(--soft)'),
  ].join('');
}
