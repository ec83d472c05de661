/** What values of pixels become before a network is fed. */

/** Channels as pictures have them, or with red and blue exchanged, as OpenCV and Caffe have them. */
export type ChannelOrder = 'rgb' | 'bgr';

export const channelOrders: readonly ChannelOrder[] = ['rgb', 'bgr'];

/** Black becomes `low` and white `high`; then the mean is taken off, and what is left divided by the deviation. */
export interface Normalization {
  /** 0..1 where absent. */
  readonly range?: ValueBounds | undefined;
  /** One number, or one a channel, in the order in which the network takes them. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  /** RGB where absent. */
  readonly order?: ChannelOrder | undefined;
  /** How it is called, for messages: `--normalize imagenet`. */
  readonly name?: string | undefined;
}

export interface ValueBounds {
  readonly low: number;
  readonly high: number;
}

export const unitRange: ValueBounds = { low: 0, high: 1 };

/** The mean and the deviation of ImageNet's pictures in 0..1, red, green and blue, as torchvision's models take them. */
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

/** The normalization of that name; ImageNet's numbers go with the colors, whatever their order. */
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

/** The values that black and white become, where all channels have the same. */
export function valueBounds({ range = unitRange, mean, std }: Normalization): ValueBounds | undefined {
  const [only = 0, ...others] = mean ?? [];
  const [divisor = 1, ...divisors] = std ?? [];
  if (others.some((value) => value !== only) || divisors.some((value) => value !== divisor)) return undefined;
  const [low, high] = [(range.low - only) / divisor, (range.high - only) / divisor];
  return low < high ? { low, high } : undefined;
}
