/** The legal sizes that are closest to wanted ones. */
import { type Constraint, formatRequirement, type Requirement } from '../ir/constraint.js';
import { type Bindings, DimTooComplexError, substitute } from '../ir/dim.js';
import { symbolNames } from './eliminate.js';
import { type Predicate, predicate } from './predicate.js';
import type { SizeSet } from './size-set.js';
import { solveSymbol, textOf } from './solve-symbol.js';

/** `any` takes the closest by ratio, and the larger of two that are equally close. */
export type Direction = 'any' | 'up' | 'down';

export interface ClosestSizes {
  /** Undefined if no legal sizes were found in that direction. */
  readonly sizes: ReadonlyMap<string, number> | undefined;
  /**
   * Requirements that the wanted sizes do not meet: the symbols, and what they must be, such as `multiple of 32, at
   * least 32`.
   */
  readonly unmet: readonly { readonly names: readonly string[]; readonly text: string }[];
}

/** For symbols that depend on one another: the most combinations that are tried, and the most sizes of each symbol. */
const maxTried = 2 ** 21;
const maxCandidates = 2 ** 13;

/**
 * A size for each symbol of `wanted` for which all constraints hold that these and the given sizes decide. Constraints
 * in other open symbols are left to the run.
 * @param given sizes of other symbols
 */
export function closestSizes(
  constraints: readonly Constraint[],
  wanted: ReadonlyMap<string, number>,
  given: Bindings = new Map(),
  direction: Direction = 'any',
): ClosestSizes {
  const bound = constraints.flatMap((item) => withBindings(item, given));
  const names = [...wanted.keys()];
  const fixed = bound.filter((item) => symbolNames(item).length === 0 && !predicate(item, [])([]));
  const alone = new Map(names.map((name) => [name, bound.filter((item) => symbolNames(item).join() === name)]));
  const joint = bound.filter((item) => {
    const own = symbolNames(item);
    return own.length > 1 && own.every((name) => wanted.has(name));
  });
  const sets = new Map(names.map((name) => [name, new LegalSizesOf(name, alone.get(name)!)]));
  const tests = joint.map((item) => predicate(item, names));
  const asked = [...wanted.values()];
  const unmet = [
    ...groupByText(
      names.filter((name, i) => !sets.get(name)!.has(asked[i]!)).map((name) => [name, sets.get(name)!.text]),
    ),
    ...joint
      .filter((_, i) => !tests[i]!(asked))
      .map((item) => ({ names: symbolNames(item), text: formatRequirement(item) })),
    ...fixed.map((item) => ({ names: [], text: formatRequirement(item) })),
  ];
  if (unmet.length === 0) return { sizes: wanted, unmet };
  if (fixed.length > 0) return { sizes: undefined, unmet };
  const candidates = names.map((name, i) => candidatesOf(sets.get(name)!, asked[i]!, direction, joint.length > 0));
  const found = joint.length > 0 ? closestTogether(candidates, tests) : candidates.map(([first]) => first?.size);
  const isComplete = found?.every((size) => size !== undefined) === true;
  return { sizes: isComplete ? new Map(names.map((name, i) => [name, found[i]!])) : undefined, unmet };
}

function withBindings(item: Constraint, given: Bindings): Requirement[] {
  try {
    return [{ kind: item.kind, left: substitute(item.left, given), right: substitute(item.right, given) }];
  } catch (error) {
    if (error instanceof DimTooComplexError) return [];
    throw error;
  }
}

/** Symbols with the same requirement are reported together. */
function groupByText(texts: readonly (readonly [name: string, text: string])[]): { names: string[]; text: string }[] {
  const groups = new Map<string, string[]>();
  for (const [name, text] of texts) groups.set(text, [...(groups.get(text) ?? []), name]);
  return [...groups].map(([text, names]) => ({ names, text }));
}

/** Without a closed form, sizes are tried up to this distance from the wanted one. */
const maxDistance = 4096;

