/** How pixel values are normalized before a network is fed. */

/** `rgb` as in pictures, or `bgr` as in OpenCV and Caffe. */
export type ChannelOrder = 'rgb' | 'bgr';

export const channelOrders: readonly ChannelOrder[] = ['rgb', 'bgr'];

/**
 * Black becomes `low` and white `high`; then the mean is subtracted and the result divided by the standard deviation.
 */
export interface Normalization {
  /** (default: 0..1) */
  readonly range?: ValueBounds | undefined;
  /** One number, or one for each channel, in the network's order. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  /** (default: RGB) */
  readonly order?: ChannelOrder | undefined;
  /** Its name in messages: `--normalize imagenet`. */
  readonly name?: string | undefined;
}

export interface ValueBounds {
  readonly low: number;
  readonly high: number;
}

export const unitRange: ValueBounds = { low: 0, high: 1 };

/**
 * Mean and standard deviation of ImageNet's pictures in 0..1, for red, green and blue, as torchvision's models expect
 * them.
 */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** By the names that `--normalize` takes. */
const presets: ReadonlyMap<string, Pick<Normalization, 'range' | 'mean' | 'std'>> = new Map([
  ['unit', { range: unitRange }],
  ['half', { range: { low: -1, high: 1 } }],
  ['bytes', { range: { low: 0, high: 255 } }],
  ['imagenet', { range: unitRange, ...imagenet }],
  ['0..1', { range: unitRange }],
  ['-1..1', { range: { low: -1, high: 1 } }],
  ['0..255', { range: { low: 0, high: 255 } }],
]);

export const normalizationNames: readonly string[] = [...presets.keys()];

/** The normalization of that name; ImageNet's numbers follow the order of the channels. */
export function namedNormalization(name: string, order: ChannelOrder = 'rgb'): Normalization | undefined {
  const preset = presets.get(name);
  if (preset === undefined) return undefined;
  const { range, mean, std } = preset;
  const ordered = (values: readonly number[] | undefined) =>
    order === 'bgr' ? values && [...values].reverse() : values;
  return { range, mean: ordered(mean), std: ordered(std), order, name: `--normalize ${name}` };
}

/** In words: `values 0..1`, `values 0..1, less 0.5, divided by 0.25`. */
export function describeNormalization({ range = unitRange, mean, std }: Normalization): string {
  const parts = [`values ${range.low}..${range.high}`];
  if (mean !== undefined) parts.push(`less ${mean.join(' ')}`);
  if (std !== undefined) parts.push(`divided by ${std.join(' ')}`);
  return parts.join(', ');
}

/** The values of black and white, if they are the same for all channels. */
export function valueBounds({ range = unitRange, mean, std }: Normalization): ValueBounds | undefined {
  const [only = 0, ...others] = mean ?? [];
  const [divisor = 1, ...divisors] = std ?? [];
  if (others.some((value) => value !== only) || divisors.some((value) => value !== divisor)) return undefined;
  const [low, high] = [(range.low - only) / divisor, (range.high - only) / divisor];
  return low < high ? { low, high } : undefined;
}
