/**
 * Section: a part of a graph in a node, for which the compiler waits until a run shows the sizes of what it reads. Only the
 * compiler makes such nodes (compile/section.ts); it has no inputs, since its graph captures all that it reads.
 */
import { tensorType } from '../../ir/shape.js';
import { graph } from '../attributes.js';
import { defineOperator } from '../operator.js';
import { registerOperators } from '../registry.js';
import { variadic } from '../signature.js';
import { anyType } from '../type-set.js';

export const section = defineOperator({
  name: 'Section',
  domain: 'unstride',
  versions: [1],
  inputs: [],
  outputs: [variadic('outputs', 'V', { isMixed: true })],
  types: { V: anyType },
  attributes: { body: graph().required() },
  infer: (context) =>
    context.inferGraph(context.attributes.body).map(({ type }) => type ?? tensorType(undefined, undefined)),
  reference: ({ attributes, runGraph }) => runGraph(attributes.body),
  bodies: ({ attributes }) => [
    { attribute: 'body', graph: attributes.body, inputs: [], repeats: false, states: [], isTrue: [] },
  ],
});

// Nodes of it are in no file, so that it is not among the operators that models are read with.
registerOperators([section]);