/** The legal sizes of one symbol, from the solved set, or found one by one if there is no closed form. */
export class LegalSizesOf {
  readonly text: string;
  private readonly set: SizeSet | undefined;
  private readonly tests: readonly Predicate[];

  /** @param prefersMultiples whether other sizes than multiples of the period are left out where these are legal */
  constructor(
    name: string,
    requirements: readonly Requirement[],
    private readonly prefersMultiples = true,
  ) {
    const { set, triedUpTo } = solveSymbol(name, requirements);
    this.set = triedUpTo === undefined ? set : undefined;
    this.text = textOf({ set, triedUpTo });
    this.tests = requirements.map((item) => predicate(item, [name]));
  }

  /** Whether `next` and `previous` find a size wherever there is one. */
  get isExact(): boolean {
    return this.set !== undefined;
  }

  has(size: number): boolean {
    return this.set === undefined ? size >= 1 && this.tests.every((holds) => holds([size])) : this.set.has(size);
  }

  /**
   * If multiples of the period are legal among other sizes, they are the ones that the network is made for. With other
   * sizes, the indices of a pooling may not fit its unpooling, which only a run finds out.
   */
  private isPreferred(size: number): boolean {
    const { set } = this;
    return (
      !this.prefersMultiples ||
      set === undefined ||
      set.period === 1 ||
      !set.residues.includes(0) ||
      size < set.start ||
      size % set.period === 0
    );
  }

  next(from: number): number | undefined {
    if (this.set !== undefined) {
      let size = this.set.next(from);
      while (size !== undefined && !this.isPreferred(size)) size = this.set.next(size + 1);
      return size;
    }
    for (let size = from; size <= from + maxDistance; size++) if (this.has(size)) return size;
    return undefined;
  }

  previous(to: number): number | undefined {
    if (this.set !== undefined) {
      let size = this.set.previous(to);
      while (size !== undefined && !this.isPreferred(size)) size = this.set.previous(size - 1);
      return size;
    }
    for (let size = to; size >= Math.max(1, to - maxDistance); size--) if (this.has(size)) return size;
    return undefined;
  }
}

interface Candidate {
  readonly size: number;
  /** The squared logarithm of the ratio to the wanted size, so that among sizes that must agree none is far off. */
  readonly cost: number;
}

/** Members of the set, closest first; only one unless all are wanted. */
function candidatesOf(set: LegalSizesOf, size: number, direction: Direction, isMany: boolean): Candidate[] {
  const most = isMany ? maxCandidates : 1;
  const out: Candidate[] = [];
  let above = direction === 'down' ? (set.has(size) ? size : undefined) : set.next(size);
  let below = direction === 'up' ? undefined : set.previous(above === size ? size - 1 : size);
  while (out.length < most && (above !== undefined || below !== undefined)) {
    const up = above === undefined ? Number.POSITIVE_INFINITY : Math.log(above / size) ** 2;
    const down = below === undefined ? Number.POSITIVE_INFINITY : Math.log(size / below) ** 2;
    if (up <= down) {
      out.push({ size: above!, cost: up });
      above = direction === 'down' ? undefined : set.next(above! + 1);
    } else {
      out.push({ size: below!, cost: down });
      below = set.previous(below! - 1);
    }
  }
  return out;
}

/** The combination of least total cost that passes all tests. Candidates are ordered by cost. */
function closestTogether(
  candidates: readonly (readonly Candidate[])[],
  tests: readonly Predicate[],
): number[] | undefined {
  let best: number[] | undefined;
  let least = Number.POSITIVE_INFINITY;
  let tried = 0;
  const chosen: number[] = [];
  const choose = (place: number, cost: number): void => {
    if (place === candidates.length) {
      tried++;
      if (!tests.every((holds) => holds(chosen))) return;
      best = [...chosen];
      least = cost;
      return;
    }
    for (const { size, cost: own } of candidates[place]!) {
      if (cost + own >= least || tried > maxTried) return;
      chosen[place] = size;
      choose(place + 1, cost + own);
    }
  };
  choose(0, 0);
  return best;
}
