/** How much of a plan may be listed or reserved for what attributes say, in place of what tensors hold. */

/** Positions of an axis for each of which a plan's table has an entry, such as the taps of a resized row. */
export const mostTableEntries = 2 ** 19;

/** The largest kernel, stride, dilation or padding along an axis; kernels multiply them to distances of 32 bits. */
const mostReach = 2 ** 20;

/** The most padding, in pixels, that is reserved beside what a window reads. */
const mostHalo = 2 ** 22;

export interface WindowReach {
  readonly kernel_shape?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
  readonly dilations?: readonly number[] | undefined;
  readonly pads?: readonly number[] | undefined;
  readonly output_padding?: readonly number[] | undefined;
}

/** Whether windows stay so near to what they read that a kernel may reserve and address all that they reach. */
export function isNear({ kernel_shape, strides, dilations, pads = [], output_padding }: WindowReach): boolean {
  const all = [kernel_shape, strides, dilations, pads, output_padding].flatMap((list) => list ?? []);
  if (all.some((size) => Math.abs(size) > mostReach)) return false;
  const rank = pads.length / 2;
  let halo = 1;
  for (let axis = 0; axis < rank; axis++) halo *= 1 + Math.abs(pads[axis]!) + Math.abs(pads[axis + rank]!);
  return halo <= mostHalo;
}
