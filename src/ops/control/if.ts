/** If: one of two subgraphs. */
import { rangeOf } from '../../ir/dim.js';
import type { Graph } from '../../ir/graph.js';
import type { SymbolicTensor } from '../../ir/quantity.js';
import { formatShape, type Shape, sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import { tensorAt } from '../arguments.js';
import { graph } from '../attributes.js';
import type { InferContext, KnownValue } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { knownScalar } from '../scalar-input.js';
import { joinSequences } from '../sequences/types.js';
import { required, variadic } from '../signature.js';
import { anyType, bools, classicTypes } from '../type-set.js';
import { checkCondition, checkCounts, isTrue, joinElementTypes } from './subgraph.js';

interface Branches {
  readonly then_branch: Graph;
  readonly else_branch: Graph;
}

/** The branch that is certainly taken; undefined if the condition is unknown. */
function knownBranch(context: InferContext<Branches>): Graph | undefined {
  const condition = knownScalar(context, 0, 'cond');
  if (typeof condition !== 'number') return undefined;
  return condition !== 0 ? context.attributes.then_branch : context.attributes.else_branch;
}

/** The common type of a value that either branch may return. */
function joinTypes(context: InferContext<unknown>, a: TensorType | undefined, b: TensorType | undefined): TensorType {
  if (a?.sequence !== undefined && b?.sequence !== undefined) {
    const join = (x: Shape | undefined, y: Shape | undefined) => joinShapes(context, x, y);
    return sequenceOf(joinSequences(a.sequence, b.sequence, join));
  }
  const type = joinElementTypes(a, b, 'what the branches of the If give');
  return tensorType(type, joinShapes(context, a?.shape, b?.shape));
}

function joinShapes(context: InferContext<unknown>, x: Shape | undefined, y: Shape | undefined): Shape | undefined {
  if (x === undefined || y === undefined || x.length !== y.length) return undefined;
  if (x.every((dim, axis) => dim === y[axis])) return x;
  return x.map((dim, axis) => {
    const other = y[axis]!;
    if (dim === other) return dim;
    return context.fresh(`the branches give ${formatShape(x)} and ${formatShape(y)}`, leastOf(dim, other));
  });
}

function leastOf(...dims: Shape): number {
  return Math.max(0, Math.min(...dims.map((dim) => rangeOf(dim).min)));
}

function inferIf(context: InferContext<Branches>): readonly TensorType[] {
  const { then_branch, else_branch } = context.attributes;
  const taken = knownBranch(context);
  if (taken !== undefined) {
    checkCounts(taken, 'the branch', 0, context.outputCount);
    return context.inferGraph(taken).map(({ type }) => type ?? tensorType(undefined, undefined));
  }
  checkCounts(then_branch, 'then_branch', 0, context.outputCount);
  checkCounts(else_branch, 'else_branch', 0, context.outputCount);
  const whenTrue = context.inferGraph(then_branch, [], { mayNotRun: true });
  const whenFalse = context.inferGraph(else_branch, [], { mayNotRun: true });
  return Array.from({ length: context.outputCount }, (_, i) =>
    joinTypes(context, whenTrue[i]?.type, whenFalse[i]?.type),
  );
}

/** The values of the outputs: those of the branch that is taken, or those that are equal in both. */
function followIf(context: InferContext<Branches>): readonly (SymbolicTensor | undefined)[] {
  const { then_branch, else_branch } = context.attributes;
  const taken = knownBranch(context);
  if (taken !== undefined) return context.graphOutputs(taken).map(({ known }) => known);
  const whenFalse = context.graphOutputs(else_branch);
  return context.graphOutputs(then_branch).map(({ known }, i) => (isSame(known, whenFalse[i]) ? known : undefined));
}

function isSame(a: SymbolicTensor | undefined, b: KnownValue | undefined): boolean {
  const other = b?.known;
  return (
    a !== undefined &&
    other !== undefined &&
    a.dims.join() === other.dims.join() &&
    a.elements.every((element, i) => element === other.elements[i])
  );
}

export const branching = family(
  defineOperator({
    name: 'If',
    versions: [1, 11, 13, 16, 19, 21, 23, 24, 25],
    inputs: [required('cond', bools)],
    outputs: [variadic('outputs', 'V', { isMixed: true }).orSequence(13).orOptional(16)],
    types: { V: classicTypes.from(16, anyType) },
    attributes: { else_branch: graph().required(), then_branch: graph().required() },
    infer: inferIf,
    symbolic: followIf,
    reference: (context) => {
      const condition = checkCondition(tensorAt(context, 0), 'the condition');
      const { then_branch, else_branch } = context.attributes;
      const taken = isTrue(condition) ? then_branch : else_branch;
      checkCounts(taken, 'the branch', 0, context.outputCount);
      return context.runGraph(taken);
    },
    bodies: ({ attributes }) =>
      (['then_branch', 'else_branch'] as const).map((attribute) => ({
        attribute,
        graph: attributes[attribute],
        inputs: [],
        repeats: false,
        states: [],
        isTrue: [],
      })),
  }),
);
