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
  const give = (bindings) => Object.defineProperties(exports, Object.getOwnPropertyDescriptors(bindings));
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

const statement = /(?<![\w$.])(import|export)(?:\s*([^"'`;()]*?)\s*\bfrom\s*|\s*)"([^"\n]+)";?/g;
const exportsAtEnd = /\bexport\s*\{([^}]*)\};?\s*$/;

function asFunction(module) {
  let head = "'use strict';";
  const rest = module
    .replace(statement, (_, keyword, clause, from) => {
      head += keyword === 'import' ? importing(clause ?? '', from) : exporting(clause, from);
      return '';
    })
    .replace(
      exportsAtEnd,
      (_, list) => `give({${pairs(list).map(([here, there]) => `get ${there}(){return ${here}}`)}});`,
    )
    .replace(/\bimport\((?=")/g, 'takeLater(')
    .replaceAll('import.meta.url', 'address');
  return head + rest;
}

function importing(clause, from) {
  const module = `take(${JSON.stringify(from)})`;
  const [, all, ordinary, list] = /^(?:\*\s*as\s+([\w$]+))?([\w$]+)?\s*,?\s*(?:\{([^}]*)\})?$/.exec(clause);
  if (all !== undefined) return `const ${all}=${module};`;
  const names = pairs(list ?? '').map(([there, here]) => `${there}:${here}`);
  // What packages of Node and of CommonJS export is their default.
  const first = ordinary === undefined ? '' : `const ${ordinary}=${module};`;
  return first + (names.length === 0 ? `${module};` : `const {${names}}=${module};`);
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
module.exports.asFunction = asFunction;
