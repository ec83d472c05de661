/** Findings about a network's halves, as plain data. */
import type { Dim } from '../../ir/dim.js';
import type { ElementType } from '../../ir/element-type.js';
import type { Shape } from '../../ir/shape.js';
import type { Costs } from './costs.js';

export type NetworkKind =
  /** Something shrinks, and something grows again after it. */
  | 'encoder-decoder'
  /** It only grows: a generator, the decoder of an autoencoder, a network that magnifies. */
  | 'decoder'
  /** It shrinks and never grows again: a classifier, a backbone. */
  | 'encoder'
  /** It does neither. */
  | 'flat'
  /** Sizes are not known. */
  | 'unknown';

export interface CrossingValue {
  readonly name: string;
  readonly role:
    | 'bottleneck'
    /** Produced in the encoder, and joined to a value of the decoder. */
    | 'skip'
    /** Sizes as elements, if the shape of no other value that crosses tells them. */
    | 'sizes';
  readonly elementType: ElementType | undefined;
  readonly shape: Shape | undefined;
  /** In memory; undefined where the type or the shape is not known. */
  readonly bytes: Dim | undefined;
  /**
   * Resolution relative to the model's first input with a grid: `1/8`, `1/8 × 1/4` by axis, `one vector` without a
   * grid.
   */
  readonly scale: string | undefined;
}

export interface DecoderCandidate {
  /** The value that the decoder begins with. */
  readonly bottleneck: string;
  readonly skips: readonly string[];
  /** Values that the encoder passes to the decoder, the bottleneck first. Empty if the decoder is the whole model. */
  readonly crossing: readonly CrossingValue[];
  /** Bytes of all values that cross. */
  readonly bytes: Dim | undefined;
  /** Names of the decoder's inputs: values that cross, then inputs of the model. */
  readonly from: readonly string[];
  /** Outputs of the model that the decoder makes. */
  readonly to: readonly string[];
  /** Inputs of the model that each half reads; one may be read by both. */
  readonly inputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
  /** Outputs of the model that each half makes. */
  readonly outputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
  /** Number of blocks around it whose ends have the same resolution: 0 for the outermost. */
  readonly depth: number;
  /** Of each half; undefined where the decoder is the whole model. */
  readonly encoder: Costs | undefined;
  readonly decoder: Costs;
  readonly isCertain: boolean;
  /** Reasons for this place, and reasons for doubt. */
  readonly reasons: readonly string[];
}

export interface DecoderFindings {
  readonly kind: NetworkKind;
  /** Best first, outer ones before those inside them. Empty for an encoder and for a flat network. */
  readonly candidates: readonly DecoderCandidate[];
  readonly isCertain: boolean;
  readonly reasons: readonly string[];
}
