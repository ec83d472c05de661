/** For which sizes of its inputs a model is valid: the recorded constraints, solved. */
import type { Inference } from '../infer.js';
import { type Constraint, decide, formatRequirement, type Requirement } from '../ir/constraint.js';
import { type Bindings, type Dim, DimTooComplexError, sub, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Node } from '../ir/graph.js';
import { solveLinear } from './linear.js';
import type { SizeSet } from './size-set.js';
import { solveSymbol } from './solve-symbol.js';

export interface SymbolSizes {
  readonly name: string;
  /** Legal sizes; undefined where the symbol follows from another one or stands in a relation that is not solved. */
  readonly set: SizeSet | undefined;
  /** `multiple of 16`, `any size`, `= H`. */
  readonly text: string;
  /** Sizes were tried one by one up to here, since no closed form was found. */
  readonly triedUpTo: number | undefined;
  /** The nodes that ask for it, the first of each kind of requirement. */
  readonly askedBy: readonly Node[];
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
  /** Requirements that depend on data and not on sizes alone. */
  readonly undecided: readonly Constraint[];
}

/** Whether all constraints hold; undefined while one depends on symbols that are not bound. */
export function isLegal(inference: Inference, sizes: Bindings): boolean | undefined {
  let verdict: boolean | undefined = true;
  for (const constraint of inference.constraints) {
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
  const solver = new Solver(names, inference.constraints);
  return {
    symbols: names.map((name) => solver.symbol(name)),
    relations: solver.relations,
    undecided: solver.undecided,
  };
}

class Solver {
  readonly relations: SizeRelation[] = [];
  readonly undecided: Constraint[] = [];
  /** Symbols that follow from others. */
  private readonly eliminated = new Map<string, Dim>();
  private readonly single = new Map<string, Constraint[]>();
  private readonly related = new Set<string>();

  constructor(names: readonly string[], constraints: readonly Constraint[]) {
    const order = new Map(names.map((name, i) => [name, i]));
    let open = [...constraints];
    for (;;) {
      const solved = firstSolved(open, order);
      if (solved === undefined) break;
      const { constraint, name, value } = solved;
      if (order.has(name)) {
        this.eliminated.set(name, value);
        this.relations.push({ text: `${name} = ${value}`, what: constraint.what, node: constraint.node });
      }
      const bindings = new Map([[name, value]]);
      open = open.filter((item) => item !== constraint).flatMap((item) => replaced(item, bindings));
    }
    for (const constraint of open) this.sort(constraint, order);
  }

  private sort(constraint: Constraint, order: ReadonlyMap<string, number>): void {
    if (decide(constraint) === true) return;
    const names = symbolNames(constraint);
    const [only] = names;
    if (!names.every((name) => order.has(name))) this.undecided.push(constraint);
    else if (names.length === 1) this.single.set(only!, [...(this.single.get(only!) ?? []), constraint]);
    else {
      for (const name of names) this.related.add(name);
      this.relations.push({ text: formatRequirement(constraint), what: constraint.what, node: constraint.node });
    }
  }

  symbol(name: string): SymbolSizes {
    const value = this.eliminated.get(name);
    if (value !== undefined) return { name, set: undefined, text: `= ${value}`, triedUpTo: undefined, askedBy: [] };
    const constraints = this.single.get(name) ?? [];
    const { set, triedUpTo } = solveSymbol(name, constraints);
    const isRelated = this.related.has(name);
    const tried = triedUpTo === undefined ? '' : ` (tried up to ${triedUpTo})`;
    const text = `${set}${tried}${isRelated ? ', as far as the relations below allow' : ''}`;
    return { name, set, text, triedUpTo, askedBy: [...new Set(constraints.map(({ node }) => node))] };
  }
}

function symbolNames({ left, right }: Requirement): string[] {
  return [...symbolsOf(right, symbolsOf(left)).keys()];
}

/** The constraint with symbols replaced; nothing where it holds for all that is left, or outgrows what can be followed. */
function replaced(constraint: Constraint, bindings: Bindings): Constraint[] {
  try {
    const item = {
      ...constraint,
      left: substitute(constraint.left, bindings),
      right: substitute(constraint.right, bindings),
    };
    return decide(item) === true ? [] : [item];
  } catch (error) {
    if (error instanceof DimTooComplexError) return [constraint];
    throw error;
  }
}

/** The first equality among several symbols that gives one of them: a made-up one first, else the last input's. */
function firstSolved(
  constraints: readonly Constraint[],
  order: ReadonlyMap<string, number>,
): { readonly constraint: Constraint; readonly name: string; readonly value: Dim } | undefined {
  for (const constraint of constraints) {
    if (constraint.kind !== 'equal') continue;
    const names = symbolNames(constraint);
    const rank = (name: string) => order.get(name) ?? Number.POSITIVE_INFINITY;
    if (names.length < 2) continue;
    for (const name of names.sort((a, b) => rank(b) - rank(a))) {
      const value = solveLinear(sub(constraint.left, constraint.right), name);
      if (value !== undefined) return { constraint, name, value };
    }
  }
  return undefined;
}
