/** Bundles leave out the fields of problems: nothing of a finding depends on them. */
import { build, type Plugin } from 'esbuild';
import { expect, it } from 'vitest';

const scripts = new URL('../../scripts/', import.meta.url);

it.each(['src/onnx/decode.ts', 'src/rules/hygiene/names.ts'])('%s says the same without its fields', async (file) => {
  const { withoutFields } = (await import(new URL('without-fields.js', scripts).href)) as { withoutFields: Plugin };
  const bundled = async (plugins: Plugin[]) => {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      external: ['*'],
      format: 'esm',
      write: false,
      plugins,
    });
    return outputFiles![0]!.text;
  };
  const [whole, lean] = [await bundled([]), await bundled([withoutFields])];
  const named = /'integer'|"integer"|'string\??'|"string\??"/;
  expect(whole).toMatch(named);
  expect(lean).not.toMatch(named);
  expect(lean.match(/message:/g)).toEqual(whole.match(/message:/g));
});
