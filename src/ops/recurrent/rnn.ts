/** RNN: h ← f(x·Wᵀ + h·Rᵀ + biases). */
import { defineOperator, type Operator } from '../operator.js';
import {
  addProducts,
  type CellFacts,
  type CellWeights,
  recurrentMacs,
  recurrentTypes,
  runRecurrent,
  type Step,
} from './recurrent.js';
import { rnnSchema } from './schemas.js';

const facts: CellFacts = { gates: 1, states: 1, peepholes: 0, activations: ['Tanh'] };

function rnnStep({ input, hidden, w, r, wBias, rBias, activations }: CellWeights): Step {
  const [f] = activations;
  const sums = new Float64Array(hidden);
  return (x, start, [h]) => {
    for (let i = 0; i < hidden; i++) sums[i] = wBias[i]! + rBias[i]!;
    addProducts(w, 0, x, start, input, sums);
    addProducts(r, 0, h!, 0, hidden, sums);
    for (let i = 0; i < hidden; i++) h![i] = f!(sums[i]!);
  };
}

export const rnn: readonly Operator[] = [
  defineOperator({
    ...rnnSchema,
    infer: (context) => recurrentTypes(context, facts),
    reference: (context) => runRecurrent(context, facts, rnnStep),
    macs: recurrentMacs,
  }),
];
