/** Elementwise operators that few convolutional networks have, one family on each line. */
import { experimental } from './elementwise/experimental.js';
import { gated } from './elementwise/gated.js';
import { logic } from './elementwise/logic.js';
import { modulo } from './elementwise/modulo.js';
import { smoothActivation } from './elementwise/smooth-activation.js';
import { trigonometry } from './elementwise/trigonometry.js';
import type { Operator } from './operator.js';

export const operators: readonly Operator[] = [
  ...experimental,
  ...gated,
  ...logic,
  ...modulo,
  ...smoothActivation,
  ...trigonometry,
];
