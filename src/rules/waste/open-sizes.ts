/** Sizes that are declared open but have only one legal value. */
import { formatNode } from '../../diagnostics.js';
import { add, type Dim, divideExact, mul, sub, substitute, symbolsOf } from '../../ir/dim.js';
import { declaredShape } from '../../ir/graph.js';
import { defineRule } from '../rule.js';

/** The value of `name` that makes `dim` zero, if `dim` is linear in it and has no other symbol. */
function rootOf(dim: Dim, name: string): number | undefined {
  const offset = substitute(dim, new Map([[name, 0]]));
  const slope = sub(substitute(dim, new Map([[name, 1]])), offset);
  if (typeof offset !== 'number' || typeof slope !== 'number' || slope === 0) return undefined;
  const value = divideExact(-offset, slope);
  if (typeof value !== 'number' || value < 1) return undefined;
  // Checks a third point, to be sure that it is linear.
  const next = substitute(dim, new Map([[name, value + 7]]));
  return next === add(offset, mul(slope, value + 7)) && substitute(dim, new Map([[name, value]])) === 0
    ? value
    : undefined;
}

export const fixedOpenSize = defineRule({
  code: 'US1508',
  explanation: {
    meaning:
      'An input declares a size as open (a name or nothing in place of a number), but a node further on allows only one value for it.',
    reason:
      'Callers believe that any size goes, and fail deep inside the model. Tools plan memory for sizes that cannot be, and do not fold shape arithmetic that is constant. Typical: a Reshape or Gemm whose size was baked in by tracing, under dynamic axes.',
    bad: 'input: x [N, 3, H, W]\nz = Flatten (x)\ny = Gemm (z, w)        # w [3072, 10]: H · W must be 1024',
    good: 'input: x [N, 3, 32, 32]',
    remedy:
      'Declare the number, or make the model truly open: AdaptiveAvgPool before the classifier, view(x.shape[0], -1) instead of a number, tracing with dynamic shapes.',
  },
  data: { symbol: 'string', place: 'string', size: 'integer', node: 'string', left: 'size', right: 'size' },
  words: ({ symbol, place, size, node, left, right }) => ({
    value: symbol,
    message: `the open size ${symbol}, ${place}, can only be ${size}: ${node} needs ${left} = ${right}`,
    expected: `${size} in place of ${symbol}`,
    actual: `an open size`,
    hint: 'declare the number, or export the model so that it takes other sizes',
  }),
  *check({ model, inference }) {
    const open = new Map<string, string>();
    for (const input of model.graph.inputs) {
      declaredShape(input)?.forEach((dim, axis) => {
        for (const name of symbolsOf(dim).keys())
          if (!open.has(name)) open.set(name, `axis ${axis} of '${input.name}'`);
      });
    }
    const always = new Set(model.graph.nodes);
    for (const { kind, left, right, node } of inference.constraints) {
      // Requirements inside a branch hold only if it is taken.
      if (kind !== 'equal' || !always.has(node)) continue;
      const difference = sub(left, right);
      const [name, ...others] = symbolsOf(difference).keys();
      const place = name === undefined ? undefined : open.get(name);
      if (name === undefined || place === undefined || others.length > 0) continue;
      const value = rootOf(difference, name);
      if (value === undefined) continue;
      open.delete(name);
      yield { node, data: { symbol: name, place, size: value, node: formatNode(node), left, right } };
    }
  },
});
