/** What boxes, layers and arrows say of themselves, where a reader points or listens. */
import { printable } from '../diagnostics/printable.js';
import { type Dim, formatDim } from '../ir/dim.js';
import { bytesText, countText } from './amounts.js';
import type { DrawnBlock, DrawnCosts, DrawnEdge, DrawnExtent, DrawnLayer, LayerKind, SkipJoin } from './drawing.js';

export const kindWords: Readonly<Record<LayerKind, string>> = {
  convolution: 'convolution',
  transposed: 'transposed convolution',
  linear: 'matrix product',
  attention: 'attention',
  recurrent: 'recurrent',
  pooling: 'pooling',
  unpooling: 'unpooling',
  resizing: 'resizing, moving pixels',
  block: 'U-shaped block',
  other: 'other operators',
};

export const joinWords: Readonly<Record<SkipJoin, string>> = {
  concat: 'skip, concatenated',
  add: 'skip, added',
  multiply: 'skip, multiplied',
  indices: 'indices of maxima',
  other: 'another connection',
};

/** Node names in a title; the rest is counted. */
const mostNodes = 12;
const longestName = 120;

type SizeText = (dim: Dim) => string;

/** `64 × H/2 × W/2`; undefined where nothing is known. */
export function extentText({ channels, sizes }: DrawnExtent, sizeText: SizeText): string | undefined {
  const parts = [...(channels === undefined ? [] : [formatDim(channels)]), ...(sizes ?? []).map(sizeText)];
  return parts.length === 0 ? undefined : shortName(parts.join(' × '));
}

export function layerTitle(layer: DrawnLayer, sizeText: SizeText): string {
  const { kernel, stride, operators } = layer;
  const windows = [
    ...(kernel === undefined ? [] : [kernel]),
    ...(stride === undefined ? [] : [`stride ${stride}`]),
  ].join(', ');
  const [first, ...rest] =
    operators.length === 0 ? [kindWords[layer.kind]] : operators.slice(0, mostNodes).map(shortName);
  const words = [`${first}${windows === '' ? '' : ` ${windows}`}`, ...rest].join(', ');
  const extent = extentText(layer.extent, sizeText);
  return [`${words}${extent === undefined ? '' : `: ${extent}`}`, costsText(layer), nodesText(layer.nodes)]
    .filter((line) => line !== '')
    .join('\n');
}

export function blockTitle(block: DrawnBlock, sizeText: SizeText): string {
  const { role, name, layers } = block;
  const extent = extentText(block.extent, sizeText);
  const what = role === 'layers' ? shortName(name) || 'block' : `${role} ${shortName(name)}`;
  const lines = [`${what}${extent === undefined ? '' : `: ${extent}`}`];
  if (role === 'layers') {
    lines.push(
      ...layers.slice(0, mostNodes).map((layer) => layerTitle({ ...layer, nodes: [] }, sizeText).split('\n')[0]!),
    );
    if (layers.length > mostNodes) lines.push(`and ${layers.length - mostNodes} more layers`);
    lines.push(costsText(block));
    if (block.conditions.length > 0)
      lines.push(`conditioned by ${block.conditions.slice(0, mostNodes).map(shortName).join(', ')}`);
    if (block.isBottleneck) lines.push('the decoder begins after it');
    lines.push(nodesText(block.nodes));
  }
  return lines.filter((line) => line !== '').join('\n');
}

export function arrowTitle({ kind, join, value }: DrawnEdge, from: DrawnBlock, to: DrawnBlock): string {
  const ends = [from, to].map((block) => shortName(block.name) || `block ${block.id}`);
  const words = kind === 'skip' && join !== undefined ? joinWords[join] : 'main path';
  return `${words}: ${shortName(value)}, from ${ends[0]} to ${ends[1]}`;
}

function costsText({ parameters, macs, bytes }: DrawnCosts): string {
  const parts = [
    ...(parameters === 0 ? [] : [`${countText(parameters)} parameters`]),
    ...(macs === 0 ? [] : [`${countText(macs)} MACs`]),
    ...(bytes === undefined ? [] : [`${bytesText(bytes)} of values`]),
  ];
  return parts.join(', ');
}

function nodesText(nodes: readonly string[]): string {
  if (nodes.length === 0) return '';
  const rest = nodes.length - mostNodes;
  return `nodes ${nodes.slice(0, mostNodes).map(shortName).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** A name may have megabytes, and characters that steer what shows it. */
export function shortName(name: string): string {
  return printable(
    name.length > longestName ? `${name.slice(0, longestName / 2)}…${name.slice(-longestName / 2)}` : name,
  );
}

/** `pooling 2×2, 2 convolutions 3×3`. */
export function layersText(layers: DrawnBlock['layers']): string {
  const counts = new Map<string, number>();
  for (const { kind, kernel } of layers) {
    const words = kernel === undefined ? kindWords[kind] : `${kindWords[kind]} ${kernel}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return shortName([...counts].map(([words, count]) => (count === 1 ? words : `${count} × ${words}`)).join(', '));
}
