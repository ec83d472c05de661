/** What is said of a network's halves: plain data. */
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
    /** Made in the encoder, and joined to what the decoder makes. */
    | 'skip'
    /** Sizes as numbers, where no other value that crosses has them. */
    | 'sizes';
  readonly elementType: ElementType | undefined;
  readonly shape: Shape | undefined;
  /** In memory; undefined where the type or the shape is not known. */
  readonly bytes: Dim | undefined;
  /** How fine it is against the model's first input with a grid: `1/8`, `1/8 × 1/4` by axis, `one vector` without a grid. */
  readonly scale: string | undefined;
}

export interface DecoderCandidate {
  /** The value that the decoder begins with. */
  readonly bottleneck: string;
  readonly skips: readonly string[];
  /** What the encoder hands to the decoder, the bottleneck first. Nothing where the decoder is the whole model. */
  readonly crossing: readonly CrossingValue[];
  /** Of all that crosses. */
  readonly bytes: Dim | undefined;
  /** What the decoder is given, by name: what crosses, then inputs of the model. */
  readonly from: readonly string[];
  /** Outputs of the model that the decoder makes. */
  readonly to: readonly string[];
  /** Inputs of the model that each half reads; one may be read by both. */
  readonly inputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
  /** Outputs of the model that each half makes. */
  readonly outputs: { readonly encoder: readonly string[]; readonly decoder: readonly string[] };
  /** How many blocks lie around it that are flat seen from outside: 0 for the outermost. */
  readonly depth: number;
  /** Of each half; undefined where the decoder is the whole model. */
  readonly encoder: Costs | undefined;
  readonly decoder: Costs;
  readonly isCertain: boolean;
  /** Why here, and where it is not certain, why not. */
  readonly reasons: readonly string[];
}

export interface DecoderFindings {
  readonly kind: NetworkKind;
  /** The best first; the outermost before those inside it. None for an encoder and for what is flat. */
  readonly candidates: readonly DecoderCandidate[];
  readonly isCertain: boolean;
  readonly reasons: readonly string[];
}
