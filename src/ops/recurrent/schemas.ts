/**
 * Schemas of GRU, LSTM and RNN, separate from how they are computed, because recurrent operators are rare and loaded on
 * demand.
 */
import { flag, float, floats, int, text, texts } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, int32s, reals } from '../type-set.js';

export const recurrentAttributes = {
  activation_alpha: floats(),
  activation_beta: floats(),
  activations: texts(),
  clip: float(),
  direction: text('forward').oneOf('forward', 'reverse', 'bidirectional'),
  hidden_size: int(),
  layout: int(0).oneOf(0, 1).from(14),
  /** Before version 7: whether Y is computed, which its name in the outputs shows as well. */
  output_sequence: flag(false).before(7),
};

/** The inputs of RNN and GRU; LSTM has two more. */
export const recurrentInputs = [
  required('X', 'T'),
  required('W', 'T'),
  required('R', 'T'),
  optional('B', 'T'),
  optional('sequence_lens', int32s),
  optional('initial_h', 'T'),
] as const;

export const recurrentTypeSets = { T: reals.from(22, bfloat16s) };

export const gruSchema = {
  name: 'GRU',
  versions: [1, 3, 7, 14, 22],
  inputs: recurrentInputs,
  outputs: [optional('Y', 'T'), optional('Y_h', 'T')],
  types: recurrentTypeSets,
  attributes: { ...recurrentAttributes, linear_before_reset: flag(false).from(3) },
} as const satisfies OperatorSchema;

export const lstmSchema = {
  name: 'LSTM',
  versions: [1, 7, 14, 22],
  inputs: [...recurrentInputs, optional('initial_c', 'T'), optional('P', 'T')],
  outputs: [optional('Y', 'T'), optional('Y_h', 'T'), optional('Y_c', 'T')],
  types: recurrentTypeSets,
  attributes: { ...recurrentAttributes, input_forget: flag(false) },
} as const satisfies OperatorSchema;

export const rnnSchema = {
  name: 'RNN',
  versions: [1, 7, 14, 22],
  inputs: recurrentInputs,
  outputs: [optional('Y', 'T'), optional('Y_h', 'T')],
  types: recurrentTypeSets,
  attributes: recurrentAttributes,
} as const satisfies OperatorSchema;
