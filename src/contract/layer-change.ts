/** The changes between two versions of a layer, and how they are found. */
import type { Node, Value } from '../ir/graph.js';
import { operatorName } from './align.js';
import { attributeTexts, isNeutral } from './attribute-text.js';

/** The texts of one thing in both models; null if a model does not have it. */
export interface Change {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface LayerRef {
  /** May be empty. */
  readonly name: string;
  readonly op: string;
  /** Index in the file's list of nodes. */
  readonly index: number;
}

export interface LayerChange {
  readonly status: 'changed' | 'added' | 'removed';
  /** Null for a layer that was added. */
  readonly from: LayerRef | null;
  /** Null for a layer that was removed. */
  readonly to: LayerRef | null;
  /** The attributes whose subgraphs contain the layer, outermost first: `then_branch`. */
  readonly scope: readonly string[];
  readonly attributes: readonly Change[];
  /** Weights and settings (constant pads, axes), by their current names. */
  readonly parameters: readonly Change[];
  /** Inputs that come from another layer, by position. */
  readonly inputs: readonly Change[];
  /** Types of the outputs, by their current names. */
  readonly shapes: readonly Change[];
  /** Whether only shapes changed, and shapes before the layer changed too. */
  readonly follows: boolean;
}

export function layerRef(node: Node): LayerRef {
  return { name: node.name, op: operatorName(node), index: node.index };
}

/** A layer that only one of the models has. */
export function wholeLayer(
  status: 'added' | 'removed',
  node: Node,
  scope: readonly string[],
  typeOf: (value: Value) => string,
): LayerChange {
  const ref = layerRef(node);
  const isAdded = status === 'added';
  return {
    status,
    from: isAdded ? null : ref,
    to: isAdded ? ref : null,
    scope,
    attributes: [],
    parameters: [],
    inputs: [],
    shapes: node.outputs.flatMap((output) => {
      if (output === undefined) return [];
      const type = typeOf(output);
      return [{ name: output.name, from: isAdded ? null : type, to: isAdded ? type : null }];
    }),
    follows: false,
  };
}

export function attributeChanges(before: Node, after: Node): Change[] {
  const left = attributeTexts(before);
  const right = attributeTexts(after);
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((name) => {
    const from = left.get(name);
    const to = right.get(name);
    if (from?.text === to?.text) return [];
    // If only one version of the operator has the default, neither file states the attribute, so nothing changed.
    if ((from === undefined || from.isDefault) && (to === undefined || to.isDefault)) return [];
    if ((from === undefined || to === undefined) && isNeutral(name, (from ?? to)!.text)) return [];
    // The weights show the same change.
    if ((from === undefined || to === undefined) && name === 'kernel_shape') return [];
    return [{ name, from: from?.text ?? null, to: to?.text ?? null }];
  });
}

/**
 * Inputs that come from another layer now, if both producers are in both models. A layer that was inserted between is
 * reported as added instead.
 */
export function inputChanges(
  before: Node,
  after: Node,
  { left, right }: { readonly left: ReadonlyMap<Value, Node>; readonly right: ReadonlyMap<Value, Node> },
  { forward, backward }: { readonly forward: ReadonlyMap<Node, Node>; readonly backward: ReadonlyMap<Node, Node> },
): Change[] {
  return pairByPlace(before.inputs, after.inputs).flatMap(([x, y], i) => {
    const from = x && left.get(x);
    const to = y && right.get(y);
    if (from === undefined || to === undefined || !forward.has(from) || !backward.has(to)) return [];
    return forward.get(from) === to ? [] : [{ name: `input ${i}`, from: labelOf(from), to: labelOf(to) }];
  });
}

function labelOf(node: Node): string {
  return node.name === '' ? `${operatorName(node)} #${node.index}` : node.name;
}

export function pairByPlace<T>(left: readonly T[], right: readonly T[]): (readonly [T | undefined, T | undefined])[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [left[i], right[i]] as const);
}
