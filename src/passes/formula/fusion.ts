/** Fusions: nodes that match a formula become one node, or stay for a reason that is noted. */
import { formatNode } from '../../diagnostics.js';
import type { Attribute, Node, Value } from '../../ir/graph.js';
import { GraphEditor, nodeInPlace } from '../../ir/graph-editor.js';
import type { Tensor } from '../../ir/tensor.js';
import type { Pass } from '../pass.js';
import { type Any, type Capture, canBeOf, type Expression, lastOperators, sizeOf } from './expression.js';
import type { GraphView } from './graph-view.js';
import { type Match, type MatchedNode, Matcher, mayBe } from './match.js';

/** A match at its place in the graph: what guards ask, and what the new node is made from. */
export interface Site extends GraphView {
  /** The last node of those that matched. */
  readonly root: Node;
  /** What that node makes, and the new one will. */
  readonly output: Value;
  /** What the formula has a capture for. @throws RangeError where the formula that matched does not have the capture */
  of<T>(capture: Capture<T>): T;
  /** The same; undefined where the formula that matched does not have the capture. */
  find<T>(capture: Capture<T>): T | undefined;
  /** The node that makes what the formula has a name for. */
  nodeOf(capture: Any): Node;
}

/** Says why the nodes cannot become one; undefined where they can. */
export type Guard = (site: Site) => string | undefined;

export interface Replacement {
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes?: ReadonlyMap<string, Attribute>;
  /** A node that goes on being what it is, with other inputs, instead of a new one of the fusion's operator. */
  readonly from?: Node;
}

export interface Fusion {
  /** The operator that the nodes become. */
  readonly name: string;
  /** The version of the operator that is meant: a node of an earlier operator set is made one of this. */
  readonly since: number;
  /** Other ways to write the same, the one that takes most nodes in first. */
  readonly formulas: readonly Expression[];
  /** What makes a match one of the formula, beyond the formula's own means: other matches are not worth a note. */
  readonly where?: (site: Site) => boolean;
  /** Asked in their order. */
  readonly guards?: readonly Guard[];
  replaceBy(site: Site & AddsConstants): Replacement;
  /** The value whose node a note names that gives a guard's reason (default: the last node's). */
  readonly subject?: Any;
  /** What a note says of the fusion (default: how many nodes became one). */
  readonly note?: (site: Site) => string;
}

/** What makes the constants of a new node. */
export interface AddsConstants {
  /** A constant named after the output. */
  addConstant(kind: string, tensor: Tensor): Value;
}

export function defineFusion(fusion: Fusion): Fusion {
  return fusion;
}

/** A pass and what it looks for. */
export interface FusionPass extends Pass {
  readonly fusions: readonly Fusion[];
}

/**
 * Fuses what matches the formulas, the outermost first: what is a formula by itself may be a part of another. At each node
 * the fusions are tried in their order. One look at a node takes a number of steps that is bounded by the size of the formula
 * (match.ts), so that a pass takes time in proportion to the graph.
 */
export function fusionPass(name: string, fusions: readonly Fusion[]): FusionPass {
  const names = fusions.map((fusion) => fusion.name);
  return {
    name,
    fusions,
    readsTypes: true,
    keepsTypes: true,
    run(graph, inference) {
      const view = { editor: new GraphEditor(graph), inference };
      const there = new Set([...names, ...graph.nodes.map(({ opType }) => opType)]);
      const known = new Map<Expression, boolean>();
      const tried = fusions.flatMap((fusion) =>
        fusion.formulas
          .filter((formula) => canBeOf(there, formula, known))
          .map((formula) => ({ fusion, formula, last: lastOperators(formula), size: sizeOf(formula) })),
      );
      const notes: string[] = [];
      /** Nodes of matches that have been noted: what is a part of one needs no note of its own. */
      const noted = new Set<Node>();
      const visit = (root: Node) => {
        let refusal: Refusal | undefined;
        for (const { fusion, formula, last, size } of tried) {
          if (!last.has(root.opType) || !mayBe(formula, root.outputs[0], view.editor)) continue;
          const outcome = fuseAt(root, fusion, new Matcher(formula, view, size), view);
          if (typeof outcome === 'string') {
            notes.push(outcome);
            return;
          }
          refusal = nearer(refusal, outcome);
        }
        if (refusal === undefined) return;
        if (!noted.has(root)) notes.push(refusal.note);
        for (const node of refusal.nodes) noted.add(node);
      };
      for (const { outputs } of [...graph.nodes].reverse()) {
        const root = view.editor.producer(outputs[0]);
        if (root !== undefined && root.domain === '') visit(root);
      }
      return { graph: view.editor.finish(), notes: notes.reverse() };
    },
  };
}

