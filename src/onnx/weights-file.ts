/** Where the elements of constants go: into the model, into a file beside it, or nowhere. */
import type { Constant, ExternalPlace } from '../ir/graph.js';
import { fileOf } from './source-files.js';
import { type Piece, type Streamed, streamed } from './write-message.js';
import { elementsOf, type TensorWriter } from './write-tensor.js';

/**
 * `keep` leaves elements in other files there, under the same relative paths; `inline` puts all into the model; a
 * location puts them into one file of that name beside the model.
 */
export type WeightsPlace = 'keep' | 'inline' | WeightsBeside;

export interface WeightsBeside {
  readonly location: string;
  /** Smaller constants go into the model (default: 1024). */
  readonly minBytes?: number;
  /** `external` selects only constants that are in other files now, whatever their size (default: all). */
  readonly which?: 'all' | 'external';
}

/** The alignment that suffices for vector loads and typed arrays. */
const vectorAlignment = 64;
/** Large tensors begin at a page boundary, so that they can be memory-mapped (ExternalData.md). */
const pageAlignment = 4096;
const largeTensor = 2 ** 16;

/** Decides where each constant's elements go, and collects the elements for the new file. */
export class WeightsFile implements TensorWriter {
  private readonly pieces: Piece[] = [];
  private readonly places = new Map<string, ExternalPlace>();
  private byteLength = 0;

  constructor(private readonly weights: WeightsPlace) {}

  place(constant: Constant): ExternalPlace | undefined {
    if (this.weights === 'inline') return undefined;
    if (this.weights === 'keep') return constant.place;
    const { location, minBytes = 1024, which = 'all' } = this.weights;
    if (constant.type === 'string' || (which === 'external' && constant.place === undefined)) return undefined;
    const key = keyOf(constant);
    const known = key === undefined ? undefined : this.places.get(key);
    if (known !== undefined) return known;
    const elements = elementsOf(constant);
    const length = elements.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (which === 'all' && length < minBytes) return undefined;
    const alignment = length < largeTensor ? vectorAlignment : pageAlignment;
    const padding = (alignment - (this.byteLength % alignment)) % alignment;
    if (padding > 0) this.add({ byteLength: padding, bytes: () => new Uint8Array(padding) });
    const place = { location, offset: this.byteLength, length };
    for (const piece of elements) this.add(piece);
    if (key !== undefined) this.places.set(key, place);
    return place;
  }

  /** The new file; undefined if nothing goes there. */
  finish(): (Streamed & { readonly location: string }) | undefined {
    if (typeof this.weights === 'string' || this.pieces.length === 0) return undefined;
    return { location: this.weights.location, ...streamed(this.pieces, this.byteLength) };
  }

  private add(piece: Piece): void {
    this.pieces.push(piece);
    this.byteLength += piece.byteLength;
  }
}

/** A key that is equal for constants with the same bytes of the same file, which are copied once. */
function keyOf(constant: Constant): string | undefined {
  const { place } = constant;
  const file = place && fileOf(constant);
  return file === undefined ? undefined : JSON.stringify([file, place!.offset, place!.length]);
}
