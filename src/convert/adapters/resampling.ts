/** Resize and Upsample through all their versions; RoiAlign, GridSample. */
import type { Value } from '../../ir/graph.js';
import { textAttribute } from '../../ir/graph-editor.js';
import { numbersOf } from '../../ir/numeric.js';
import { isConcrete } from '../../ir/shape.js';
import { float32, int64 } from '../../ir/tensor.js';
import { boundary, type Draft, type Form, refuse, type Site } from '../form.js';
import { fromFront, integersAt } from './movement.js';

/** The input's elements; undefined if it is absent or empty. */
function numbersAt(site: Site, name: string): readonly number[] | undefined {
  const value = site.input(name);
  const tensor = value && site.constant(value);
  return tensor === undefined || tensor.size === 0 ? undefined : Array.from(numbersOf(tensor));
}

/** Whether the input is there, and not empty for certain. */
function isGiven(site: Site, name: string): boolean {
  const value = site.input(name);
  if (value === undefined) return false;
  return site.constant(value)?.size !== 0 && site.type(value)?.shape?.[0] !== 0;
}

function emptyList(site: Site): Value {
  return site.addConstant('none', float32([0], []));
}

/** Height and width by attributes of their own. */
function listScales(site: Site, { attributes }: Draft): undefined {
  const scales = [1, 1, site.number('height_scale')!, site.number('width_scale')!];
  attributes.delete('height_scale');
  attributes.delete('width_scale');
  attributes.set('scales', { kind: 'floats', value: scales });
}

/** Upsample is Resize from set 10 on. */
function upsampleAsResize(site: Site, { attributes }: Draft): readonly Form[] {
  const mode = site.text('mode') === 'nearest' ? 'nearest' : 'linear';
  const inputs = [site.needed('X'), site.needed('scales')];
  return [
    {
      opType: 'Resize',
      inputs,
      outputs: site.outputs,
      attributes: new Map([...attributes, ['mode', textAttribute(mode)]]),
    },
  ];
}

function resizeAsUpsample(site: Site, { attributes }: Draft): readonly Form[] {
  const scales =
    numbersAt(site, 'scales') ?? refuse('its scales are computed by a run, and Upsample only makes larger');
  if (scales.some((scale) => scale < 1)) refuse('it makes its input smaller, which Upsample does not');
  return [{ opType: 'Upsample', inputs: [site.needed('X'), site.needed('scales')], outputs: site.outputs, attributes }];
}

/** Version 10 has one way to find the place that an output reads; from version 11 on it is said. */
function sayCoordinates(site: Site, { attributes, inputs }: Draft): undefined {
  inputs.set('roi', emptyList(site));
  attributes.set('coordinate_transformation_mode', textAttribute('asymmetric'));
  if (site.text('mode') !== 'nearest') return;
  const scales = numbersAt(site, 'scales') ?? refuse('its scales are computed by a run, and nearest rounds by them');
  const isGrowing = scales.every((scale) => scale >= 1);
  if (!isGrowing && scales.some((scale) => scale > 1)) refuse('it makes one axis larger and another smaller');
  attributes.set('nearest_mode', textAttribute(isGrowing ? 'floor' : 'ceil'));
}

/** Before version 11: nearest and linear, asymmetric, by scales. */
function forgetCoordinates(site: Site, { attributes, inputs }: Draft): undefined {
  const mode = site.text('mode');
  if (mode === 'cubic') refuse('its mode cubic is not there before set 11');
  const scales = numbersAt(site, 'scales') ?? scalesOfSizes(site);
  const coordinates = site.text('coordinate_transformation_mode');
  const isSame =
    mode === 'linear'
      ? coordinates === 'asymmetric'
      : isNearestAsBefore(coordinates, site.text('nearest_mode'), scales);
  const isIdle = scales.every((scale) => scale === 1) && coordinates !== 'tf_crop_and_resize';
  if (!isSame && !isIdle)
    refuse(`its coordinates are ${coordinates}, and before set 11 there are only those called asymmetric`);
  for (const name of [...attributes.keys()]) if (name !== 'mode') attributes.delete(name);
  if (!isGiven(site, 'scales')) inputs.set('scales', site.addConstant('scales', float32([scales.length], scales)));
  inputs.delete('roi');
  inputs.delete('sizes');
}

/** For whole factors, the pixel that the center falls into is the one that floor finds. */
function isNearestAsBefore(coordinates: string, nearest: string, scales: readonly number[]): boolean {
  const isGrowing = scales.every((scale) => scale >= 1);
  const isShrinking = scales.every((scale) => scale <= 1);
  if (coordinates === 'asymmetric') {
    return (isGrowing && nearest === 'floor') || (isShrinking && nearest === 'ceil');
  }
  const isCentered = ['half_pixel', 'pytorch_half_pixel', 'half_pixel_symmetric'].includes(coordinates);
  return isCentered && nearest.startsWith('round') && scales.every((scale) => Number.isInteger(scale));
}

