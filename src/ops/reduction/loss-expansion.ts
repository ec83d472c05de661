/** The losses as a selection of log-probabilities by their labels, and a reduction. */
import type { ElementType } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { type Expansion, openSizes } from '../expansion.js';
import { unknownType } from '../type-attribute.js';

export interface LossParts {
  readonly labels: Value;
  readonly labelType: ElementType;
  readonly classes: number;
  readonly weights: Value | undefined;
  readonly ignored: number | undefined;
  readonly reduction: 'none' | 'sum' | 'mean';
}

/** @param logarithms log-probabilities [N, C, …] of `type` */
export function expandLoss(
  expansion: Expansion,
  { labels, labelType, classes, weights, ignored, reduction }: LossParts,
  logarithms: Value,
  type: ElementType,
  output: Value,
): void {
  const label = (value: number) => expansion.number(value, labelType);
  const isIgnored = ignored === undefined ? undefined : expansion.add('Equal', [labels, label(ignored)]);
  // A label below 0 is none, and not counted from the end.
  const isBelow = expansion.add('Less', [labels, label(0)]);
  const outside = expansion.add('Where', [isBelow, label(classes), labels]);
  const safe = isIgnored === undefined ? outside : expansion.add('Where', [isIgnored, label(0), outside]);
  const axis = expansion.integers([1]);
  const picked = expansion.add('GatherElements', [logarithms, expansion.add('Unsqueeze', [safe, axis])], {
    attributes: { axis: intAttribute(1) },
  });
  const chosen = expansion.add('Squeeze', [picked, axis]);
  const zero = expansion.number(0, type);
  const kept = (value: Value) => (isIgnored === undefined ? value : expansion.add('Where', [isIgnored, zero, value]));
  const negative = expansion.add('Neg', [chosen]);
  const weight = weights && expansion.add('Gather', [expansion.cast(weights, type), safe]);
  const losses = kept(weight === undefined ? negative : expansion.add('Mul', [negative, weight]));
  if (reduction === 'none') {
    expansion.add('Identity', [losses], { output });
    return;
  }
  const total = (value: Value, into?: Value) =>
    expansion.add('ReduceSum', [value], {
      attributes: { keepdims: intAttribute(0) },
      ...(into && { output: into }),
    });
  if (reduction === 'sum') {
    total(losses, output);
    return;
  }
  const one = expansion.number(1, type);
  const each = weight ?? expansion.add('Expand', [one, expansion.add('Shape', [labels])]);
  expansion.add('Div', [total(losses), total(kept(each))], { output });
}

interface LossAttributes {
  readonly ignore_index: number | undefined;
  readonly reduction: LossParts['reduction'];
}

/** What a loss is made of, or the reason why its nodes are not known. */
export function lossParts(
  { facts }: Expansion,
  { ignore_index: ignored, reduction }: LossAttributes,
  scores: Value,
  labels: Value,
  weights: Value | undefined,
): LossParts | string {
  const [classes, labelType] = [facts.shape(scores)?.[1], facts.elementType(labels)];
  if (typeof classes !== 'number') return openSizes;
  return labelType === undefined ? unknownType : { labels, labelType, classes, weights, ignored, reduction };
}
