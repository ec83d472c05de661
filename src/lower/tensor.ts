/** Tensors while a graph is lowered: what is known of their place before memory is planned. */
import type { Halo, View } from '../wasm/kernels/views.js';

/** Images, channels and pixels: what the inner layout is made for. */
export type Size = Pick<View, 'images' | 'channels' | 'height' | 'width'>;

/**
 * The tensor [N, C, H, W] that dims are in the inner layout: one spatial axis is the width, none is a single pixel. Other
 * ranks have none.
 */
export function innerSize(dims: readonly number[]): Size | undefined {
  const [images, channels, ...spatial] = dims;
  if (images === undefined || channels === undefined || spatial.length > 2) return undefined;
  const [height, width] = spatial.length === 2 ? spatial : [1, spatial[0] ?? 1];
  return { images, channels, height: height!, width: width! };
}

export function isSameSize(a: Size, b: Size): boolean {
  return a.images === b.images && a.channels === b.channels && a.height === b.height && a.width === b.width;
}

/** A tensor in the inner layout, with memory of its own or as channels of a wider one. */
export class InnerTensor {
  readonly layout = 'inner';
  /** Zeros that the tensor's readers need around it. Of a slice, that of the whole. */
  private ownHalo: Halo = { top: 0, left: 0, bottom: 0, right: 0 };
  private place: { readonly whole: InnerTensor; readonly channel: number } | undefined;

  constructor(
    readonly name: string,
    readonly size: Size,
  ) {}

  get parent(): { readonly whole: InnerTensor; readonly channel: number } | undefined {
    return this.place;
  }

  get halo(): Halo {
    return this.place?.whole.halo ?? this.ownHalo;
  }

  growHalo(halo: Halo): void {
    if (this.place !== undefined) {
      this.place.whole.growHalo(halo);
      return;
    }
    const { top, left, bottom, right } = this.ownHalo;
    this.ownHalo = {
      top: Math.max(top, halo.top),
      left: Math.max(left, halo.left),
      bottom: Math.max(bottom, halo.bottom),
      right: Math.max(right, halo.right),
    };
  }

  /** Makes this tensor the channels of `whole` from `channel` on. */
  moveInto(whole: InnerTensor, channel: number): void {
    whole.growHalo(this.ownHalo);
    this.place = { whole, channel };
  }
}

/** A tensor in row-major order without gaps, in the arena or among the constants. */
export class FlatTensor {
  readonly layout = 'flat';

  constructor(
    readonly name: string,
    readonly floats: number,
    /** Part of another one, so many floats behind its start. */
    readonly part?: { readonly whole: FlatTensor; readonly offset: number },
    /** The index of the plan's constant that it is. */
    readonly constant?: number,
  ) {}
}

export type LoweredTensor = InnerTensor | FlatTensor;

/** The tensor whose memory it is. */
export function rootOf(tensor: LoweredTensor): LoweredTensor {
  if (tensor.layout === 'inner') return tensor.parent === undefined ? tensor : rootOf(tensor.parent.whole);
  return tensor.part === undefined ? tensor : rootOf(tensor.part.whole);
}
