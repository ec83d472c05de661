/** What is found about a runtime, and its words. */
import { type DiagnosticCode, defineProblem, type Problem } from '../diagnostics.js';
import type { Behavior } from './behaviors.js';
import type { Verdict } from './judge.js';

/** The runtime that was asked about, as every finding names it. */
interface About {
  readonly runtime: string;
  readonly release: string;
  readonly operator: string;
}

const about = { runtime: 'string', release: 'string', operator: 'string' } as const;

const operatorAbsent = defineProblem(
  'US1701',
  { ...about, since: 'string?', until: 'string?' },
  ({ runtime, release, operator, since, until }) => ({
    message: `${runtime} ${release} does not have ${operator}`,
    expected: 'an operator that it has',
    actual: operator,
    hint:
      since === undefined
        ? until === undefined
          ? 'replace it in the framework, or take another runtime'
          : `release ${until} had it`
        : `release ${since} has it`,
  }),
);

const versionAbsent = defineProblem(
  'US1702',
  { ...about, version: 'integer', has: 'string' },
  ({ runtime, release, operator, version, has }) => ({
    message: `${runtime} ${release} does not have ${operator} of operator set ${version}`,
    expected: `version ${has}`,
    actual: `version ${version}`,
    hint: 'export for another operator set (unstride fix --opset), or take a newer release',
  }),
);

const typeAbsent = defineProblem(
  'US1703',
  { ...about, value: 'string', type: 'string', takes: 'strings?' },
  ({ runtime, release, operator, value, type, takes }) => ({
    message: `${runtime} ${release} does not have ${operator} for ${type}`,
    value,
    expected: takes === undefined ? 'another element type' : takes.join(', '),
    actual: type,
    hint: 'cast before and after, or export in a type that it has',
  }),
);

const useRefused = defineProblem(
  'US1704',
  { ...about, what: 'string', takes: 'string', actual: 'string' },
  ({ runtime, release, operator, what, takes, actual }) => ({
    message: `${runtime} ${release} does not take ${operator} with ${what} ${actual}`,
    value: what,
    expected: takes,
    actual,
  }),
);

const rankRefused = defineProblem(
  'US1705',
  { ...about, value: 'string', rank: 'integer', takes: 'string' },
  ({ runtime, release, operator, value, rank, takes }) => ({
    message: `${runtime} ${release} does not take ${operator} of rank ${rank}`,
    value,
    expected: `rank ${takes}`,
    actual: `rank ${rank}`,
    hint: 'reshape before and after',
  }),
);

export const setNotRead = defineProblem(
  'US1706',
  {
    runtime: 'string',
    release: 'string',
    what: ['operator set', 'IR version'],
    version: 'integer',
    newest: 'integer',
    oldest: 'integer?',
    since: 'string?',
  },
  ({ runtime, release, what, version, newest, oldest, since }) => ({
    message: `${runtime} ${release} does not read ${what} ${version}`,
    expected: oldest === undefined ? `at most ${newest}` : `${oldest} to ${newest}`,
    actual: String(version),
    hint:
      since === undefined
        ? `export for ${what} ${newest}`
        : `release ${since} reads it; or export for ${what} ${newest}`,
  }),
);

const runsElsewhere = defineProblem(
  'US1707',
  { ...about, elsewhere: 'string', reason: 'string' },
  ({ runtime, release, operator, elsewhere, reason }) => ({
    message: `${runtime} ${release} leaves ${operator} to ${elsewhere}: ${reason}`,
    hint: 'values are copied to it and back at each change between the two: the fewer changes, the faster',
  }),
);

const notKnown = defineProblem('US1708', { ...about, reason: 'string' }, ({ runtime, release, operator, reason }) => ({
  message: `whether ${runtime} ${release} runs ${operator} is not known: ${reason}`,
  hint: 'try the model there',
}));

export const releaseNotKnown = defineProblem(
  'US1708',
  { runtime: 'string', release: 'string', first: 'string', last: 'string', isJudged: 'boolean' },
  ({ runtime, release, first, last, isJudged }) => ({
    message: `nothing is known of ${runtime} ${release}${isJudged ? `; what follows is of ${last}` : ''}`,
    expected: first === last ? `release ${first}` : `a release from ${first} to ${last}`,
    actual: release,
    hint: isJudged ? 'a newer release may have more' : 'try the model there',
  }),
);

const otherwise = { ...about, text: 'string', found: 'string' } as const;

const runtimeStops = defineProblem('US1709', otherwise, otherwiseWords);
const runtimeDiffers = defineProblem('US1710', otherwise, otherwiseWords);

function otherwiseWords({ runtime, release, text, found }: Readonly<Record<keyof typeof otherwise, string>>) {
  return {
    message: `${runtime} ${release} ${text}`,
    hint: `${found} says what tools do, and how to write it so that all agree`,
  };
}

/** What a release does with a finding of a portability rule; undefined if it computes what unstride does. */
export function behaviorProblem(
  behavior: Behavior | undefined,
  where: About,
  found: DiagnosticCode,
): Problem | undefined {
  if (behavior === undefined) return notKnown({ ...where, reason: `${found} has not been tried there` });
  const { does, text } = behavior;
  if (does === 'agrees') return undefined;
  return (does === 'stops' ? runtimeStops : runtimeDiffers)({ ...where, text, found });
}

/** The problem of a verdict; undefined if the node runs. `elsewhere` says what computes it instead, if anything does. */
export function problemOf(verdict: Verdict, where: About, elsewhere: string | undefined): Problem | undefined {
  switch (verdict.kind) {
    case 'runs':
      return undefined;
    case 'unknown':
      return notKnown({ ...where, reason: verdict.reason });
    default: {
      const problem = refusal(verdict, where);
      return elsewhere === undefined
        ? problem
        : runsElsewhere({ ...where, elsewhere, reason: `expected ${problem.expected}, got ${problem.actual}` });
    }
  }
}

function refusal(verdict: Exclude<Verdict, { kind: 'runs' | 'unknown' }>, where: About): Problem {
  switch (verdict.kind) {
    case 'operator':
      return operatorAbsent({ ...where, since: verdict.since, until: verdict.until });
    case 'version':
      return versionAbsent({ ...where, version: verdict.version, has: verdict.has });
    case 'type':
      return typeAbsent({ ...where, value: verdict.value, type: verdict.type, takes: verdict.takes });
    case 'rank':
      return rankRefused({ ...where, value: verdict.value, rank: verdict.rank, takes: verdict.takes });
    case 'use':
      return useRefused({ ...where, what: verdict.what, takes: verdict.takes, actual: verdict.actual });
  }
}
