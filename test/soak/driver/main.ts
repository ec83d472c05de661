/** `npm run soak`: for as long as is asked for, or so many trials, with outcomes as a table and as JSON. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../support/project-folder.js';
import { partNamed, parts } from '../parts/index.js';
import { type Finding, saveFinding } from './finding.js';
import { type PartResult, soakPart } from './soak.js';
import { tableOf } from './table.js';

const findingsFolder = path.join(projectFolder, 'test', 'soak', 'findings');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    /** Only these parts: models,nodes. */
    part: { type: 'string' },
    /** So many trials of each part, however long they take. */
    count: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    /** Seconds until a trial is a suspect. */
    patience: { type: 'string', default: '10' },
    json: { type: 'string' },
    findings: { type: 'string', default: findingsFolder },
  },
});

function numberOf(name: 'minutes' | 'seed' | 'count' | 'jobs' | 'patience'): number {
  const text = values[name];
  const number = Number(text);
  if (text === undefined || !(number >= 0)) throw new RangeError(`--${name} is '${text}', and has to be a number`);
  return number;
}

async function main(): Promise<void> {
  const chosen = values.part?.split(',').map(partNamed) ?? parts;
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const milliseconds = numberOf('minutes') * 60_000;
  const count = values.count === undefined ? undefined : numberOf('count');
  const results: PartResult[] = [];
  for (const part of chosen) {
    const result = await soakPart(part, {
      seed: numberOf('seed'),
      jobs: Math.max(1, numberOf('jobs')),
      patience: 1000 * numberOf('patience'),
      goesOn: ({ share }, elapsed, trials) =>
        count === undefined ? elapsed < (milliseconds * share) / shares : trials < count,
      hear: (finding) => console.error(`${describe(finding)}\n  saved as ${saveFinding(values.findings, finding)}`),
    });
    results.push(result);
    console.error(tableOf([result]));
  }
  console.log(tableOf(results));
  const json = JSON.stringify({ seed: numberOf('seed'), parts: results }, undefined, 2);
  if (values.json === undefined) console.log(json);
  else writeFileSync(values.json, `${json}\n`);
  process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function describe({ part, seed, fault, text }: Finding): string {
  return `${part}, seed ${seed}: ${fault}: ${text}`;
}

await main();
