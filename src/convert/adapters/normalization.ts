/** Normalizations, Dropout, Gemm, recurrent layers and Scan. */

import type { Attribute, Value } from '../../ir/graph.js';
import { floatAttribute, intsAttribute } from '../../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { TensorType } from '../../ir/shape.js';
import { int64 } from '../../ir/tensor.js';
import { boundary, type Draft, type Form, form, listable, refuse, type Site } from '../form.js';
import { castTo } from './types.js';

function refuseTraining(site: Site): undefined {
  if (site.outputs.slice(1).some((output) => output !== undefined)) {
    refuse('it computes statistics as in training, which the sets do otherwise');
  }
}

/** Before version 7 a single output means test mode as well. */
function leaveTestMode(site: Site, { attributes }: Draft): undefined {
  refuseTraining(site);
  attributes.delete('is_test');
}

/** A mask that nothing reads is left out; of one that is read, the sets say different things. */
function readsMask({ outputs: [, mask], around }: Site, draft: Draft): boolean {
  if (mask !== undefined && around.isRead(mask)) return true;
  draft.outputs.splice(1);
  return false;
}

function refuseMaskType(site: Site, draft: Draft): undefined {
  if (readsMask(site, draft)) refuse('its mask is of bool from set 10 on, and of the type of the data before');
}

/** Version 12 says of the mask that it is true in inference; of the versions before, onnxruntime makes it false. */
function refuseMaskValue(site: Site, draft: Draft): undefined {
  if (readsMask(site, draft))
    refuse('its mask is read, which is all true from set 12 on, and all false before in onnxruntime');
}

/** In inference; ratio and seed mean nothing there. */
function leaveTraining(site: Site, draft: Draft): undefined {
  refuseMaskValue(site, draft);
  const { attributes, inputs } = draft;
  const training = site.input('training_mode');
  const isTraining = training !== undefined && site.constant(training)?.data[0] !== 0;
  if (isTraining) refuse('it might drop elements, which is not there before set 12');
  inputs.delete('training_mode');
  // Nothing is dropped, so how much would be need not be known.
  const ratio = site.input('ratio');
  if (ratio !== undefined && site.constant(ratio) === undefined) inputs.delete('ratio');
  attributes.delete('seed');
}

function forgetTestMode(_site: Site, { attributes }: Draft): undefined {
  attributes.delete('is_test');
}

function forgetSequence(_site: Site, { attributes }: Draft): undefined {
  attributes.delete('output_sequence');
}

/** Before version 7 C is broadcast only if the node says so; from then on it always may be. */
function broadcastC(_site: Site, { attributes }: Draft): undefined {
  attributes.delete('broadcast');
}

/** Before version 11 a Gemm always adds something. */
function addZero(site: Site, { inputs }: Draft): undefined {
  if (inputs.get('C') !== undefined) return;
  const { elementType } = site.knownType(site.needed('A'));
  inputs.set('C', site.addConstant('zero', tensorFromNumbers(elementType, [1], [0])));
}

/** Before version 13 there is one scale. */
function oneScale(site: Site, { attributes }: Draft): undefined {
  const scale = site.needed(site.opType === 'QuantizeLinear' ? 'y_scale' : 'x_scale');
  const { shape } = site.type(scale) ?? {};
  if (shape === undefined || !shape.every((size) => size === 1)) {
    refuse(`'${scale.name}' has a scale for each slice of an axis, and before set 13 there is one for all`);
  }
  attributes.delete('axis');
}

/** From version 9 on nothing goes round for each of a batch. */
function refuseBatch(): undefined {
  return refuse('a Scan has a batch before set 9, and none from then on');
}

/** Forms one after another, between types of their own. */
class Steps {
  readonly forms: Form[] = [];

  constructor(private readonly site: Site) {}

  add(
    opType: string,
    inputs: Form['inputs'],
    type: TensorType,
    attributes?: Readonly<Record<string, Attribute>>,
  ): Value {
    const output = this.site.addValue(`${opType.toLowerCase()}_${this.forms.length}`, type);
    this.forms.push(form(opType, inputs, [output], attributes));
    return output;
  }
}

