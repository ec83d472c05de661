/** Tensors in ONNX order, and the same in NHWC8. */
import { type Halo, noHalo, ownView, type View } from '../../../src/wasm/kernels/views.js';

/** Without a depth it is of images. */
export type Size = Pick<View, 'images' | 'channels' | 'height' | 'width'> & { readonly depth?: number };

export interface Nhwc8Tensor {
  readonly view: View;
  readonly data: Float32Array;
  /** Where the view's first element lies in the data, in floats. */
  readonly offset: number;
}

/** Goes over a tensor in ONNX order: the index there and the place in NHWC8. */
export function forEachElement(view: View, visit: (index: number, place: number) => void): void {
  let index = 0;
  for (let n = 0; n < view.images; n++) {
    for (let c = 0; c < view.channels; c++) {
      for (let d = 0; d < view.depth; d++) {
        for (let h = 0; h < view.height; h++) {
          for (let w = 0; w < view.width; w++, index++) {
            const place = n * view.imageStride + d * view.sliceStride + h * view.rowStride + w * view.pixelStride;
            visit(index, place + c);
          }
        }
      }
    }
  }
}

export function elementCount({ images, channels, depth = 1, height, width }: Size): number {
  return images * channels * depth * height * width;
}

export interface Nhwc8Options {
  readonly halo?: Halo;
  /** Channels before and after, of a wider tensor; what is there must be left alone. */
  readonly slice?: readonly [number, number] | undefined;
  /** What the padding and the halo hold. */
  readonly fill?: number;
}

/** A tensor in NHWC8 with the elements of one in ONNX order, or with `fill` everywhere. */
export function nhwc8Tensor(size: Size, elements: Float32Array | undefined, options: Nhwc8Options = {}): Nhwc8Tensor {
  const { halo = noHalo, slice, fill = 0 } = options;
  const [before, after] = slice ?? [0, 0];
  const own = ownView({ ...size, channels: size.channels + before + after }, halo);
  const view: View = {
    ...own.view,
    channels: size.channels,
    writable: slice === undefined ? own.view.pixelStride : size.channels,
  };
  const offset = own.offset + before;
  const data = new Float32Array(own.floats + 16).fill(fill);
  if (elements !== undefined) {
    forEachElement(view, (index, place) => {
      data[offset + place] = elements[index]!;
    });
  }
  return { view, data, offset };
}

/** The elements in ONNX order. */
export function elementsOf({ view, offset }: Nhwc8Tensor, data: Float32Array): Float32Array {
  const elements = new Float32Array(elementCount(view));
  forEachElement(view, (index, place) => {
    elements[index] = data[offset + place]!;
  });
  return elements;
}

/** Whether everything but the view's own channels is still what it was: a slice has neighbors. */
export function isOnlyViewChanged({ view, offset, data }: Nhwc8Tensor, after: Float32Array): boolean {
  const expected = Float32Array.from(data);
  forEachElement(view, (_, place) => {
    expected[offset + place] = after[offset + place]!;
  });
  return expected.every((value, i) => Object.is(value, after[i]!));
}
