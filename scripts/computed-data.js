/** The exports of a module. */
async function evaluated(build, file) {
  const options = { entryPoints: [file], bundle: true, format: 'esm', write: false };
  const { outputFiles } = await build.esbuild.build(options);
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/**
 * Constants of three digits as a table of digits and a table of exponents, those of the same meaning side by side: they compress
 * to half of what they take one by one.
 */
function packedCosts({ constants }) {
  const tables = Object.values(constants).flatMap((tiers) => Object.values(tiers));
  const numbers = (table) => Object.values(table).flat();
  const ordered = numbers(tables[0]).flatMap((_, i) => tables.map((table) => numbers(table)[i]));
  let [digits, exponents] = ['', ''];
  for (const number of ordered) {
    const [mantissa, exponent] = number.toExponential(2).split('e');
    const digit = 3 - Number(exponent);
    if (Number(`${mantissa}e${exponent}`) !== number || !(digit >= 0 && digit <= 9))
      throw new Error(`${number} is no cost`);
    digits += mantissa.replace('.', '');
    exponents += digit;
  }
  const shape = Object.entries(tables[0]).map(([name, { length }]) =>
    length === undefined ? `${name}: next()` : `${name}: [${Array(length).fill('next()').join()}]`,
  );
  let table = 0;
  const classes = Object.entries(constants).map(([name, tiers]) => {
    const own = Object.keys(tiers).map((tier) => `${tier}: tableAt(${table++})`);
    return `${JSON.stringify(name)}: { ${own.join()} }`;
  });
  return `const digits = '${digits}', exponents = '${exponents}';
const tableAt = (at) => {
  const next = () => {
    const value = +(digits.slice(3 * at, 3 * at + 3) + 'e' + (1 - exponents[at]));
    at += ${tables.length};
    return value;
  };
  return { ${shape.join()} };
};
export const constants = { ${classes.join()} };`;
}

/** Modules whose values are computed from others that nothing else of a program may need: the values. */
export const computedData = {
  name: 'computed data',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]lower[\\/]context[\\/]cost-constants\.ts$/ }, async ({ path: file }) => ({
      contents: packedCosts(await evaluated(build, file)),
    }));
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