/** Scales that give the sizes, and by which rows and columns are found alike. */
function scalesOfSizes(site: Site): readonly number[] {
  const sizes = integersAt(site, 'sizes') ?? refuse('neither scales nor sizes are known');
  const dims = site.type(site.needed('X'))?.shape;
  if (dims === undefined || !isConcrete(dims)) return refuse('it is told sizes, and the size of its input is open');
  const scales = sizes.map((size, axis) => size / dims[axis]!);
  const isExact = scales.every((scale) => Math.fround(scale) === scale);
  return isExact ? scales : refuse('it is told sizes, and no scales give just them');
}

/** Before version 13 roi and scales are always there, and empty where nothing reads them. */
function fillAbsent(site: Site, { inputs }: Draft): undefined {
  for (const name of ['roi', 'scales']) if (inputs.get(name) === undefined) inputs.set(name, emptyList(site));
}

/** Before version 18 all axes are listed. */
function listAllAxes(site: Site, { attributes, inputs }: Draft): undefined {
  const axes = site.list('axes');
  attributes.delete('axes');
  if (axes === undefined) return;
  const x = site.needed('X');
  const rank = site.rank(x);
  const places = fromFront(axes, rank);
  if (site.text('coordinate_transformation_mode') === 'tf_crop_and_resize') refuse('it crops some of the axes');
  if (isGiven(site, 'scales')) {
    const scales = numbersAt(site, 'scales') ?? refuse('its scales are computed by a run');
    const all = Array.from({ length: rank }, (_, axis) => scales[places.indexOf(axis)] ?? 1);
    inputs.set('scales', site.addConstant('scales', float32([rank], all)));
  } else {
    const sizes = integersAt(site, 'sizes') ?? refuse('neither scales nor sizes are there');
    const dims = site.type(x)!.shape!;
    const all = dims.map((size, axis) => (places.includes(axis) ? sizes[places.indexOf(axis)]! : size));
    if (!isConcrete(all)) return refuse('it is told the sizes of some axes, and those of the others are open');
    inputs.set('sizes', site.addConstant('sizes', int64([rank], all)));
  }
  inputs.delete('roi');
}

function refuseSymmetric(site: Site): undefined {
  if (site.text('coordinate_transformation_mode') === 'half_pixel_symmetric') {
    refuse('its coordinates half_pixel_symmetric are not there before set 19');
  }
}

/** Before version 16 no half pixel is taken off. */
function sayNoHalfPixel(_site: Site, { attributes }: Draft): undefined {
  attributes.set('coordinate_transformation_mode', textAttribute('output_half_pixel'));
}

function refuseHalfPixel(site: Site, { attributes }: Draft): undefined {
  if (site.text('coordinate_transformation_mode') !== 'output_half_pixel') {
    refuse('it takes half a pixel off the regions, which is not done before set 16');
  }
  attributes.delete('coordinate_transformation_mode');
}

const longNames = new Map([
  ['linear', 'bilinear'],
  ['cubic', 'bicubic'],
]);

function shortMode(site: Site, { attributes }: Draft): undefined {
  const mode = [...longNames].find(([, long]) => long === site.text('mode'))?.[0] ?? site.text('mode');
  attributes.set('mode', textAttribute(mode));
}

function longMode(site: Site, { attributes }: Draft): undefined {
  if (site.rank(site.needed('X')) !== 4) refuse('it samples volumes, which is not there before set 20');
  const mode = site.text('mode');
  attributes.set('mode', textAttribute(longNames.get(mode) ?? mode));
}

/** Scatter is called ScatterElements from set 11 on. */
function renamed(opType: string) {
  return ({ bound, outputs }: Site, { attributes }: Draft): readonly Form[] => {
    const { data, indices, updates } = bound.inputs as Readonly<Record<string, Value | undefined>>;
    return [{ opType, inputs: [data, indices, updates], outputs, attributes }];
  };
}

export const resamplingBoundaries = [
  boundary('Upsample', 7, { up: listScales }),
  boundary('Upsample', 10, { up: upsampleAsResize }),
  boundary('Resize', 10, { down: resizeAsUpsample }),
  boundary('Resize', 11, { up: sayCoordinates, down: forgetCoordinates }),
  boundary('Resize', 13, { down: fillAbsent }),
  boundary('Resize', 18, { down: listAllAxes }),
  boundary('Resize', 19, { down: refuseSymmetric }),
  boundary('RoiAlign', 16, { up: sayNoHalfPixel, down: refuseHalfPixel }),
  boundary('GridSample', 20, { up: shortMode, down: longMode }),
  boundary('Scatter', 11, { up: renamed('ScatterElements') }),
  boundary('ScatterElements', 11, { down: renamed('Scatter') }),
];
