/** Inputs that have a symbol in common by mistake. */
import { formatNode } from '../../diagnostics.js';
import { infer } from '../../infer/infer.js';
import { symbolsApart } from '../../infer/shared-symbols.js';
import { decide, formatRequirement, type Requirement } from '../../ir/constraint.js';
import { symbolsOf } from '../../ir/dim.js';
import { defineRule, listed } from '../rule.js';

/** Sizes of one and two are those at which halves and their like are the whole by chance. */
const triedSizes = Array.from({ length: 510 }, (_, i) => i + 3);

function symbolsIn({ left, right }: Requirement): Set<string> {
  return new Set([...symbolsOf(left).keys(), ...symbolsOf(right).keys()]);
}

export const sharedSymbol = defineRule({
  code: 'US1510',
  explanation: {
    meaning:
      'Two inputs name a size alike, although the network works only where the sizes differ: with the name in common no size beyond the smallest is legal, with a name for each there are many.',
    reason:
      "Exporters name dynamic axes after a list, and the sizes of a recurrent state are given those of the frame, at another scale. Runtimes do not hold feeds to the names, so it runs; what is concluded from the names (legal sizes, memory, the sizes of outputs) is wrong. unstride's sessions take the sizes of the tensors, and note it.",
    bad: 'input: frame [N, 3, H, W], state [N, 16, H, W]\nhalf = Conv (frame, w)   # strides [2, 2]\ny = Add (half, state)',
    good: 'input: frame [N, 3, H, W], state [N, 16, H2, W2]',
    remedy: "Export with a name of its own for each: dynamic_axes = {'frame': {2: 'H'}, 'state': {2: 'H2'}}.",
  },
  data: { symbol: 'string', inputs: 'strings', node: 'string', requirement: 'string' },
  words: ({ symbol, inputs, node, requirement }) => ({
    value: symbol,
    message: `the size ${symbol} has the same name in several inputs, and no size fits: ${node} needs ${requirement}`,
    expected: `a name of its own for the size of ${listed(inputs, inputs.length)}`,
    actual: `${symbol} in each`,
    hint: 'export with other names for the axes; a session takes the sizes that are fed',
  }),
  *check({ model, inference }) {
    const { graph } = model;
    const apart = symbolsApart(graph);
    if (apart === undefined) return;
    const always = new Set(graph.nodes);
    const told = new Set<string>();
    let separate: ReturnType<typeof infer> | undefined;
    for (const constraint of [...inference.constraints, ...inference.refuted]) {
      const [name, ...others] = symbolsIn(constraint);
      if (name === undefined || others.length > 0 || !apart.shared.has(name) || told.has(name)) continue;
      const { node, kind } = constraint;
      if (kind === 'at-least' || !always.has(node)) continue;
      if (triedSizes.some((size) => decide(constraint, new Map([[name, size]])) === true)) continue;
      // With a symbol for each input the node relates both, and asks nothing of one alone.
      separate ??= infer(graph, { inputShapes: apart.inputShapes() });
      const related = separate.constraints
        .filter((item) => item.node === node)
        .map((item) => [...symbolsIn(item)].filter((symbol) => symbol === name || symbol.startsWith(`${name} of `)))
        .find((symbols) => symbols.length > 1);
      if (related === undefined) continue;
      told.add(name);
      const inputs = graph.inputs.filter((input) => related.includes(`${name} of ${input.name}`));
      const requirement = formatRequirement(constraint);
      yield {
        node,
        data: { symbol: name, inputs: inputs.map((input) => input.name), node: formatNode(node), requirement },
      };
    }
  },
});
