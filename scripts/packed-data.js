// Modules that hold nothing but data, packed: what codes mean in words, and the tables of other runtimes. Only commands read them,
// each once, and written out they would be a twentieth of the package.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packed } from './packed.js';

const text = (value) => `/* @__PURE__ */ unpacked(${JSON.stringify(packed(JSON.stringify(value)))})`;

const importsUnpacked = "import { unpacked } from 'unpacked';";

export const packedData = {
  name: 'packed data',
  setup(build) {
    build.onResolve({ filter: /^unpacked$/ }, () => ({
      path: path.join(import.meta.dirname, 'unpacked.js'),
      sideEffects: false,
    }));
    build.onLoad({ filter: /[\\/]src[\\/].*[\\/]pages\.ts$/ }, async ({ path: file }) => {
      const source = readFileSync(file, 'utf8');
      if (/^import (?!type )/m.test(source)) return undefined;
      const { code } = await build.esbuild.transform(source, { loader: 'ts', format: 'esm' });
      const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
      const data = Object.entries(module).map(([name, value]) => `export const ${name} = ${text(value)};`);
      return { contents: [importsUnpacked, ...data].join('\n') };
    });
    build.onLoad({ filter: /[\\/]runtimes[\\/]tables[\\/]\w+\.json$/ }, ({ path: file }) => ({
      contents: `${importsUnpacked}\nexport default ${text(JSON.parse(readFileSync(file, 'utf8')))};`,
      loader: 'js',
    }));
  },
};
