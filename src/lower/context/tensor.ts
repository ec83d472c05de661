/** Tensors before memory is planned: their layout, their halo, and which of them is a part of another. */
import type { Cells } from '../../wasm/kernels/cells.js';
import { type Halo, noHalo, type View } from '../../wasm/kernels/views.js';

/** The sizes of a batch of images or volumes. */
export type Size = Pick<View, 'images' | 'channels' | 'depth' | 'height' | 'width'>;

/**
 * What dims of rank 2 to 5 are in NHWC8. Two spatial axes are height and width, one is the width, none is a single pixel.
 * @returns undefined for other ranks
 */
export function nhwc8Size(dims: readonly number[]): Size | undefined {
  const rank = dims.length;
  if (rank < 2 || rank > 5) return undefined;
  return {
    images: dims[0]!,
    channels: dims[1]!,
    depth: rank === 5 ? dims[2]! : 1,
    height: rank >= 4 ? dims[rank - 2]! : 1,
    width: rank >= 3 ? dims[rank - 1]! : 1,
  };
}

export const sizeKeys = ['images', 'channels', 'depth', 'height', 'width'] as const;

export function isSameSize(a: Size, b: Size): boolean {
  return sizeKeys.every((key) => a[key] === b[key]);
}

/**
 * Of a tensor of bytes: four channels to a word, and the tensor's size counts words. Integers lie there from 0 on: those of int8
 * with 128 added.
 */
export interface BytesOf {
  readonly channels: number;
}

/** What the halo holds: 0, or in tensors of bytes one for each byte, which a step may compute as a float32. */
export type HaloFill = number | RowMajorTensor;

/** A tensor in NHWC8, with memory of its own or as channels of a wider one. */
export class Nhwc8Tensor {
  readonly layout = 'nhwc8';
  /** What the tensor's readers need; not used while the tensor is a slice, as the whole's halo holds then. */
  private ownHalo: Halo = noHalo;
  private ownFill: HaloFill | undefined;
  private slice: { readonly whole: Nhwc8Tensor; readonly channel: number } | undefined;

  constructor(
    readonly name: string,
    readonly size: Size,
    readonly bytes?: BytesOf,
  ) {}

  get fill(): HaloFill {
    return this.slice?.whole.fill ?? this.ownFill ?? 0;
  }

  /** Says what the halo holds. @returns false where a reader wants it to hold something else */
  fillHalo(fill: HaloFill): boolean {
    if (this.slice !== undefined) return this.slice.whole.fillHalo(fill);
    this.ownFill ??= fill;
    return this.ownFill === fill;
  }

  /** Fills the halo as readers of another tensor want it. @returns false where it is filled otherwise */
  takeHaloOf({ ownFill }: Nhwc8Tensor): boolean {
    return ownFill === undefined || this.fillHalo(ownFill);
  }

  get parent(): { readonly whole: Nhwc8Tensor; readonly channel: number } | undefined {
    return this.slice;
  }

  get halo(): Halo {
    return this.slice?.whole.halo ?? this.ownHalo;
  }

  growHalo(halo: Halo): void {
    if (this.slice !== undefined) {
      this.slice.whole.growHalo(halo);
      return;
    }
    const { front = 0, back = 0, top, left, bottom, right } = this.ownHalo;
    this.ownHalo = {
      front: Math.max(front, halo.front ?? 0),
      back: Math.max(back, halo.back ?? 0),
      top: Math.max(top, halo.top),
      left: Math.max(left, halo.left),
      bottom: Math.max(bottom, halo.bottom),
      right: Math.max(right, halo.right),
    };
  }

  /** Makes this tensor the channels of `whole` from `channel` on. */
  moveInto(whole: Nhwc8Tensor, channel: number): void {
    whole.growHalo(this.ownHalo);
    this.slice = { whole, channel };
  }
}

/** A tensor in row-major order without gaps, in the arena or among the constants. */
export class RowMajorTensor {
  readonly layout = 'row-major';

  constructor(
    readonly name: string,
    /** Words of 32 bits. */
    readonly floats: number,
    /** Part of another one, so many floats after its start. */
    readonly part?: { readonly whole: RowMajorTensor; readonly offset: number },
    /** The index of the plan's constant that it is. */
    readonly constant?: number,
    /** What a word, or two, are of an element. */
    readonly cells: Cells = 'float32',
  ) {}
}

export type LoweredTensor = Nhwc8Tensor | RowMajorTensor;

/** The tensor with memory of its own that this one is a part of, or itself. */
export function rootOf(tensor: LoweredTensor): LoweredTensor {
  if (tensor.layout === 'nhwc8') return tensor.parent === undefined ? tensor : rootOf(tensor.parent.whole);
  return tensor.part === undefined ? tensor : rootOf(tensor.part.whole);
}
