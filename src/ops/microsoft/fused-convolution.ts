/** FusedConv: a convolution, an addition and an activation. ConvTransposeWithDynamicPads: the pads are an input. */
import { mul } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { intsAttribute } from '../../ir/graph-editor.js';
import { numbersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { floats, ints, text } from '../attributes.js';
import { checkBias, convolutionAttributes, convolutionMacs, convolutionShape } from '../convolution/conv.js';
import { referenceConv } from '../convolution/conv-reference.js';
import { convTransposeShape } from '../convolution/conv-transpose.js';
import { referenceConvTranspose } from '../convolution/conv-transpose-reference.js';
import { applyBinary } from '../elementwise/binary.js';
import { sameShape } from '../elementwise/broadcast-onto.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { int64s, reals } from '../type-set.js';
import { seenAs } from '../view.js';
import {
  applyActivation,
  convolutionActivations,
  expandActivation,
  type FusedActivation,
  fusedActivation,
} from './fused-activation.js';

interface ActivationAttributes {
  readonly activation: string | undefined;
  readonly activation_params: readonly number[] | undefined;
}

function activationOf({ activation, activation_params = [] }: ActivationAttributes): FusedActivation | undefined {
  return fusedActivation(activation, convolutionActivations, () => activation_params);
}

const fusedConv = defineOperator({
  domain: 'com.microsoft',
  name: 'FusedConv',
  versions: [1],
  inputs: [required('X', 'T'), required('W', 'T'), optional('B', 'T'), optional('Z', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals },
  attributes: { ...convolutionAttributes, activation: text(), activation_params: floats() },
  infer: (context) => {
    activationOf(context.attributes);
    const shape = convolutionShape(context, 0, 1);
    checkBias(context, 2, shape?.[1]);
    return [tensorType(context.elementType(0), sameShape(context, [shape, context.shape(3)]))];
  },
  reference: ({ attributes, inputs }) => {
    const sums = referenceConv(attributes, tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), inputs[2]);
    const [, , , z] = inputs;
    const total = z === undefined ? sums : applyBinary(sums, z, { number: (a, b) => a + b });
    return [applyActivation(total, activationOf(attributes))];
  },
  macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[1]),
  expand: ({ attributes, inputs: { X, W, B, Z }, outputs }, expansion) => {
    const type = expansion.facts.elementType(X);
    if (type === undefined) return 'a type that is not known';
    const activation = activationOf(attributes);
    const copied = expansion.copied(['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']);
    const last = (isLast: boolean) => (isLast ? { output: outputs.Y } : {});
    let sums = expansion.add('Conv', [X, W, B], {
      attributes: copied,
      ...last(Z === undefined && activation === undefined),
    });
    if (Z !== undefined) sums = expansion.add('Add', [sums, Z], last(activation === undefined));
    if (activation !== undefined) expandActivation(expansion, sums, activation, type, outputs.Y);
    return undefined;
  },
});

const transposedAttributes = { ...convolutionAttributes, output_padding: ints() };
const { pads: _pads, ...unpadded } = transposedAttributes;

const unknownPads = 'pads that only running shows';

/** X [N, C, …] with pads that are not known: only batch and channels are. */
function openShape(context: InferContext<{ readonly group: number }>): Shape | undefined {
  const [x, w] = [shapeOfRank(context, 0, 'X', { min: 3, max: 5 }), shapeOfRank(context, 1, 'W', { min: 3, max: 5 })];
  if (x === undefined || w === undefined) return undefined;
  const channels = mul(w[1]!, context.attributes.group);
  return [x[0]!, channels, ...x.slice(2).map(() => context.fresh('the pads are computed'))];
}

const convTransposeWithDynamicPads = defineOperator({
  domain: 'com.microsoft',
  name: 'ConvTransposeWithDynamicPads',
  versions: [1],
  inputs: [required('X', 'T'), required('W', 'T'), optional('Pads', int64s), optional('B', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals },
  attributes: unpadded,
  infer: (context) => {
    shapeOfRank(context, 2, 'Pads', { min: 1, max: 1 });
    const known = context.known(2);
    const pads = known && constantsOf(known);
    const isOpen = context.inputs[2] !== undefined && pads === undefined;
    const inputs = [0, 1, 3].map((i) => context.inputs[i]);
    const { attributes, version } = context;
    const shape = isOpen
      ? openShape(context)
      : convTransposeShape(
          seenAs(context, { version, attributes: { ...attributes, pads, output_shape: undefined }, inputs }),
        );
    checkBias(context, 3, shape?.[1]);
    return [tensorType(context.elementType(0), shape)];
  },
  reference: ({ attributes, inputs }) => {
    const [x, w, pads, bias] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 1), inputs[2], inputs[3]];
    return [referenceConvTranspose({ ...attributes, pads: integersOf(pads), output_shape: undefined }, x, w, bias)];
  },
  macs: ({ inputs: [x, w] }) =>
    x === undefined || w === undefined ? 0 : mul(elementCountOf(x), elementCountOf(w.slice(1))),
  expand: ({ inputs: { X, W, Pads, B }, outputs }, expansion) => {
    const pads = Pads && expansion.facts.numbers(Pads);
    if (Pads !== undefined && pads === undefined) return unknownPads;
    const copied = expansion.copied(['auto_pad', 'dilations', 'group', 'kernel_shape', 'output_padding', 'strides']);
    expansion.add('ConvTranspose', [X, W, B], {
      attributes: pads === undefined ? copied : { ...copied, pads: intsAttribute(pads) },
      output: outputs.Y,
    });
    return undefined;
  },
});

function integersOf(tensor: Tensor | undefined): readonly number[] | undefined {
  return tensor && Array.from(numbersOf(tensor));
}

export const fusedConvolutions = family(fusedConv, convTransposeWithDynamicPads);
