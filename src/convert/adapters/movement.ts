/** Operators that move elements, and axes counted from the end. */

import { ceilDiv, floorDiv, mul, rangeOf, sub } from '../../ir/dim.js';
import type { Value } from '../../ir/graph.js';
import { intsAttribute } from '../../ir/graph-editor.js';
import { numbersOf } from '../../ir/numeric.js';
import { isConcrete } from '../../ir/shape.js';
import { int64 } from '../../ir/tensor.js';
import { boundary, type Draft, type Form, form, listable, refuse, type Site } from '../form.js';

/** The elements of a small integer input. @throws Refusal if a run computes it */
export function integersAt(site: Site, name: string): readonly number[] | undefined {
  const value = site.input(name);
  if (value === undefined) return undefined;
  const tensor = site.constant(value);
  return tensor ? Array.from(numbersOf(tensor)) : refuse(`its input ${name}, '${value.name}', is computed by a run`);
}

export function fromFront(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Before version 11 axes are counted from the front alone. */
function countFromFront(site: Site, { attributes }: Draft): undefined {
  const rank = (count: number) => {
    const x = site.bound.operator.inputs[0]!;
    const value = x.isVariadic
      ? (site.bound.inputs as Record<string, readonly Value[]>)[x.name]?.[0]
      : site.needed(x.name);
    return site.rank(value ?? refuse('it has no input')) + (site.opType === 'Unsqueeze' ? count : 0);
  };
  for (const name of ['axis', 'axes']) {
    const attribute = attributes.get(name);
    if (attribute?.kind === 'int' && attribute.value < 0n) {
      attributes.set(name, { kind: 'int', value: attribute.value + BigInt(rank(1)) });
    } else if (attribute?.kind === 'ints' && attribute.value.some((axis) => axis < 0n)) {
      const axes = fromFront(attribute.value.map(Number), rank(attribute.value.length));
      attributes.set(name, intsAttribute(axes));
    }
  }
}

function countSlicesFromFront(site: Site, { inputs }: Draft): undefined {
  const value = site.input('axes');
  const axes = value && site.constant(value);
  if (axes === undefined) return;
  const numbers = Array.from(numbersOf(axes));
  if (numbers.every((axis) => axis >= 0)) return;
  const positive = fromFront(numbers, site.rank(site.needed('data')));
  inputs.set('axes', site.addConstant('axes', int64([positive.length], positive)));
}

/** Before version 10 every step is 1. */
function dropSteps(site: Site, { inputs }: Draft): undefined {
  const steps = integersAt(site, 'steps');
  if (steps?.some((step) => step !== 1)) refuse('it steps over elements, and steps are not there before set 10');
  inputs.delete('steps');
}

/** From version 18 on, parts that are equal are counted. */
function countParts(site: Site, { attributes, inputs }: Draft): undefined {
  if (inputs.get('split') !== undefined) return;
  attributes.set('num_outputs', { kind: 'int', value: BigInt(site.outputs.length) });
}

/** Before version 18 parts that are not listed are equal. */
function listParts(site: Site, { attributes, inputs }: Draft): undefined {
  const count = site.number('num_outputs');
  attributes.delete('num_outputs');
  if (count === undefined) return;
  if (count !== site.outputs.length) refuse('it has fewer outputs than parts');
  const input = site.needed('input');
  const rank = site.rank(input);
  const size = site.type(input)?.shape?.[fromFront([site.number('axis') ?? 0], rank)[0]!];
  if (size === undefined) return refuse('its axis is outside of the input');
  const part = ceilDiv(size, count);
  if (part === floorDiv(size, count)) return;
  const last = sub(size, mul(part, count - 1));
  if (typeof part !== 'number' || typeof last !== 'number' || last < 0) {
    return refuse(`${count} parts of ${size} might be unequal, which is not there before set 18`);
  }
  const sizes = [...new Array<number>(count - 1).fill(part), last];
  inputs.set('split', site.addConstant('split', int64([count], sizes)));
}

/** Before version 18 pads are for all axes. */
function padAllAxes(site: Site, { inputs }: Draft): undefined {
  const axes = integersAt(site, 'axes');
  if (axes === undefined) return;
  inputs.delete('axes');
  const rank = site.rank(site.needed('data'));
  const pads = integersAt(site, 'pads')!;
  const all = new Array<number>(2 * rank).fill(0);
  fromFront(axes, rank).forEach((axis, i) => {
    all[axis] = pads[i]!;
    all[axis + rank] = pads[i + axes.length]!;
  });
  inputs.set('pads', site.addConstant('pads', int64([2 * rank], all)));
}

function refuseWrap(site: Site): undefined {
  if (site.text('mode') === 'wrap') refuse('its mode wrap is not there before set 19');
}

/** Channels in DepthToSpace's other order: those of CRD, in the order of DCR, which alone there is before version 11. */
function orderChannels(site: Site, { attributes }: Draft): readonly Form[] | undefined {
  attributes.delete('mode');
  if (site.text('mode') === 'DCR') return undefined;
  const input = site.needed('input');
  const type = site.knownType(input);
  const block = site.number('blocksize')! ** 2;
  const channels = type.shape?.[1];
  if (typeof channels !== 'number') return refuse('the number of channels is not known, and its mode CRD orders them');
  const kept = channels / block;
  const order = Array.from(
    { length: listable(channels, 'channels') },
    (_, i) => (i % kept) * block + Math.floor(i / kept),
  );
  const ordered = site.addValue('ordered', type);
  const indices = site.addConstant('order', int64([channels], order));
  return [
    form('Gather', [input, indices], [ordered], { axis: { kind: 'int', value: 1n } }),
    { opType: 'DepthToSpace', inputs: [ordered], outputs: site.outputs, attributes },
  ];
}

/** Before version 15 a Shape has all sizes. */
function sliceShape(site: Site, { attributes }: Draft): readonly Form[] | undefined {
  const [start = 0, end] = [site.number('start'), site.number('end')];
  attributes.clear();
  if (start === 0 && end === undefined) return undefined;
  const data = site.needed('data');
  const rank = site.type(data)?.shape?.length;
  const all = site.addValue('shape', { elementType: 'int64', shape: rank === undefined ? undefined : [rank] });
  const bounds = [start, end ?? Number(2n ** 31n - 1n)].map((bound, i) =>
    site.addConstant(i === 0 ? 'start' : 'end', int64([1], [bound])),
  );
  return [form('Shape', [data], [all]), form('Slice', [all, ...bounds], site.outputs)];
}

/** A zero in the shape of a Reshape is a size before version 14 only if the attribute says nothing else. */
function copyZeros(site: Site, { attributes }: Draft): undefined {
  if (!site.flag('allowzero')) return;
  if (!isNeverEmpty(site)) {
    const shape = integersAt(site, 'shape')!;
    if (shape.includes(0)) refuse('its shape has a size of 0, which is copied from the input before set 14');
  }
  attributes.delete('allowzero');
}

/** Whether the data of a Reshape has elements at all sizes, so that it has no shape with a 0. */
function isNeverEmpty(site: Site): boolean {
  const [output] = site.outputs;
  return [site.input('data'), output].some((value) => {
    const shape = value && site.type(value)?.shape;
    return shape?.every((dim) => rangeOf(dim).min > 0) === true;
  });
}

/** Crop takes a border off the last two axes: a Slice. */
function sliceBorder(site: Site): readonly Form[] {
  const [left = 0, top = 0, right = 0, bottom = 0] = site.list('border') ?? [];
  const [height, width] = site.list('scale') ?? [];
  const { shape } = site.knownType(site.needed('input'));
  const sizes = shape?.slice(2) ?? [];
  if (!isConcrete(sizes) || sizes.length !== 2) return refuse('the size of its input is not known');
  const ends = [
    height === undefined ? sizes[0]! - bottom : top + height,
    width === undefined ? sizes[1]! - right : left + width,
  ];
  const lists = { starts: [top, left], ends, axes: [2, 3] };
  const inputs = Object.entries(lists).map(([name, list]) => site.addConstant(name, int64([2], list)));
  return [form('Slice', [site.needed('input'), ...inputs], site.outputs)];
}

const counted = [
  'Concat',
  'Flatten',
  'Split',
  'Squeeze',
  'Unsqueeze',
  'Gather',
  'Compress',
  'TopK',
  'ArgMax',
  'ArgMin',
];
const reductions = ['Sum', 'Mean', 'Prod', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'];

export const movementBoundaries = [
  boundary([...counted, ...reductions.map((name) => `Reduce${name}`), 'Softmax', 'LogSoftmax', 'Hardmax'], 11, {
    down: countFromFront,
  }),
  boundary('Slice', 11, { down: countSlicesFromFront }),
  boundary('Slice', 10, { down: dropSteps }),
  boundary('Split', 18, { up: countParts, down: listParts }),
  boundary('Pad', 18, { down: padAllAxes }),
  boundary('Pad', 19, { down: refuseWrap }),
  boundary('DepthToSpace', 11, { down: orderChannels }),
  boundary('Shape', 15, { down: sliceShape }),
  boundary('Reshape', 14, { down: copyZeros }),
  boundary('Crop', 10, { up: sliceBorder }),
];
