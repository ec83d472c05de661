/** MaxUnpool whose output_shape is smaller than its windows reach. */
import { isConcrete } from '../../ir/shape.js';
import { boundAs } from '../../ops/bind.js';
import { maxUnpool, naturalSizes } from '../../ops/pooling/max-unpool.js';
import { factsOf } from '../facts.js';
import { defineRule } from '../rule.js';

export const smallerUnpool = defineRule({
  code: 'US1718',
  explanation: {
    meaning:
      'A MaxUnpool has an output_shape that is smaller than (input − 1) · stride − pads + kernel, the size that its windows reach.',
    reason: `It is what a MaxPool with ceil_mode = 1 pooled where its last window hung over the end: 5 elements give 3 windows of 2, which reach 6. The indices are positions in the 5, so the result is right. Tools part (each was run):

| tool | what it does |
|---|---|
| the specification, PyTorch (output_size), unstride | puts the values back |
| onnxruntime 1.20 to 1.32 | stops in the run: "output_shape is smaller than minimum required" |`,
    bad: `pooled, indices = MaxPool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (x)   # 5 × 5 → 3 × 3
y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (pooled, indices, shape)         # to 5 × 5`,
    good: `padded = Pad (x, …)                                                                      # 6 × 6
pooled, indices = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (padded)
y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (pooled, indices)                # to 6 × 6; Slice to 5 × 5`,
    remedy:
      'Feed sizes that the strides divide, or pad the input to such a size before the network and crop its result after it; without ceil_mode the last row and column are not pooled.',
  },
  data: { axis: 'integer', asked: 'integer', reached: 'integer' },
  words: ({ axis, asked, reached }) => ({
    value: 'output_shape',
    message: `output_shape is smaller at axis ${axis} than the windows reach: unstride and PyTorch put the values back, onnxruntime stops`,
    expected: `at least ${reached}`,
    actual: String(asked),
    hint: 'feed a size that the strides divide, so that no window of the pooling hangs over its input',
  }),
  *check({ model, inference: { types } }) {
    for (const node of factsOf(model).nodes()) {
      const bound = boundAs(maxUnpool.MaxUnpool, node);
      if (bound?.inputs.output_shape === undefined) continue;
      const x = types.get(bound.inputs.X)?.shape;
      const made = node.outputs[0] && types.get(node.outputs[0])?.shape;
      if (x === undefined || made === undefined || !isConcrete(x) || !isConcrete(made)) continue;
      const reached = naturalSizes(bound.attributes, x);
      const axis = made.findIndex((size, i) => size < (reached[i] ?? 0));
      if (axis >= 0) yield { node, data: { axis, asked: made[axis] ?? 0, reached: reached[axis] ?? 0 } };
    }
  },
});
