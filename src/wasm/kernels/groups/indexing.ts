/** Kernels that read or write at computed places, choose elements, or follow an axis. */
import { argExtremum } from '../arg-extremum.js';
import { argmaxIndices } from '../argmax-indices.js';
import { cumulate } from '../cumulate.js';
import { gatherRuns } from '../gather-runs.js';
import { gridSample } from '../grid-sample.js';
import { gather, scatter } from '../indexed.js';
import { oneHot } from '../one-hot.js';
import { topK } from '../top-k.js';
import { triangle } from '../triangle.js';
import { unpool } from '../unpool.js';

export const kernels = {
  'arg extremum': argExtremum,
  'argmax indices': argmaxIndices,
  cumulate,
  gather,
  'gather runs': gatherRuns,
  'grid sample': gridSample,
  'one hot': oneHot,
  scatter,
  'top k': topK,
  triangle,
  unpool,
};
