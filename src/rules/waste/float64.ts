/** Weights in double precision. */
import type { Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { factsOf } from '../facts.js';
import { defineRule, listed } from '../rule.js';

export const float64Weights = defineRule({
  code: 'US1509',
  explanation: {
    meaning: 'Initializers of more than one element are stored in float64.',
    reason:
      'They take twice the room and run at half the speed or less; many accelerators and the web runtimes have no float64 at all. It comes from NumPy arrays that were never cast, one of which turns everything after it into float64.',
    bad: 'scale = numpy.array([0.229, 0.224, 0.225])     # float64',
    good: 'scale = numpy.array([0.229, 0.224, 0.225], dtype=numpy.float32)',
    remedy:
      'Cast the weights before exporting (model.float()). It changes results by rounding, so it is not done automatically.',
  },
  data: { count: 'integer', bytes: 'integer', names: 'strings' },
  words: ({ count, bytes, names }) => ({
    value: names[0],
    message: `${count} ${count === 1 ? 'initializer is' : 'initializers are'} in float64, ${bytes} bytes: ${listed(names, count)}`,
    expected: 'float32 or smaller',
    actual: 'float64',
    hint: 'cast the weights before exporting',
  }),
  *check({ model }) {
    const facts = factsOf(model);
    const found: Value[] = [];
    let bytes = 0;
    for (const graph of facts.graphs) {
      for (const [value, { type, dims, byteLength }] of graph.constants) {
        if (type !== 'float64' || elementCount(dims) <= 1) continue;
        found.push(value);
        bytes += byteLength;
      }
    }
    const [first] = found;
    if (first === undefined) return;
    const [reader] = facts.readers(first);
    yield {
      node: reader,
      data: { count: found.length, bytes, names: found.slice(0, 4).map(({ name }) => name) },
    };
  },
});