/** Why nodes that match stay. */
interface Refusal {
  readonly note: string;
  readonly nodes: readonly Node[];
  /** How many guards let them pass; where others read a part of them, all did. */
  readonly passed: number;
}

/** The refusal that was nearest to a fusion says most; the first of equal ones. */
function nearer(a: Refusal | undefined, b: Refusal | undefined): Refusal | undefined {
  return a === undefined || (b !== undefined && b.passed > a.passed) ? b : a;
}

/** Fuses the first of the matches that end at the node that can be: a note of that, or why none could. */
function fuseAt(root: Node, fusion: Fusion, matcher: Matcher, view: GraphView): string | Refusal | undefined {
  const output = root.outputs[0];
  if (output === undefined) return undefined;
  let refusal: Refusal | undefined;
  for (const match of matcher.matches(output)) {
    const site = siteOf(match, root, output, view);
    if (fusion.where?.(site) === false) continue;
    const refused = refusalOf(match, fusion, site);
    if (refused === undefined) return replace(match, fusion, site);
    refusal = nearer(refusal, refused);
  }
  if (refusal === undefined && matcher.isExhausted) {
    const note = `${formatNode(root)} stays, and is no ${fusion.name}: there are too many ways to read it`;
    return { note, nodes: [root], passed: 0 };
  }
  return refusal;
}

function siteOf(match: Match, root: Node, output: Value, view: GraphView): Site {
  return {
    ...view,
    root,
    output,
    of: (capture) => match.of(capture),
    find: (capture) => match.find(capture),
    nodeOf(capture) {
      const node = view.editor.producer(match.of(capture));
      if (node === undefined) throw new RangeError(`no node makes '${capture.name}'`);
      return node;
    },
  };
}

function refusalOf(match: Match, fusion: Fusion, site: Site): Refusal | undefined {
  const { editor, root } = site;
  const { guards = [], name } = fusion;
  const nodes = match.nodes.map(({ node }) => node);
  for (const [passed, guard] of guards.entries()) {
    const reason = guard(site);
    if (reason === undefined) continue;
    const subject = fusion.subject && editor.producer(site.find(fusion.subject));
    return { note: `${formatNode(subject ?? root)} stays: ${reason}`, nodes, passed };
  }
  const read = stillRead(match.nodes, site);
  if (read === undefined) return undefined;
  const note = `${formatNode(root)} stays, and is no ${name}: the output of ${formatNode(read)} has other readers`;
  return { note, nodes, passed: Number.POSITIVE_INFINITY };
}

/** A node among those that would go of which something else reads a result. */
function stillRead(matched: readonly MatchedNode[], { editor, output }: Site): Node | undefined {
  const going = new Set(matched.filter(({ mayStay }) => !mayStay).map(({ node }) => node));
  const isRead = (value: Value | undefined) =>
    value !== undefined && value !== output && (editor.isFixed(value) || !editor.isReadOnlyBy(value, going));
  return [...going].find(({ outputs }) => outputs.some(isRead));
}

/** Puts the new node in the last one's place; what is said of it. */
function replace(match: Match, fusion: Fusion, site: Site): string {
  const { editor, root, output } = site;
  const note = fusion.note?.(site);
  const addConstant = (kind: string, tensor: Tensor) => editor.addConstant(`${output.name}/${kind}`, tensor);
  const { inputs, attributes = new Map(), from } = fusion.replaceBy({ ...site, addConstant });
  const made = from ?? nodeInPlace(root, fusion.name, fusion.since, inputs, attributes);
  editor.replace(root, { ...made, inputs, outputs: [output] });
  const nodes = new Set(match.nodes.map(({ node }) => node));
  nodes.delete(root);
  // From the last to the first, so that what may stay has lost its readers.
  for (const node of nodes) {
    const mayStay = match.nodes.some((matched) => matched.node === node && matched.mayStay);
    const isRead = node.outputs.some((value) => value && (editor.isFixed(value) || editor.readers(value).length > 0));
    if (!(mayStay && isRead)) editor.remove(node);
  }
  return note ?? `${nodes.size + 1} nodes up to ${formatNode(root)} are one ${fusion.name}`;
}
