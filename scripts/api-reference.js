// The reference of the public API, as Markdown, from the declarations that tsc writes: names that src/index.ts exports, what is
// written above each, and its type. test/docs.test.ts writes docs/api.md with it.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param types the folder with index.d.ts */
export function apiReference(types) {
  const exports = exportsOf(path.join(types, 'index.d.ts'));
  const entries = exports.map(({ name, inside, file }) => ({ name, declarations: find(file, inside) }));
  const missing = entries.filter(({ declarations }) => declarations.length === 0).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`no declarations of ${missing.join(', ')}`);
  const isOf = (pattern) => (entry) => entry.declarations.some(({ code }) => pattern.test(code));
  const [isFunction, isClass] = [isOf(/^function /), isOf(/^(class|const) /)];
  const kinds = [
    isFunction,
    (entry) => !isFunction(entry) && isClass(entry),
    (entry) => !isFunction(entry) && !isClass(entry),
  ];
  const lists = withAnchors(kinds.map((isKind) => sorted(entries.filter(isKind))));
  const [functions, classes, others] = lists;
  return [
    '# API',
    '',
    "What `import … from 'unstride'` gives, made from the types (`npm run docs`). [README](../README.md) shows how it is used, and",
    '[examples/](../examples) has programs.',
    '',
    ...lists.flatMap((list) => [list.map(({ name, anchor }) => `[${name}](#${anchor})`).join(' · '), '']),
    ...section('Functions', functions),
    ...section('Classes and values', classes),
    ...section('Types', others),
  ].join('\n');
}

/** Anchors as GitHub makes them: in lower case, numbered where two headings have the same. */
function withAnchors(lists) {
  const seen = new Map();
  return lists.map((list) =>
    list.map((entry) => {
      const anchor = entry.name.toLowerCase();
      const times = seen.get(anchor) ?? 0;
      seen.set(anchor, times + 1);
      return { ...entry, anchor: times === 0 ? anchor : `${anchor}-${times}` };
    }),
  );
}

function section(title, entries) {
  const parts = entries.flatMap(({ name, declarations }) => [
    `### ${name}`,
    '',
    ...declarations.flatMap(({ comment }) => (comment === '' ? [] : [comment, ''])),
    '```ts',
    ...declarations.map(({ code }) => code),
    '```',
    '',
  ]);
  return [`## ${title}`, '', ...parts];
}

function sorted(entries) {
  return [...entries].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

/** The names that a file exports from others: as what, what it is there, and where. The default is an object of some of them. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8');
  const all = [...text.matchAll(/^export \* from '([^']+)';/gm)].flatMap(([, from]) => exportsOf(resolve(file, from)));
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)].flatMap(([, names, from]) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => {
        const [inside, outside = inside] = name.split(' as ');
        return { name: outside, inside, file: resolve(file, from) };
      }),
  );
  return [...all, ...named].filter(({ name }) => name !== 'default');
}

function resolve(file, from) {
  return path.join(path.dirname(file), from.replace(/\.js$/, '.d.ts'));
}

/** The declarations of a name in a file, or where that file has it from. */
function find(file, name) {
  const own = declarationsIn(file).filter((declaration) => declaration.name === name);
  if (own.length > 0 || !existsSync(file)) return own;
  const passedOn = exportsOf(file).find((item) => item.name === name);
  if (passedOn !== undefined) return find(passedOn.file, passedOn.inside);
  const imports = readFileSync(file, 'utf8').matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']+)';/gm);
  for (const [, names, from] of imports)
    if (names.split(',').some((item) => item.trim().replace(/^type /, '') === name))
      return find(resolve(file, from), name);
  return [];
}

/** What a file declares: each begins a line, ends where a line of its own depth does, and may have a comment before it. */
function declarationsIn(file) {
  const pattern =
    /((?:^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^export (?:declare )?((?:abstract )?(?:function|class|const|interface|type|namespace) ([\w$]+)[\s\S]*?(?:;|\})$)(?=\n[^\s})]|\n?$(?![\s\S]))/gm;
  const text = readFileSync(file, 'utf8');
  const namespaces = [...text.matchAll(/^import (?:type )?\* as (\w+) /gm)].map(([, name]) => `\\b${name}\\.`);
  const qualifiers = new RegExp(namespaces.length === 0 ? '(?!)' : namespaces.join('|'), 'g');
  return [...text.matchAll(pattern)].map(([, comment, code, name]) => ({
    name,
    comment: textOf(comment),
    code: shown(code.replace(qualifiers, ''), name),
  }));
}

function textOf(comment) {
  return comment
    .replace(/^\/\*\*\s*|\s*\*\/\s*$/g, '')
    .replace(/^ *\* ?/gm, '')
    .replace(/(^|\s)@param (\S+)/g, '\n\n- `$2`:')
    .replace(/(^|\s)@(returns|throws)\b/g, '\n\n- $2')
    .replaceAll('\n\n- ', '\n- ')
    .replace('\n- ', '\n\n- ')
    .trim();
}

/** Without what only the class itself reaches; of a table with many entries, the first. */
function shown(code, name) {
  const lines = code.split('\n').filter((line) => !/^(?: {4}| )(#private|private )/.test(line));
  if (name !== 'catalogue') return lines.join('\n').replaceAll('    ', '  ');
  return [...lines.slice(0, 5), '    // … and the other codes', lines.at(-1)].join('\n').replaceAll('    ', '  ');
}
