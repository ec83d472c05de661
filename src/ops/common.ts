/** The operators of plain convolutional networks, and of their shape arithmetic, one family on each line. They are always loaded. */
import { conv } from './convolution/conv.js';
import { convTranspose } from './convolution/conv-transpose.js';
import { constants } from './creation/constant.js';
import { dropout } from './creation/dropout.js';
import { activation } from './elementwise/activation.js';
import { arithmetic } from './elementwise/arithmetic.js';
import { casts } from './elementwise/cast.js';
import { clipping } from './elementwise/clip.js';
import { comparison } from './elementwise/comparison.js';
import { math } from './elementwise/math.js';
import { powers } from './elementwise/power.js';
import { rounding } from './elementwise/rounding.js';
import { variadic } from './elementwise/variadic.js';
import { where } from './elementwise/where.js';
import { gathering } from './indexing/gather.js';
import { concat } from './movement/concat.js';
import { padded } from './movement/pad.js';
import { reshaping } from './movement/reshape.js';
import { shapes } from './movement/shape.js';
import { slicing } from './movement/slice.js';
import { splitting } from './movement/split.js';
import { squeezing } from './movement/squeeze.js';
import { transposing } from './movement/transpose.js';
import { batchNormalizations } from './normalization/batch-normalization.js';
import type { Operator } from './operator.js';
import { pooling } from './pooling/pool.js';

export const commonOperators: readonly Operator[] = [
  ...activation,
  ...arithmetic,
  ...batchNormalizations,
  ...casts,
  ...clipping,
  ...comparison,
  ...concat,
  ...constants,
  ...conv,
  ...convTranspose,
  ...dropout,
  ...gathering,
  ...math,
  ...padded,
  ...pooling,
  ...powers,
  ...reshaping,
  ...rounding,
  ...shapes,
  ...slicing,
  ...splitting,
  ...squeezing,
  ...transposing,
  ...variadic,
  ...where,
];
