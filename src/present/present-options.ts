/** How results are presented, as plain data that can be sent to another thread. */
import type { Coverage } from '../feed/coverage.js';
import type { Placement } from '../feed/fit.js';
import type { ChannelOrder, ValueBounds } from '../feed/normalization.js';
import type { Palette } from '../pictures/class-mask.js';
import type { ClassNames } from '../pictures/class-names.js';
import type { Layout } from '../pictures/image-layout.js';
import type { PaletteName } from '../pictures/palettes.js';
import type { Picture, Size } from '../pictures/picture.js';
import type { KindRequest } from './kinds.js';

/** A picture that the network was given. */
export interface GivenPicture {
  /** The input's name. */
  readonly name: string;
  readonly picture: Picture;
  readonly placement: Placement;
  /** The values of black and white, if they are the same for all channels. */
  readonly bounds: ValueBounds | undefined;
}

export interface PresentOptions {
  readonly layout?: Layout | undefined;
  /** The only kinds that are written (default: arrays, and pictures of results that evidently are pictures). */
  readonly as?: readonly KindRequest[];
  /** False to write no pictures by default. */
  readonly pictures?: boolean;
  /** False to write no arrays by default, because they go elsewhere. */
  readonly arrays?: boolean;
  /** Activations: outputs that the original network does not have. By default only their arrays are written. */
  readonly inner?: ReadonlySet<string> | undefined;
  /** Whether masks are painted over the pictures that the model was given. */
  readonly overlay: boolean;
  /** The pictures that the model was given, by input. */
  readonly given: readonly GivenPicture[];
  /** By output name: the part of the first given picture that the output shows, if it does not show all of it. */
  readonly coverage?: ReadonlyMap<string, Coverage>;
  /** Sizes of all fed inputs that could be pictures, including the given pictures. */
  readonly sizes: readonly Size[];
  /** The order of colors in inputs and outputs. */
  readonly order?: ChannelOrder | undefined;
  /** Colors of classes: a known palette, or one color for each class. */
  readonly palette?: PaletteName | Palette | undefined;
  readonly classNames?: ClassNames | undefined;
  /** The stem of each output's files, by output name (default: made from the name). */
  readonly stems?: ReadonlyMap<string, string>;
}
