/** The words of a diff that all its renderers use. */
import type { LayerChange, LayerRef } from '../contract/layer-change.js';
import type { ModelDiff } from '../contract/model-diff.js';
import type { Dim } from '../ir/dim.js';
import { formatDimBytes, formatDimCount } from './units.js';

const totalNames = {
  parameters: 'parameters',
  macs: 'MACs',
  peakActivationBytes: 'peak memory',
} as const satisfies Record<ModelDiff['totals'][number]['name'], string>;

/** Name and text of totals that differ in the digits that are shown. */
export function totalRows(totals: ModelDiff['totals']): (readonly [string, string])[] {
  return totals.flatMap((total) => {
    const text = totalText(total);
    const [from, to] = text.split(' → ');
    return from === to ? [] : [[totalNames[total.name], text] as const];
  });
}

/** `31.0 M → 31.2 M (+0.6 %)`. */
function totalText({ name, from, to }: ModelDiff['totals'][number]): string {
  const show = (value: Dim | null) =>
    (name === 'peakActivationBytes' ? formatDimBytes : formatDimCount)(value ?? undefined);
  const text = `${show(from)} → ${show(to)}`;
  if (typeof from !== 'number' || typeof to !== 'number' || from === 0) return text;
  const percent = (100 * (to - from)) / from;
  const digits = Math.abs(percent) >= 10 ? percent.toFixed(0) : Number(percent.toPrecision(2)).toString();
  return `${text} (${percent > 0 ? '+' : ''}${digits} %)`;
}

export function layerName({ name, op, index }: LayerRef): string {
  return name === '' ? `${op} #${index}` : name;
}

/** `Conv`, `ConvTranspose → Resize`. */
export function operatorText({ from, to }: LayerChange): string {
  if (from === null || to === null) return (to ?? from)!.op;
  return from.op === to.op ? to.op : `${from.op} → ${to.op}`;
}

/** The layer's current name, and its former one if that was different. */
export function layerTitle({ from, to, scope }: LayerChange): string {
  const path = scope.map((part) => `${part}/`).join('');
  const name = layerName((to ?? from)!);
  const isRenamed = from !== null && to !== null && layerName(from) !== name;
  return `${path}${name}${isRenamed ? ` (was ${layerName(from)})` : ''}`;
}

/** `2 layers changed, 1 added; 5 follow with other shapes; 38 are the same`. */
export function diffSummary({ layers, unchanged, renamed }: ModelDiff): string {
  const count = (test: (layer: LayerChange) => boolean) => layers.filter(test).length;
  const changed = count(({ status, follows }) => status === 'changed' && !follows);
  const own = [
    changed === 0 ? '' : `${changed} ${changed === 1 ? 'layer' : 'layers'} changed`,
    ...(['added', 'removed'] as const).map((status) => {
      const n = count((layer) => layer.status === status);
      return n === 0 ? '' : `${n} ${status}`;
    }),
  ].filter((part) => part !== '');
  const follows = count((layer) => layer.follows);
  const parts = [
    own.length === 0 ? 'no layer changed' : own.join(', '),
    follows === 0
      ? ''
      : `${follows} with ${follows === 1 ? 'a shape that changes' : 'shapes that change'} as a consequence${own.length === 0 ? ' of the inputs' : ''}`,
    `${unchanged} ${unchanged === 1 ? 'is' : 'are'} the same`,
    renamed === 0 ? '' : `${renamed} ${renamed === 1 ? 'has' : 'have'} another name`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** Whether the layer only computes sizes: all its outputs are small integers or booleans. */
export function isShapeArithmetic({ status, shapes }: LayerChange): boolean {
  return (
    status !== 'changed' &&
    shapes.length > 0 &&
    shapes.every(({ from, to }) => /^(?:u?int(?:32|64)|bool)\[\d*\]$/.test(from ?? to ?? ''))
  );
}

/** `26 nodes that compute sizes (12 Div, 8 Mul, 6 Min)`. */
export function arithmeticText(layers: readonly LayerChange[]): string {
  const counts = new Map<string, number>();
  for (const layer of layers) counts.set(operatorText(layer), (counts.get(operatorText(layer)) ?? 0) + 1);
  const list = [...counts].sort((a, b) => b[1] - a[1]).map(([op, n]) => `${n} ${op}`);
  return `${layers.length} ${layers.length === 1 ? 'node that computes sizes' : 'nodes that compute sizes'} (${list.join(', ')})`;
}
