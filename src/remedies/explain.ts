/**
 * Explains why sizes fail: where the sizes that do not fit come from, the nearest legal ones, and changes to the model
 * that fix it.
 */
import {
  type Diagnostic,
  defineProblem,
  diagnostic,
  type NearestSizes,
  type NodeReference,
  type Remedy,
} from '../diagnostics.js';
import { type Inference, type InferOptions, infer } from '../infer/infer.js';
import { type Constraint, formatRequirement } from '../ir/constraint.js';
import type { Bindings } from '../ir/dim.js';
import { type Graph, type Node, referenceTo } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import type { LegalSizes } from '../solve/legal-sizes.js';
import { nearestSizes } from '../solve/nearest.js';
import { findRemedies, firstMisfit } from './find-remedies.js';
import { misfitAt } from './misfit.js';
import type { Question } from './question.js';
import { traceSize } from './size-chain.js';
import { SizedGraph } from './view.js';
import { advice, chainText, nearestText, waysOf } from './words.js';

export interface Inferred {
  readonly graph: Graph;
  readonly options: InferOptions;
  /** The inference of the graph with these options. */
  readonly inference: Inference;
  readonly sizes: LegalSizes;
  /** The given sizes, if any. */
  readonly question: Question | undefined;
}

/** The diagnostics of inference with errors explained, and an error if no size of an input is legal. */
export function explain(findings: Inferred): readonly Diagnostic[] {
  const { inference, sizes, options, question } = findings;
  const all = inOrder(inference.diagnostics, neverLegal(sizes, options.file));
  if (!all.some(({ severity }) => severity === 'error')) return all;
  const diagnostics = question === undefined ? all : all.filter((item) => !isConsequence(item, question));
  const explainer = new Explainer(findings);
  return diagnostics.map((item) => (item.severity === 'error' ? explainer.explain(item) : item));
}

/** Inserts each of `more` before the first diagnostic of a later node. */
function inOrder(diagnostics: readonly Diagnostic[], more: readonly Diagnostic[]): Diagnostic[] {
  const all = [...diagnostics];
  for (const item of more) {
    const place = all.findIndex(({ node }) => node !== undefined && node.index > item.node!.index);
    all.splice(place < 0 ? all.length : place, 0, item);
  }
  return all;
}

/**
 * Whether the diagnostic only repeats that sizes are illegal: the file's declaration contradicts the graph only for
 * illegal sizes.
 */
function isConsequence({ code, value }: Diagnostic, { open }: Question): boolean {
  return code === 'US1214' && !open.diagnostics.some((item) => item.code === code && item.value === value);
}

const noLegalSize = defineProblem(
  'US1216',
  { symbols: 'strings', what: 'string', kind: 'string', left: 'size', right: 'size', requirement: 'string' },
  ({ symbols, what, requirement }) => ({
    message: `no size of ${symbols.join(', and none of ')} is legal: ${what} must be such that ${requirement}`,
    value: symbols[0],
  }),
);

/** An error for each node that leaves no legal size for one or more symbols. */
function neverLegal({ symbols }: LegalSizes, file: string | undefined): Diagnostic[] {
  const blocked = new Map<Node, { readonly constraint: Constraint; readonly names: string[] }>();
  for (const { name, set, blockedBy } of symbols) {
    if (blockedBy === undefined || set === undefined) continue;
    const entry = blocked.get(blockedBy.node);
    if (entry === undefined) blocked.set(blockedBy.node, { constraint: blockedBy, names: [name] });
    else entry.names.push(name);
  }
  return [...blocked].map(([node, { constraint, names }]) => {
    const { what, left, right, kind } = constraint;
    const problem = noLegalSize({
      symbols: names,
      what,
      kind,
      left,
      right,
      requirement: formatRequirement(constraint),
    });
    return diagnostic(problem, { file, node: referenceTo(node), origin: originOf(node) });
  });
}

function keyOf({ name, opType, index }: Pick<NodeReference, 'name' | 'opType' | 'index'>): string {
  return `${index} ${opType} ${name}`;
}

/** The most errors that are explained. Later ones have the same causes, or cannot be fixed before these. */
const maxExplained = 8;

class Explainer {
  /** The graph with a number for every open size. */
  private readonly view: SizedGraph;
  /** Sizes that were chosen as an example. */
  private readonly chosen: ReadonlyMap<string, number>;
  private readonly nearest: readonly NearestSizes[];
  private readonly remedies: readonly Remedy[];
  /** The nodes whose requirements fail, as diagnostics name them. */
  private readonly refuted: ReadonlyMap<string, Node>;
  private told = 0;

  constructor({ graph, options, inference, sizes, question }: Inferred) {
    this.chosen = new Map(sizes.symbols.map(({ name, example = 64 }) => [name, example]));
    const bindings: Bindings = new Map([...(options.bindings ?? []), ...this.chosen]);
    const concrete = { ...options, bindings };
    this.view = new SizedGraph(graph, this.chosen.size === 0 ? inference : infer(graph, concrete));
    this.refuted = new Map(this.view.inference.refuted.map(({ node }) => [keyOf(node), node]));
    this.nearest = question === undefined ? [] : nearestSizes(question.open, question.sizes);
    this.remedies = firstMisfit(this.view) === undefined ? [] : findRemedies(graph, concrete, options);
  }

  /** The first error about sizes gets the remedies, since they fix the later ones as well. */
  explain(item: Diagnostic): Diagnostic {
    const node = item.node && this.failing(item.node);
    if (node === undefined || this.told === maxExplained) return item;
    const misfit = misfitAt(this.view, node);
    const ways = misfit === undefined ? this.tightest(item, node) : waysOf(misfit);
    const isFirst = this.told++ === 0;
    const nearest = isFirst ? this.nearest : [];
    const remedies = isFirst && misfit !== undefined ? this.remedies : [];
    const notes = [...ways.map((way) => this.example(item) + way), ...(item.notes ?? [])];
    notes.push(...nearest.map(nearestText));
    return {
      ...item,
      notes,
      hint: advice(nearest, remedies, item.hint),
      ...(nearest.length > 0 && { nearest }),
      ...(remedies.length > 0 && { remedies }),
    };
  }

  /** The node that a diagnostic names, if one of the node's requirements fails. */
  private failing({ name, opType, index }: NodeReference): Node | undefined {
    return this.refuted.get(keyOf({ name, opType, index }));
  }

  /** The example sizes, in words, for a finding that holds at all sizes. */
  private example({ code }: Diagnostic): string {
    if (code !== 'US1216') return '';
    return `at ${[...this.chosen].map(([name, size]) => `${name} = ${size}`).join(', ')}: `;
  }

  /** For a window that is too large for its input: where the input's smallest axis comes from. */
  private tightest({ code }: Diagnostic, { inputs: [data] }: Node): string[] {
    if (code !== 'US1207' && code !== 'US1216') return [];
    const sizes = this.view.shape(data)?.slice(2) ?? [];
    const smallest = Math.min(...sizes.filter((size) => typeof size === 'number'));
    const axis = sizes.indexOf(smallest);
    return data === undefined || axis < 0 ? [] : [`${smallest}: ${chainText(traceSize(this.view, data, axis + 2))}`];
  }
}
