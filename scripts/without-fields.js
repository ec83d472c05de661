// The fields that problems are defined with (src/diagnostics/problem.ts) are for the compiler and for the schema of findings.
// Nothing that runs reads them, so bundles leave them out.
import { readFileSync } from 'node:fs';

const ofProblems = /\b(defineProblem\(\s*'US\d+',\s*)\{[^{}]*\}(?=,\s*\()/g;
const ofRules = /^ {2}data: \{[^{}]*\},\n(?= {2}words\b)/gm;

export const withoutFields = {
  name: 'without fields',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(ofProblems, '$1undefined').replace(ofRules, '');
      return contents === text ? undefined : { contents, loader: 'ts' };
    });
  },
};
