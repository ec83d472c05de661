/** GRU: an update gate z, a reset gate r and a hidden gate, in this order in the weights. */
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
import { gruSchema } from './schemas.js';

const facts: CellFacts = { gates: 3, states: 1, peepholes: 0, activations: ['Sigmoid', 'Tanh'] };

/** The reset gate scales h before it is multiplied with the weights, or with `linearBeforeReset` the product. */
function gruStep(weights: CellWeights, linearBeforeReset: boolean): Step {
  const { input, hidden, w, r, wBias, rBias } = weights;
  const [f, g] = weights.activations;
  const gates = new Float64Array(2 * hidden);
  const fromInput = new Float64Array(hidden);
  const fromHidden = new Float64Array(hidden);
  const reset = new Float64Array(hidden);
  return (x, start, [h]) => {
    for (let i = 0; i < 2 * hidden; i++) gates[i] = wBias[i]! + rBias[i]!;
    addProducts(w, 0, x, start, input, gates);
    addProducts(r, 0, h!, 0, hidden, gates);
    for (let i = 0; i < 2 * hidden; i++) gates[i] = f!(gates[i]!);

    for (let i = 0; i < hidden; i++) {
      fromInput[i] = wBias[2 * hidden + i]!;
      fromHidden[i] = rBias[2 * hidden + i]!;
      reset[i] = linearBeforeReset ? h![i]! : gates[hidden + i]! * h![i]!;
    }
    addProducts(w, 2 * hidden, x, start, input, fromInput);
    addProducts(r, 2 * hidden, reset, 0, hidden, fromHidden);
    for (let i = 0; i < hidden; i++) {
      const recurrent = linearBeforeReset ? gates[hidden + i]! * fromHidden[i]! : fromHidden[i]!;
      const candidate = g!(fromInput[i]! + recurrent);
      const update = gates[i]!;
      h![i] = (1 - update) * candidate + update * h![i]!;
    }
  };
}

export const gru: readonly Operator[] = [
  defineOperator({
    ...gruSchema,
    infer: (context) => recurrentTypes(context, facts),
    reference: (context) =>
      runRecurrent(context, facts, (weights) => gruStep(weights, context.attributes.linear_before_reset)),
    macs: recurrentMacs,
  }),
];