/** (x - mean)/sqrt(var + epsilon) · scale + B over the axes from one on; without the mean for RMSNormalization. */
function normalizeInParts(site: Site): readonly Form[] {
  const hasMean = site.opType === 'LayerNormalization';
  const [x, scale, bias] = [site.needed('X'), site.input('Scale') ?? site.needed('scale'), site.input('B')];
  const type = site.knownType(x);
  const rank = site.rank(x);
  const first = site.number('axis')!;
  const axes = Array.from({ length: rank }, (_, axis) => axis).slice(first);
  const isHalf = type.elementType === 'float16' || type.elementType === 'bfloat16';
  if (isHalf && site.number('stash_type') !== 1) refuse('it computes in another type than float32');
  const inner = isHalf ? ({ ...type, elementType: 'float32' } as const) : type;
  const steps = new Steps(site);
  const cast = (value: Value, to: typeof type): Value => {
    if (!isHalf) return value;
    const output = site.addValue(`cast_${steps.forms.length}`, to);
    steps.forms.push(castTo(to.elementType, value, output));
    return output;
  };
  const shape = type.shape!.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const mean = (value: Value, output?: Value): Value => {
    // Axes are an input from version 18 on, which RMSNormalization's expansion is written for.
    const result = output ?? site.addValue(`mean_${steps.forms.length}`, { ...inner, shape });
    const listed = int64([axes.length], axes);
    steps.forms.push(
      site.version < 18
        ? form('ReduceMean', [value], [result], { axes: intsAttribute(axes) })
        : form('ReduceMean', [value, site.addConstant('axes', listed)], [result]),
    );
    return result;
  };
  const [, meanOutput, deviationOutput] = site.outputs;
  const data = cast(x, inner);
  const centered = hasMean ? steps.add('Sub', [data, mean(data, meanOutput)], inner) : data;
  const variance = mean(steps.add('Mul', [centered, centered], inner));
  const epsilon = site.addConstant('epsilon', tensorFromNumbers(inner.elementType, [], [site.number('epsilon')!]));
  const deviation = steps.add('Sqrt', [steps.add('Add', [variance, epsilon], { ...inner, shape })], {
    ...inner,
    shape,
  });
  if (deviationOutput !== undefined) steps.forms.push(form('Reciprocal', [deviation], [deviationOutput]));
  const normal = cast(steps.add('Div', [centered, deviation], inner), type);
  if (bias === undefined) return [...steps.forms, form('Mul', [normal, scale], [site.output])];
  const scaled = steps.add('Mul', [normal, scale], type);
  return [...steps.forms, form('Add', [scaled, bias], [site.output])];
}

/** Groups as the channels of an InstanceNormalization, as exporters write it for sets before 18. */
function normalizeGroups(site: Site): readonly Form[] {
  const [x, scale, bias] = [site.needed('X'), site.needed('scale'), site.needed('bias')];
  const type = site.knownType(x);
  const rank = site.rank(x);
  const channels = type.shape?.[1];
  const groups = listable(site.number('num_groups')!, 'groups');
  const isPerGroup = site.version < 21;
  const vector = (value: number) =>
    site.addConstant('ones', tensorFromNumbers(type.elementType, [groups], new Array<number>(groups).fill(value)));
  const steps = new Steps(site);
  const grouped = { ...type, shape: undefined };
  const list = (what: string, values: readonly number[]) => site.addConstant(what, int64([values.length], values));
  const view = steps.add('Reshape', [x, list('groups', [0, groups, -1])], grouped);
  const attributes = { epsilon: floatAttribute(site.number('epsilon')!) };
  let normal = steps.add('InstanceNormalization', [view, vector(1), vector(0)], grouped, attributes);
  const dims = steps.add('Shape', [x], { elementType: 'int64', shape: [rank] });
  const count = isPerGroup ? groups : channels;
  const trailing = isPerGroup ? 1 : rank - 2;
  const target = list('channels', [typeof count === 'number' ? count : -1, ...new Array<number>(trailing).fill(1)]);
  const shaped = (value: Value) => steps.add('Reshape', [value, target], grouped);
  if (!isPerGroup) normal = steps.add('Reshape', [normal, dims], type);
  const place = isPerGroup ? grouped : type;
  const scaled = steps.add('Mul', [normal, shaped(scale)], place);
  const shift = shaped(bias);
  if (!isPerGroup) return [...steps.forms, form('Add', [scaled, shift], [site.output])];
  const moved = steps.add('Add', [scaled, shift], place);
  return [...steps.forms, form('Reshape', [moved, dims], [site.output])];
}

/** From version 21 on scale and bias are for each channel. */
function repeatForChannels(site: Site, { inputs }: Draft): undefined {
  const channels = site.type(site.needed('X'))?.shape?.[1];
  const groups = listable(site.number('num_groups')!, 'groups');
  if (typeof channels !== 'number') return refuse('the number of channels is not known, each of which gets a scale');
  for (const name of ['scale', 'bias']) {
    const value = site.needed(name);
    const tensor = site.constant(value) ?? refuse(`its input ${name}, '${value.name}', is computed by a run`);
    const numbers = numbersOf(tensor);
    const repeated = Array.from(
      { length: listable(channels, 'channels') },
      (_, i) => numbers[Math.floor(i / (channels / groups))]!,
    );
    inputs.set(name, site.addConstant(name, tensorFromNumbers(tensor.type, [channels], repeated)));
  }
}

export const normalizationBoundaries = [
  boundary('BatchNormalization', 7, { up: leaveTestMode }),
  boundary('BatchNormalization', 14, { up: refuseTraining }),
  boundary('Dropout', 7, { up: forgetTestMode }),
  boundary('Dropout', 10, { up: refuseMaskType, down: refuseMaskType }),
  boundary('Dropout', 12, { up: refuseMaskValue, down: leaveTraining }),
  boundary('Gemm', 7, { up: broadcastC }),
  boundary('Gemm', 11, { down: addZero }),
  boundary(['RNN', 'GRU', 'LSTM'], 7, { up: forgetSequence }),
  boundary(['QuantizeLinear', 'DequantizeLinear'], 13, { down: oneScale }),
  boundary('Scan', 9, { up: refuseBatch, down: refuseBatch }),
  boundary('LayerNormalization', 17, { down: normalizeInParts }),
  boundary('RMSNormalization', 23, { down: normalizeInParts }),
  boundary('GroupNormalization', 18, { down: normalizeGroups }),
  boundary('GroupNormalization', 21, { up: repeatForChannels, down: normalizeGroups }),
];
