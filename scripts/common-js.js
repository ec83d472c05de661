// What `require` loads: files that do without a second copy of the library, and the declarations of them.
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const index = `'use strict';
function load() {
  try {
    return require('./node.js');
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    return require('./require-modules.cjs')('./index.js');
  }
}
const api = load();
Object.assign(exports, api);
exports.__esModule = true;
exports.default = api.default;
`;

const onnxruntime = (names) => `'use strict';
const { ${names.join(', ')} } = require('./index.cjs');
const ort = { ${names.join(', ')} };
module.exports = { ...ort, default: ort };
`;

// TypeScript before 5.8 holds that modules cannot be required; what it says of them is right all the same.
const types = (name) => `// @ts-ignore
import api = require('./types/${name}.js');
export = api;
`;

/** @param folder with the bundles, of which onnxruntime.js says which names the strict namesake has */
export async function writeCommonJs(folder) {
  const module = await import(path.resolve(folder, 'onnxruntime.js'));
  const names = Object.keys(module).filter((name) => name !== 'default');
  copyFileSync(path.join(import.meta.dirname, 'require-modules.cjs'), path.join(folder, 'require-modules.cjs'));
  writeFileSync(path.join(folder, 'index.cjs'), index);
  writeFileSync(path.join(folder, 'onnxruntime.cjs'), onnxruntime(names));
  for (const name of ['index', 'onnxruntime']) writeFileSync(path.join(folder, `${name}.d.cts`), types(name));
}
