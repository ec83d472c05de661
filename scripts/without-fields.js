// The fields that problems are defined with (src/diagnostics/problem.ts) are for the compiler and for the schema of findings.
// Nothing that runs reads them, so bundles leave them out. What rules are explained with is data of its own there (computed-data.js).
import { readFileSync } from 'node:fs';

const ofProblems = /\b(defineProblem\(\s*'US\d+',\s*)\{[^{}]*\}(?=,\s*\()/g;
const ofRules = /^ {2}data: \{[^{}]*\},\n(?= {2}words\b)/gm;
const explanations = /^ {2}explanation: \{\n.*?^ {2}\},\n/gms;
const isRule = /[\\/]src[\\/]rules[\\/]/;

export const withoutFields = {
  name: 'without fields',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const lean = text.replace(ofProblems, '$1undefined').replace(ofRules, '');
      const contents = isRule.test(path) ? lean.replace(explanations, '') : lean;
      return contents === text ? undefined : { contents, loader: 'ts' };
    });
  },
};
