// Declarations that no entry leads to describe nothing that the package gives, and those of the compiler's inside nothing that a
// program can use: what refers to them keeps a name without a meaning.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDeclarations } from './declarations.js';

const inside = /^(lower|codegen|wasm)\//;
/** Of the inside, what options are. */
const told = new Set(['wasm/kernels/kernel.d.ts']);

/** @param folder of declarations; those stay that `entries` in it lead to */
export function pruneTypes(folder, entries) {
  const files = new Map();
  const statementsOf = (file) => {
    const known = files.get(file) ?? (isInside(file) ? [] : readDeclarations(folder, file));
    files.set(file, known);
    return known;
  };
  /** Names that are wanted, by file, and whether the entries export them. */
  const wanted = new Map();
  const queue = [];
  const want = (file, name, isPublic = false) => {
    if (file === undefined) return;
    const names = wanted.get(file) ?? wanted.set(file, new Map()).get(file);
    if (names.has(name) && (names.get(name) || !isPublic)) return;
    names.set(name, isPublic);
    queue.push([file, name, isPublic]);
  };
  for (const entry of entries) want(entry, '*', true);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [file, name, isPublic] = next;
    for (const statement of statementsOf(file)) {
      if (statement.kind === 'declaration') {
        if (!declares(statement, name)) continue;
        for (const mention of statement.mentions) want(file, mention);
        for (const { target, name: named } of statement.inline) want(target, named);
      } else {
        for (const { here, there } of statement.links) {
          if (statement.kind === 'list') {
            if (name === '*' || here === name) want(file, there, isPublic);
          } else if (here === '*') want(statement.target, name, isPublic);
          else if (statement.kind === 'import') {
            if (here === name) want(statement.target, there, isPublic && name !== '*');
          } else if (here === name || name === '*') want(statement.target, there, isPublic);
        }
      }
    }
  }
  for (const entry of readdirSync(folder)) rmSync(path.join(folder, entry), { recursive: true });
  for (const [file, names] of wanted) {
    const text = isInside(file)
      ? [...names.keys()].map((name) => `export type ${name} = unknown;`).join('\n')
      : statementsOf(file)
          .map((statement) => written(statement, names))
          .filter((part) => part !== undefined)
          .join('\n');
    if (text === '') continue;
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${compact(text)}\n`);
  }
}

/** Statements without a name (`export {};`) stay where anything does. */
function declares({ name, text }, wanted) {
  return name === undefined || name === wanted || (wanted === '*' && /^export /m.test(text));
}

/** The statement with only those of its names that are wanted, if any. */
function written(statement, names) {
  const { kind, links, text, source, isType } = statement;
  if (kind === 'declaration') {
    const uses = [...names].filter(([name]) => declares(statement, name));
    if (uses.length === 0) return undefined;
    // Comments are for who writes against the package.
    return uses.some(([, isPublic]) => isPublic) ? text : text.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
  }
  const isWhole = names.has('*') && kind !== 'import';
  if (links.some(({ here }) => here === '*')) return text;
  const kept = links.filter(({ here }) => isWhole || names.has(here));
  if (kept.length === 0) return undefined;
  if (kept.length === links.length) return text;
  const list = kept.map(
    ({ here, there, isType: isOne }) => `${isOne ? 'type ' : ''}${there === here ? here : `${there} as ${here}`}`,
  );
  const word = `${kind === 'import' ? 'import' : 'export'}${isType ? ' type' : ''}`;
  return `${word} { ${list.join(', ')} }${source === undefined ? '' : ` from '${source}'`};`;
}

/** Four blanks a level are a tenth of all that is written. TypeScript before 5.7 has no parameter for typed arrays. */
function compact(text) {
  return text
    .replace(/^( {4})+/gm, (blanks) => ' '.repeat(blanks.length / 4))
    .replace(/\b(\w+Array)<ArrayBuffer(?:Like)?>/g, '$1');
}

function isInside(file) {
  return inside.test(file) && !told.has(file);
}
