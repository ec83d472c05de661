/** What makes pictures larger and smaller without weights. */
import { depthSpace } from './movement/depth-space.js';
import type { Operator } from './operator.js';
import { maxUnpool } from './pooling/max-unpool.js';
import { resize } from './resampling/resize.js';
import { upsample } from './resampling/upsample.js';

export const operators: readonly Operator[] = [...depthSpace, ...maxUnpool, ...resize, ...upsample];
