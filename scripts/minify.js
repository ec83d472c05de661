// After esbuild, which bundles, another minifier: it knows more ways to say the same, which is a fortieth of the package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
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
  return joinImports(quoteImports(result.code));
}

/** Minifies the modules in a folder once more, in lines: Node shows all of the line that an error comes from. */
export function minifyFolder(folder) {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const file = path.join(folder, name);
    const code = minified(name, readFileSync(file, 'utf8'));
    writeFileSync(file, transformSync(code, inLines).code);
  }
}

const inLines = {
  minify: true,
  format: 'esm',
  lineLimit: 500,
  charset: 'ascii',
  legalComments: 'none',
  target: 'es2022',
};

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
