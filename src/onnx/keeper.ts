/**
 * Collects what files say beside what graphs model, so that a model that was read is written as it was. A session, which writes
 * nothing, reads without it.
 */

import { keepFunction, keepGraph, keepInfo, keepNode } from './keep.js';
import { keepAttribute } from './keep-attribute.js';
import { keepModel } from './keep-model.js';
import { keepSparse, keepTensor } from './keep-tensor.js';

export const keeper = {
  keepAttribute,
  keepFunction,
  keepGraph,
  keepInfo,
  keepModel,
  keepNode,
  keepSparse,
  keepTensor,
};

export type Keeper = typeof keeper;
