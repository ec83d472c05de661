/** A node of one operator set for another, version by version of its operator. */
import { type Problem, ProblemError } from '../diagnostics.js';
import { emptyMetadata, type Node } from '../ir/graph.js';
import { bind } from '../ops/bind.js';
import type { Operator } from '../ops/operator.js';
import { findOperator } from '../ops/registry.js';
import { checkTypes, formalAt, formalsIn } from '../ops/signature.js';
import { sinceVersion } from '../ops/since-version.js';
import { adaptersAt } from './adapters/index.js';
import { type Draft, type Form, refuse, Site, type Surroundings } from './form.js';
import { step } from './step.js';

/**
 * The nodes that compute the same in the operator set `opset`, in order; the node itself if it means the same there.
 * @throws Refusal if there are none, or none that are known
 */
export function convertNode(node: Node, opset: number, around: Surroundings): readonly Node[] {
  if (node.domain !== '' || node.opset === opset) return [node];
  const operator = findOperator(node);
  if (operator === undefined) return refuse(`${node.opType} is not known`);
  const next = nextBoundary(operator, node.opset, opset);
  if (next === undefined) return [node];
  return cross(node, operator, next, opset > node.opset, around).flatMap((made) => {
    checkFits(made, around);
    return convertNode(made, opset, around);
  });
}

/** The operator set with which the next version begins, or the operator ends, on the way. */
function nextBoundary({ versions, removedIn }: Operator, from: number, to: number): number | undefined {
  const boundaries = [...versions, ...(removedIn === undefined ? [] : [removedIn])].sort((a, b) => a - b);
  return from < to
    ? boundaries.find((version) => version > from && version <= to)
    : boundaries.findLast((version) => version > to && version <= from);
}

function cross(node: Node, operator: Operator, at: number, isUp: boolean, around: Surroundings): readonly Node[] {
  const bound = bindOrRefuse(node);
  const opset = isUp ? at : at - 1;
  const isThere = operator.versions[0]! <= opset && opset < (operator.removedIn ?? Number.POSITIVE_INFINITY);
  const to = isThere ? sinceVersion(operator.versions, opset) : opset;
  const site = new Site(node.opType, node.outputs, bound, to, around);
  const draft: Draft = {
    inputs: new Map(Object.entries(bound.inputs)),
    attributes: new Map(node.attributes),
    outputs: [...node.outputs],
  };
  for (const adapters of adaptersAt(operator.name, at)) {
    const forms = (isUp ? adapters.up : adapters.down)?.(site, draft);
    if (forms !== undefined) return nodesOf(node, forms, opset);
  }
  if (!isThere) {
    const when = isUp ? `is gone from set ${at} on` : `is not there before set ${at}`;
    return refuse(`${node.opType} ${when}, and nothing that is known computes the same`);
  }
  return nodesOf(node, [step(site, draft)], opset);
}

function bindOrRefuse(node: Node) {
  try {
    return bind(node) ?? refuse(`${node.opType} is not known`);
  } catch (error) {
    if (error instanceof ProblemError) return refuse(wordsOf(error.problem));
    throw error;
  }
}

/** The node's name stays with the form that makes its first output. */
function nodesOf(node: Node, forms: readonly Form[], opset: number): Node[] {
  const main = forms.find(({ outputs }) => outputs[0] === node.outputs[0]) ?? forms.at(-1);
  return forms.map((made) => {
    if (made === main) return { ...node, ...made, opset };
    const name = node.name === '' ? '' : `${node.name}/${made.opType}`;
    const { kept: _, ...rest } = node;
    return { ...rest, ...made, name, opset, metadata: emptyMetadata };
  });
}

/** @throws Refusal if the node is not one of its operator set */
function checkFits(node: Node, around: Surroundings): void {
  const { operator, version, unread } = bindOrRefuse(node);
  if (unread[0] !== undefined) refuse(wordsOf(unread[0]));
  try {
    const types = node.inputs.map((value) => value && around.typeOf(value));
    checkTypes(node.opType, operator, version, types);
  } catch (error) {
    if (error instanceof ProblemError) refuse(wordsOf(error.problem));
    throw error;
  }
  const formals = formalsIn(operator.outputs, version);
  node.outputs.forEach((value, place) => {
    const type = value && around.typeOf(value)?.elementType;
    const declared = formalAt(formals, place)?.typeIn(version);
    const set = typeof declared === 'string' ? operator.types?.[declared] : declared;
    if (type !== undefined && set?.has(type, version) === false) refuse(`${node.opType} gives no ${type} there`);
  });
}

export function wordsOf({ message, expected, actual }: Problem): string {
  const found = expected === undefined || actual === undefined ? '' : ` (${actual}; it takes ${expected})`;
  return `${message}${found}`;
}
