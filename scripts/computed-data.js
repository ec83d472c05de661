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
    build.onLoad(
      { filter: /[\\/]src[\\/](diagnostics[\\/]severities|rules[\\/]explanations)\.ts$/ },
      async ({ path: file }) => {
        const values = Object.entries(await evaluated(build, file));
        return {
          contents: values.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n'),
        };
      },
    );
  },
};
