'use strict';
// For versions of Node that cannot require modules (before 20.19 and 22.12): runs the modules of this folder as functions. They
// are as esbuild writes them: exports come last, no two modules import each other, and no export changes.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { compileFunction } = require('node:vm');

const loaded = new Map();

/** @param name of a file of this folder, as in an import; @returns what it exports */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const exports = Object.defineProperty({}, '__esModule', { value: true });
  const give = (bindings) => Object.assign(exports, bindings);
  const filename = path.join(__dirname, name);
  const code = asFunction(readFileSync(filename, 'utf8'));
  const run = compileFunction(code, ['take', 'give', 'takeLater', 'address'], { filename });
  run(take, give, async (other) => take(other), pathToFileURL(filename).href);
  loaded.set(name, exports);
  return exports;
}

function take(name) {
  return name.startsWith('.') ? load(name) : require(name);
}

const statement = /(?<![\w$."'`])(import|export)(?:\s*([^"'`;()]*?)\s*\bfrom\s*|\s*)"([^"\n]+)";?/g;
const exportsAtEnd = /\bexport\s*\{([^}]*)\};?\s*$/;

function asFunction(module) {
  return functionOf(partsOf(module));
}

/** @returns what the module imports (and what it exports of others), what it exports, and its code without those */
function partsOf(module) {
  const imports = [];
  let exports = '';
  const body = module
    .replace(statement, (_, keyword, clause = '', from) => {
      imports.push([keyword, clause, from]);
      return '';
    })
    .replace(exportsAtEnd, (_, list) => {
      exports = list;
      return '';
    });
  return { imports, exports, body };
}

/** @param ordinary how the default export is had of what `take` gives: what packages of Node and of CommonJS export is theirs */
function functionOf({ imports, exports, body }, ordinary = '') {
  const head = imports.map(([keyword, clause, from]) =>
    keyword === 'import' ? importing(clause, from, ordinary) : exporting(clause, from),
  );
  const bindings = pairs(exports).map(([here, there]) => (here === there ? here : `${there}:${here}`));
  const code = body.replaceAll('import("', 'takeLater("').replaceAll('import.meta.url', 'address');
  // Nothing that it gives is asked for before it has run.
  return `'use strict';${head.join('')}${code}${bindings.length === 0 ? '' : `give({${bindings}});`}`;
}

function importing(clause, from, ordinary) {
  const module = `take(${JSON.stringify(from)})`;
  const [, all, first, list] = /^(?:\*\s*as\s+([\w$]+))?([\w$]+)?\s*,?\s*(?:\{([^}]*)\})?$/.exec(clause);
  if (all !== undefined) return `const ${all}=${module};`;
  const names = pairs(list ?? '').map(([there, here]) => `${there}:${here}`);
  const named = names.length === 0 ? `${module};` : `const {${names}}=${module};`;
  return first === undefined ? named : `const ${first}=${module}${ordinary};${named}`;
}

function exporting(clause, from) {
  const module = `take(${JSON.stringify(from)})`;
  if (clause === '*') return `{const {default:_,...rest}=${module};give(rest)}`;
  const names = pairs(/^\{([^}]*)\}$/.exec(clause)[1]);
  return `give({${names.map(([there, here]) => `${here}:${module}[${JSON.stringify(there)}]`)}});`;
}

/** `a as b,c`: each with its name on either side. */
function pairs(list) {
  return list
    .split(',')
    .map((item) => item.trim().split(/\s+as\s+/))
    .filter(([name]) => name !== '')
    .map(([first, second = first]) => [first, second]);
}

module.exports = load;
Object.assign(module.exports, { asFunction, functionOf, partsOf });
