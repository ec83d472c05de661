/** Names in scope: a graph's own before those of the graphs around it (IR.md, "Names Within a Graph"). */
import { defineProblem, type Problem, quoted } from '../diagnostics.js';
import type { Value } from '../ir/graph.js';

export class Scope {
  private readonly values = new Map<string, Value>();

  constructor(private readonly outer?: Scope) {}

  find(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.find(name);
  }

  own(name: string): Value | undefined {
    return this.values.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** Every name that can be seen from here. */
  *names(): Iterable<string> {
    yield* this.values.keys();
    if (this.outer !== undefined) yield* this.outer.names();
  }
}

const nothingMakesIt = defineProblem(
  'US1103',
  { who: 'string', value: 'string', similar: 'string?' },
  ({ who, value, similar }) => ({
    message: `${who} ${quoted(value)}, which nothing makes`,
    value,
    hint: similar === undefined ? undefined : `did the exporter mean ${quoted(similar)}?`,
  }),
);

/** @param who `the node reads` */
export function notMade(name: string, scope: Scope, who: string): Problem {
  const similar = closestName(name, scope.names());
  return nothingMakesIt({ who, value: name, similar });
}

/** A similar name: the same except for case, or one that begins or ends with the other. */
function closestName(name: string, names: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  for (const candidate of names) {
    const other = candidate.toLowerCase();
    if (other === lower || (lower.length > 2 && (other.endsWith(lower) || other.startsWith(lower)))) return candidate;
  }
  return undefined;
}
