import type { Model } from '../ir/graph.js';

/** Refuses what is taken for a model easily, in words. */
export function expectModel(value: unknown): asserts value is Model {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && 'graph' in value && 'opsets' in value) return;
  throw new TypeError(
    isObject && 'model' in value
      ? "the model is what openModel gives as its 'model': const { model } = await openModel(…)"
      : 'the model is what readModel or extract gives, or openModel in its model',
  );
}
