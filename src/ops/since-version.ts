/** Which version of an operator a node means, by its operator set. */

import { defineProblem, fail } from '../diagnostics.js';

interface Versioned {
  readonly name: string;
  /** Every since-version, ascending. */
  readonly versions: readonly number[];
  /** The opset that removed the operator. */
  readonly removedIn?: number | undefined;
}

/** The version in force at an opset: the newest that is not above it, or the oldest for earlier opsets. */
export function sinceVersion(versions: readonly number[], opset: number): number {
  return versions.findLast((version) => version <= opset) ?? versions[0]!;
}

const operatorTooNew = defineProblem(
  'US1307',
  { operator: 'string', opset: 'integer', since: 'integer' },
  ({ operator, opset, since }) => ({
    message: `operator set ${opset} does not have ${operator}`,
    expected: `operator set ${since} or newer`,
    actual: String(opset),
    hint: `export with opset_version ${since} or above, or without ${operator}`,
  }),
);

const operatorRemoved = defineProblem(
  'US1307',
  { operator: 'string', opset: 'integer', removedIn: 'integer' },
  ({ operator, opset, removedIn }) => ({
    message: `operator set ${opset} does not have ${operator} any more`,
    expected: `operator set ${removedIn - 1} or older`,
    actual: String(opset),
    hint: `${operator} was taken out in operator set ${removedIn}; export again with the operator that took its place`,
  }),
);

/** @throws ProblemError US1307 if the opset does not have the operator */
export function versionInForce({ name, versions, removedIn }: Versioned, opset: number): number {
  const [first] = versions;
  if (first !== undefined && opset < first) {
    fail(operatorTooNew({ operator: name, opset, since: first }));
  }
  if (removedIn !== undefined && opset >= removedIn) {
    fail(operatorRemoved({ operator: name, opset, removedIn }));
  }
  return sinceVersion(versions, opset);
}
