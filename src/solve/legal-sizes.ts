/** The input sizes for which a model is valid: the solution of the recorded constraints. */
import type { Inference } from '../infer/infer.js';
import { type Constraint, decide, formatRequirement } from '../ir/constraint.js';
import { type Bindings, formatDim, substitute, symbolsOf } from '../ir/dim.js';
import type { Graph, Node } from '../ir/graph.js';
import { throwIfStopped } from '../limits/stop.js';
import { type Elimination, eliminate, symbolNames } from './eliminate.js';
import { withoutImplied } from './implied.js';
import { SizeSet } from './size-set.js';
import { solveSymbol, textOf, usual } from './solve-symbol.js';
import { solveTogether } from './solve-together.js';
import { undecidedByData, undecidedSymbols } from './undecided.js';

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
  /** Why legal sizes may be fewer than the text says; undefined if it says all. */
  readonly undecided: string | undefined;
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
  /** Why a run may fail whatever the sizes of the inputs are; undefined if only these decide. */
  readonly undecidedByData: string | undefined;
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
  const dims = graph.inputs.flatMap((input) => inference.types.get(input)?.shape ?? []);
  return [...new Set(dims.flatMap((dim) => [...symbolsOf(dim).keys()]))];
}

/** @throws ModelError US2008 when the signal is aborted, which is asked before each group of symbols */
export function legalSizes(graph: Graph, inference: Inference, signal?: AbortSignal): LegalSizes {
  const names = inputSymbols(graph, inference);
  const order = new Map(names.map((name, i) => [name, i]));
  const { eliminated, rest } = eliminate(inference.constraints, order);
  const gone = new Set(eliminated.map(({ name }) => name));
  const free = names.filter((name) => !gone.has(name));
  const isFree = new Set(free);
  const decidable = rest.filter((item) => symbolNames(item).every((name) => isFree.has(name)));
  const isDecidable = new Set(decidable);
  const asked = withoutImplied(decidable);
  const impossible = asked.filter((item) => symbolNames(item).length === 0);
  const groups = connected(free, asked).map((group) => {
    throwIfStopped(signal, undefined, 'solving sizes');
    return solveGroup(group, impossible);
  });
  const found = new Map(groups.flatMap(({ symbols }) => symbols.map((item) => [item.name, item] as const)));
  const given = eliminated.filter(({ name }) => order.has(name));
  const examples = new Map([...found.values()].map(({ name, example = usual }) => [name, example]));
  const followers = new Map(given.map((item) => [item.name, follower(item, examples)]));
  const undecided = [
    ...eliminated.filter(({ name }) => !order.has(name)).map(({ constraint }) => constraint),
    ...rest.filter((item) => !isDecidable.has(item)),
  ];
  const reasons = undecidedSymbols(graph, inference, undecided, names);
  return {
    symbols: names.map((name) => withReason((found.get(name) ?? followers.get(name))!, reasons.get(name))),
    relations: [...given.map(equation), ...groups.flatMap(({ relations }) => relations)],
    undecided,
    undecidedByData: undecidedByData(undecided, names),
  };
}

function withReason(sizes: SymbolSizes, reason: string | undefined): SymbolSizes {
  if (reason === undefined) return sizes;
  const text =
    sizes.set?.isEverySize === true ? `not decided: ${reason}` : `${sizes.text}; more is not decided: ${reason}`;
  return { ...sizes, text, undecided: reason };
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
    undecided: undefined,
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
    const connecting = [...new Set(symbolNames(constraint).map((name) => groups.get(name)!))];
    const [first, ...others] = connecting.sort((a, b) => b.size - a.size);
    for (const other of others) {
      for (const name of other) {
        first!.add(name);
        groups.set(name, first!);
      }
    }
  }
  const ofGroup = new Map<ReadonlySet<string>, Constraint[]>();
  for (const constraint of constraints) {
    const group = symbolNames(constraint).map((name) => groups.get(name))[0];
    if (group === undefined) continue;
    const others = ofGroup.get(group);
    if (others === undefined) ofGroup.set(group, [constraint]);
    else others.push(constraint);
  }
  const order = new Map(names.map((name, i) => [name, i]));
  return [...new Set(groups.values())].map((group) => ({
    names: [...group].sort((a, b) => order.get(a)! - order.get(b)!),
    constraints: ofGroup.get(group) ?? [],
  }));
}

