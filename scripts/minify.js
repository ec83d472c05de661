// After esbuild, which bundles, another minifier: it knows more ways to say the same, which is a fortieth of the package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { minifySync } from 'oxc-minify';

/** @param code a module */
export function minified(name, code) {
  const result = minifySync(name, code, {
    module: true,
    compress: { target: 'es2022' },
    mangle: { toplevel: true },
    codegen: { removeWhitespace: true },
  });
  if (result.errors.length > 0) throw new Error(`${name}: ${result.errors[0].message}`);
  return joinImports(quoteImports(inAscii(result.code)));
}

/** Minifies the modules in a folder once more, in lines: Node shows all of the line that an error comes from. */
export function minifyFolder(folder) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const file = path.join(folder, name);
    const [first] = /^(?:#!.*\n)?/.exec(readFileSync(file, 'utf8'));
    writeFileSync(file, first + inLines(name, minified(name, readFileSync(file, 'utf8').slice(first.length))));
  }
}

const lineLimit = 500;

/** Literals, in which a line cannot end, and signs after which one can. A regular expression stands where no value has ended. */
const literalOrSign =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<=[(,=:[!&|?{};<>+*%~^-]|\b(?:return|typeof|case|of|in))\/(?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])+\/|`|[{};,]/g;

/** @throws Error where the lines would say something else */
function inLines(name, code) {
  let lines = '';
  let [from, last] = [0, 0];
  /** For each template around, how many braces are open in it. */
  const open = [];
  literalOrSign.lastIndex = 0;
  for (let match = literalOrSign.exec(code); match !== null; match = literalOrSign.exec(code)) {
    const [sign] = match;
    const end = literalOrSign.lastIndex;
    if (sign === '{' && open.length > 0) open[open.length - 1]++;
    const closes = sign === '}' && open.length > 0 && --open[open.length - 1] < 0;
    if (closes) open.pop();
    if (closes || sign === '`') {
      const { next, isOpen } = templateEnd(code, end);
      if (isOpen) open.push(0);
      literalOrSign.lastIndex = next;
      continue;
    }
    if (sign.length > 1 || sign === '}') continue;
    if (end - from <= lineLimit) {
      last = end;
      continue;
    }
    const at = last > from ? last : end;
    lines += `${code.slice(from, at)}\n`;
    [from, last] = [at, end];
  }
  lines += `${code.slice(from)}\n`;
  if (printed(name, lines) !== printed(name, code)) throw new Error(`${name} says something else in lines`);
  return lines;
}

/** Where the text of a template ends, and whether with what is put into it. */
function templateEnd(code, from) {
  const end = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/y;
  end.lastIndex = from;
  const [, sign] = end.exec(code);
  return { next: end.lastIndex, isOpen: sign !== '`' };
}

function printed(name, code) {
  return minifySync(name, code, { module: true, compress: false, mangle: false, codegen: { removeWhitespace: true } })
    .code;
}

/** Outside literals there is nothing else. */
function inAscii(code) {
  return code.replace(/[\x80-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Bundlers look for what is imported in quotes. */
function quoteImports(code) {
  return code.replace(/\bimport\(`([^`$]*)`\)/g, 'import("$1")');
}

/**
 * Merged chunks import from one file many times: the first of these imports stays, with the names of all. An import without names
 * is for order alone, and the field `sideEffects` of package.json says that there is nothing to order; bundlers drop it as well.
 */
function joinImports(code) {
  const names = new Map();
  const statement = /(?<![\w$.])import(?:\{([^{}]*)\}from)?"(\.\/[\w.-]+)";/g;
  for (const [, list, file] of code.matchAll(statement)) if (list) names.set(file, [...(names.get(file) ?? []), list]);
  return code.replace(statement, (_, list, file) => {
    const lists = list && names.get(file);
    if (lists) names.delete(file);
    return lists ? `import{${lists.join(',')}}from"${file}";` : '';
  });
}
