/** Pictures for the inputs of a run, from files and from the camera; loaded when the first one comes. */
import { namedNormalization } from '../../feed/normalization.js';
import { type FedPicture, loadPicture } from '../../feed/picture-input.js';
import { mostPixelsFor } from '../../feed/picture-limit.js';
import { PictureSizes } from '../../feed/picture-size.js';
import type { Graph, Value } from '../../ir/graph.js';
import type { Tensor } from '../../ir/tensor.js';
import { type ReadPicture, readPicture } from '../../pictures/read-picture.js';
import type { FeedRequest, Pixels, Sizes } from '../protocol.js';

export type PictureRequest = Extract<FeedRequest, { kind: 'file' | 'pixels' }>;

export interface LoadedPicture {
  readonly tensor: Tensor;
  readonly picture?: FedPicture;
  readonly notes: readonly string[];
}

/** @throws ProblemError US2003, US2005 */
export class PictureFeeder {
  private readonly pictureSizes: PictureSizes;

  /** @param dims sizes that were set, which pictures are made to fit */
  constructor(
    private readonly graph: Graph,
    private readonly dims: Sizes,
    private readonly normalization: string,
  ) {
    this.pictureSizes = new PictureSizes(graph);
  }

  /** @param sizes those of pictures before it included */
  async load(input: Value, request: PictureRequest, sizes: Sizes): Promise<LoadedPicture> {
    const { dims, pictureSizes } = this;
    const picture = await pictureOf(request, mostPixelsFor(this.graph, sizes));
    const normalization = namedNormalization(this.normalization) ?? {};
    return loadPicture(input, picture, sizes, { dims, normalization, pictureSizes });
  }
}

async function pictureOf(request: PictureRequest, maxPixels: number): Promise<ReadPicture> {
  if (request.kind === 'pixels') return cameraPicture(request.pixels);
  return readPicture(new Uint8Array(await request.file.arrayBuffer()), { maxPixels });
}

function cameraPicture({ width, height, data }: Pixels): ReadPicture {
  const opaque = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) opaque.set(data.subarray(4 * pixel, 4 * pixel + 3), 3 * pixel);
  return { width, height, channels: 3, data: opaque, format: 'PNG', notes: [] };
}
