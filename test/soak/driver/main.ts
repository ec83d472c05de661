/** `npm run soak`: for as long as is asked for, or so many trials, with outcomes as a table and as JSON. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../support/project-folder.js';
import { partNamed, parts } from '../parts/index.js';
import type { Part } from '../parts/part.js';
import { type Finding, saveFinding } from './finding.js';
import { type PartResult, soakPart } from './soak.js';
import { tableOf } from './table.js';

const findingsFolder = path.join(projectFolder, 'test', 'soak', 'findings');

const usage = `npm run soak -- [options]

  --minutes N     for all parts together (default 30)
  --count N       so many trials of each part instead, however long they take
  --seed N        of the trials: the same seed makes the same ones (default 1)
  --part NAMES    separated by commas, of ${parts.map(({ name }) => name).join(', ')} (default all)
  --jobs N        processes at once (default 2)
  --patience N    seconds until a trial is a suspect, which is tried once more alone (default 10)
  --json FILE     where the report goes (default: after the table)
  --findings DIR  where findings are saved (default: test/soak/findings)

The exit code is 1 if there are findings.
`;

/** What the command line has wrong. */
class UsageError extends Error {}

function readOptions() {
  try {
    return parseArgs({
      options: {
        minutes: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        part: { type: 'string' },
        count: { type: 'string' },
        jobs: { type: 'string', default: '2' },
        patience: { type: 'string', default: '10' },
        json: { type: 'string' },
        findings: { type: 'string', default: findingsFolder },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Options = ReturnType<typeof readOptions>;

function numberOf(values: Options, name: 'minutes' | 'seed' | 'count' | 'jobs' | 'patience'): number {
  const text = values[name];
  const number = Number(text);
  if (text === undefined || text.trim() === '' || !(number >= 0))
    throw new UsageError(`--${name} is '${text}', and has to be a number`);
  return number;
}

function chosenParts({ part }: Options): readonly Part[] {
  try {
    return part?.split(',').map(partNamed) ?? parts;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<void> {
  const values = readOptions();
  if (values.help) {
    console.log(usage);
    return;
  }
  const chosen = chosenParts(values);
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const milliseconds = numberOf(values, 'minutes') * 60_000;
  const count = values.count === undefined ? undefined : numberOf(values, 'count');
  const seed = numberOf(values, 'seed');
  const results: PartResult[] = [];
  for (const part of chosen) {
    const result = await soakPart(part, {
      seed,
      jobs: Math.max(1, numberOf(values, 'jobs')),
      patience: 1000 * numberOf(values, 'patience'),
      goesOn: ({ share }, elapsed, trials) =>
        count === undefined ? elapsed < (milliseconds * share) / shares : trials < count,
      hear: (finding) => console.error(`${describe(finding)}\n  saved as ${saveFinding(values.findings, finding)}`),
    });
    results.push(result);
    console.error(tableOf([result]));
  }
  console.log(tableOf(results));
  const json = JSON.stringify({ seed, parts: results }, undefined, 2);
  if (values.json === undefined) console.log(json);
  else writeFileSync(values.json, `${json}\n`);
  process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function describe({ part, seed, fault, text }: Finding): string {
  return `${part}, seed ${seed}: ${fault}: ${text}`;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
