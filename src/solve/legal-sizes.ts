/** The input sizes for which a model is valid: the solution of the recorded constraints. */
import type { Inference } from '../infer/infer.js';
import { type Constraint, decide, formatRequirement } from '../ir/constraint.js';
import { type Bindings, formatDim, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Node } from '../ir/graph.js';
import { type Elimination, eliminate, symbolNames } from './eliminate.js';
import { formatSizes, type SizeSet } from './size-set.js';
import { solveSymbol, usual } from './solve-symbol.js';
import { solveTogether } from './solve-together.js';

export interface SymbolSizes {
  readonly name: string;
  /** The legal sizes; undefined if the symbol depends on another one, or if no closed form was found. */
  readonly set: SizeSet | undefined;
  /** `multiple of 16, at least 32`, `any size`, `= H`. */
  readonly text: string;
  /** If no closed form was found: the largest size that was tried. */
  readonly triedUpTo: number | undefined;
  /** The nodes that restrict the symbol. Each rules out sizes that the ones before it allow. */
  readonly askedBy: readonly Node[];
  /** A legal size to try the model with. If there is none, a size that meets all requirements before `blockedBy`. */
  readonly example: number | undefined;
  /** The first requirement that leaves no size. */
  readonly blockedBy: Constraint | undefined;
}

/** Sizes that depend on one another. */
export interface SizeRelation {
  readonly text: string;
  readonly what: string;
  readonly node: Node;
}

export interface LegalSizes {
  /** One for each open size of the inputs, in order. */
  readonly symbols: readonly SymbolSizes[];
  readonly relations: readonly SizeRelation[];
  /** Requirements that depend on data of a run. Legal sizes may still fail them. */
  readonly undecided: readonly Constraint[];
}

/** Whether all constraints hold; undefined while one depends on symbols that are not bound. */
export function isLegal({ constraints, diagnostics }: Inference, sizes: Bindings): boolean | undefined {
  if (diagnostics.some(({ severity }) => severity === 'error')) return false;
  let verdict: boolean | undefined = true;
  for (const constraint of constraints) {
    const holds = decide(constraint, sizes);
    if (holds === false) return false;
    if (holds === undefined) verdict = undefined;
  }
  return verdict;
}

/** The open sizes in the shapes of the graph's inputs, in order of appearance. */
export function inputSymbols(graph: Graph, inference: Inference): string[] {
  const symbols = new Map();
  for (const input of graph.inputs) for (const dim of inference.types.get(input)?.shape ?? []) symbolsOf(dim, symbols);
  return [...symbols.keys()];
}

export function legalSizes(graph: Graph, inference: Inference): LegalSizes {
  const names = inputSymbols(graph, inference);
  const order = new Map(names.map((name, i) => [name, i]));
  const { eliminated, rest } = eliminate(inference.constraints, order);
  const free = names.filter((name) => !eliminated.some((item) => item.name === name));
  const decidable = rest.filter((item) => symbolNames(item).every((name) => free.includes(name)));
  const groups = connected(free, decidable).map((group) => solveGroup(group, decidable));
  const found = new Map(groups.flatMap(({ symbols }) => symbols.map((item) => [item.name, item] as const)));
  const given = eliminated.filter(({ name }) => order.has(name));
  const examples = new Map([...found.values()].map(({ name, example = usual }) => [name, example]));
  const followers = new Map(given.map((item) => [item.name, follower(item, examples)]));
  return {
    symbols: names.map((name) => (found.get(name) ?? followers.get(name))!),
    relations: [...given.map(equation), ...groups.flatMap(({ relations }) => relations)],
    undecided: [
      ...eliminated.filter(({ name }) => !order.has(name)).map(({ constraint }) => constraint),
      ...rest.filter((item) => !decidable.includes(item)),
    ],
  };
}

function follower({ name, value }: Elimination, examples: ReadonlyMap<string, number>): SymbolSizes {
  const size = substitute(value, examples);
  const example = typeof size === 'number' ? size : undefined;
  return {
    name,
    set: undefined,
    text: `= ${formatDim(value)}`,
    triedUpTo: undefined,
    askedBy: [],
    example,
    blockedBy: undefined,
  };
}

function equation({ name, value, constraint: { what, node } }: Elimination): SizeRelation {
  return { text: `${name} = ${formatDim(value)}`, what, node };
}

interface Group {
  readonly names: readonly string[];
  readonly constraints: readonly Constraint[];
}

/** Groups of symbols that constraints connect; each group is solved separately. */
function connected(names: readonly string[], constraints: readonly Constraint[]): Group[] {
  const groups = new Map(names.map((name) => [name, new Set([name])]));
  for (const constraint of constraints) {
    const [first, ...others] = symbolNames(constraint).map((name) => groups.get(name)!);
    for (const other of others) {
      for (const name of other) {
        first!.add(name);
        groups.set(name, first!);
      }
    }
  }
  return [...new Set(groups.values())].map((group) => ({
    names: names.filter((name) => group.has(name)),
    constraints: constraints.filter((constraint) => symbolNames(constraint).some((name) => group.has(name))),
  }));
}

/** A requirement without symbols that remains after elimination is false, so every group gets it. */
function solveGroup(
  { names, constraints }: Group,
  all: readonly Constraint[],
): { readonly symbols: readonly SymbolSizes[]; readonly relations: readonly SizeRelation[] } {
  const impossible = all.filter((item) => symbolNames(item).length === 0);
  return names.length === 1
    ? { symbols: [solveAlone(names[0]!, [...constraints, ...impossible])], relations: [] }
    : solveRelated(names, [...constraints, ...impossible]);
}

function solveAlone(name: string, constraints: readonly Constraint[]): SymbolSizes {
  const { set, triedUpTo, effective, blocking } = solveSymbol(name, constraints);
  const example = blocking?.size ?? (set.isEverySize ? 1 : (set.next(usual) ?? set.previous(usual)));
  const askedBy = [...new Set(effective.map(({ node }) => node))];
  const text = `${set}${triedUpTo === undefined ? '' : ` (tried up to ${triedUpTo})`}`;
  const exact = triedUpTo === undefined ? set : undefined;
  return { name, set: exact, text, triedUpTo, askedBy, example, blockedBy: blocking?.requirement };
}

function solveRelated(names: readonly string[], constraints: readonly Constraint[]) {
  const { triedUpTo, each, examples, count } = solveTogether(names, constraints);
  const joint = constraints.filter((item) => symbolNames(item).length > 1);
  const symbols = names.map((name, i): SymbolSizes => {
    const askedBy = [
      ...new Set(constraints.filter((item) => symbolNames(item).includes(name)).map(({ node }) => node)),
    ];
    const others = names.filter((other) => other !== name).join(' and ');
    const text = `${formatSizes(each[i]!)}, each with some ${others} (tried up to ${triedUpTo})`;
    return {
      name,
      set: undefined,
      text,
      triedUpTo,
      askedBy,
      example: examples.at(-1)?.[i],
      blockedBy: undefined,
    };
  });
  const more = count > examples.length ? ', …' : '';
  const tuples = examples.map((sizes) => `(${sizes.join(', ')})`).join(', ');
  const relations = joint.map(
    (item, i): SizeRelation => ({
      text: `${formatRequirement(item)}${i === 0 && count > 0 ? `: (${names.join(', ')}) = ${tuples}${more}` : ''}`,
      what: item.what,
      node: item.node,
    }),
  );
  return { symbols, relations };
}
