/** LSTM: input, output, forget and cell gates, in this order in the weights; peepholes from the cell to the first three. */
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
import { lstmSchema } from './schemas.js';

const facts: CellFacts = { gates: 4, states: 2, peepholes: 3, activations: ['Sigmoid', 'Tanh', 'Tanh'] };

/** The output gate reads the cell state after this step, the other gates the one before it. */
function lstmStep(weights: CellWeights, coupleInputAndForget: boolean): Step {
  const { input, hidden, w, r, wBias, rBias, peepholes } = weights;
  const [f, g, readOut] = weights.activations;
  const gates = new Float64Array(4 * hidden);
  return (x, start, [h, c]) => {
    for (let i = 0; i < 4 * hidden; i++) gates[i] = wBias[i]! + rBias[i]!;
    addProducts(w, 0, x, start, input, gates);
    addProducts(r, 0, h!, 0, hidden, gates);
    for (let i = 0; i < hidden; i++) {
      const before = c![i]!;
      const taken = f!(gates[i]! + peepholes[i]! * before);
      const kept = coupleInputAndForget ? 1 - taken : f!(gates[2 * hidden + i]! + peepholes[2 * hidden + i]! * before);
      const cell = kept * before + taken * g!(gates[3 * hidden + i]!);
      const shown = f!(gates[hidden + i]! + peepholes[hidden + i]! * cell);
      c![i] = cell;
      h![i] = shown * readOut!(cell);
    }
  };
}

export const lstm: readonly Operator[] = [
  defineOperator({
    ...lstmSchema,
    infer: (context) => recurrentTypes(context, facts),
    reference: (context) =>
      runRecurrent(context, facts, (weights) => lstmStep(weights, context.attributes.input_forget)),
    macs: recurrentMacs,
  }),
];
