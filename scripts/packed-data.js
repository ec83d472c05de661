// Modules that hold nothing but data, packed: what codes mean in words, and the tables of other runtimes. Only commands read them,
// each once, and written out they would be a twentieth of the package.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packed } from './packed.js';

const text = (value) => `/* @__PURE__ */ unpacked(${JSON.stringify(packed(JSON.stringify(value)))})`;

const importsUnpacked = "import { unpacked } from 'unpacked';";

/** The exports of a module. */
async function evaluated(build, file) {
  const options = { entryPoints: [file], bundle: true, format: 'esm', write: false };
  const { outputFiles } = await build.esbuild.build(options);
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** Modules whose values are computed from others that nothing else of a program may need: the values. */
export const computedData = {
  name: 'computed data',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]diagnostics[\\/]severities\.ts$/ }, async ({ path: file }) => {
      const values = Object.entries(await evaluated(build, file));
      return { contents: values.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n') };
    });
  },
};

export const packedData = {
  name: 'packed data',
  setup(build) {
    build.onResolve({ filter: /^unpacked$/ }, () => ({
      path: path.join(import.meta.dirname, 'unpacked.js'),
      sideEffects: false,
    }));
    build.onLoad({ filter: /[\\/]src[\\/].*[\\/]pages\.ts$/ }, async ({ path: file }) => {
      if (/^import (?!type )/m.test(readFileSync(file, 'utf8'))) return undefined;
      const data = Object.entries(await evaluated(build, file));
      const lines = data.map(([name, value]) => `export const ${name} = ${text(value)};`);
      return { contents: [importsUnpacked, ...lines].join('\n') };
    });
    build.onLoad({ filter: /[\\/]runtimes[\\/]tables[\\/]\w+\.json$/ }, ({ path: file }) => ({
      contents: `${importsUnpacked}\nexport default ${text(JSON.parse(readFileSync(file, 'utf8')))};`,
      loader: 'js',
    }));
  },
};