/** A requirement without symbols that remains after elimination is false, so every group gets it. */
function solveGroup(
  { names, constraints }: Group,
  impossible: readonly Constraint[],
): { readonly symbols: readonly SymbolSizes[]; readonly relations: readonly SizeRelation[] } {
  return names.length === 1
    ? { symbols: [solveAlone(names[0]!, [...constraints, ...impossible])], relations: [] }
    : solveRelated(names, [...constraints, ...impossible]);
}

function solveAlone(name: string, constraints: readonly Constraint[]): SymbolSizes {
  const { set, triedUpTo, effective, blocking } = solveSymbol(name, constraints);
  const example = blocking?.size ?? (set.isEverySize ? 1 : (set.next(usual) ?? set.previous(usual)));
  const askedBy = [...new Set(effective.map(({ node }) => node))];
  const text = textOf({ set, triedUpTo });
  const exact = triedUpTo === undefined ? set : undefined;
  return {
    name,
    set: exact,
    text,
    triedUpTo,
    askedBy,
    example,
    blockedBy: triedUpTo === undefined ? blocking?.requirement : undefined,
    undecided: triedUpTo === undefined ? undefined : `larger sizes than ${triedUpTo} were not tried`,
  };
}

/** The most relations that the text of a symbol repeats, and their length together. */
const maxInline = 2;
const maxInlineLength = 80;

function solveRelated(names: readonly string[], constraints: readonly Constraint[]) {
  const { triedUpTo, examples, count, blocking } = solveTogether(names, constraints);
  const joint = constraints.filter((item) => symbolNames(item).length > 1);
  const none = count > 0 || triedUpTo === undefined ? undefined : noneTried(names, triedUpTo);
  const symbols = names.map((name, i): SymbolSizes => {
    const own = constraints.filter((item) => symbolNames(item).includes(name));
    const askedBy = [...new Set(own.map(({ node }) => node))];
    if (blocking !== undefined) {
      const { requirement, sizes } = blocking;
      const set = noSizes;
      const example = sizes?.[i];
      return { name, set, text: `${set}`, triedUpTo, askedBy, example, blockedBy: requirement, undecided: undefined };
    }
    const alone = solveAlone(
      name,
      constraints.filter((item) => symbolNames(item).join() === name),
    );
    const related = joint.filter((item) => symbolNames(item).includes(name));
    const isAny = alone.set?.isEverySize === true;
    return {
      name,
      set: undefined,
      text: [...(isAny ? [] : [alone.text]), relatedText(name, related)].join('; '),
      triedUpTo,
      askedBy,
      example: examples.at(-1)?.[i],
      blockedBy: alone.blockedBy,
      undecided: none ?? alone.undecided,
    };
  });
  const isPlain = joint.every(({ kind }) => kind === 'broadcast');
  const tuples = names.length > maxInTuple ? [] : examples.map((sizes) => `(${sizes.join(', ')})`);
  const more = count > examples.length ? ', …' : '';
  const only = triedUpTo === undefined && more === '' ? 'only ' : '';
  const example = isPlain || tuples.length === 0 ? '' : `: ${only}(${names.join(', ')}) = ${tuples.join(', ')}${more}`;
  const note = none === undefined ? example : `: ${none}`;
  const relations = joint.map(
    (item, i): SizeRelation => ({
      text: `${formatRequirement(item)}${i === 0 ? note : ''}`,
      what: item.what,
      node: item.node,
    }),
  );
  return { symbols, relations };
}

const noSizes = new SizeSet(() => false, 1, 1);

/** Examples of more sizes than this would not be read. */
const maxInTuple = 6;

/** `H*W = 6`; where that is long, what the symbol depends on. */
function relatedText(name: string, related: readonly Constraint[]): string {
  if (related.length <= maxInline) {
    const text = related.map(formatRequirement).join('; ');
    if (text.length <= maxInlineLength) return text;
  }
  const others = [...new Set(related.flatMap(symbolNames))].filter((other) => other !== name);
  const shown = others.slice(0, maxInTuple);
  const rest = others.length - shown.length;
  return `related to ${[...shown, ...(rest > 0 ? [`${rest} others`] : [])].join(', ')}`;
}

function noneTried(names: readonly string[], triedUpTo: number): string {
  return `none of the ${triedUpTo ** names.length} combinations tried up to ${triedUpTo} is legal; others are not decided`;
}
