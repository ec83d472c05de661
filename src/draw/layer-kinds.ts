/** What kind of layer a node makes, and the windows that it has. */
import { type Node, Value } from '../ir/graph.js';
import { bindLeniently } from '../ops/bind.js';
import type { Changes } from '../split/decoders/changes.js';
import type { Network } from '../split/decoders/network.js';
import { convolutions, matrixProducts } from '../split/decoders/operator-kinds.js';
import { stridesOf } from '../split/decoders/strides.js';
import type { LayerKind } from './drawing.js';

const attentions = new Set(['Attention', 'MultiHeadAttention', 'GroupQueryAttention', 'QAttention', 'Einsum']);
const recurrent = new Set(['LSTM', 'GRU', 'RNN']);
const resizing = new Set(['Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth', 'GridSample', 'Col2Im']);
const products = new Set<string>(matrixProducts);
const convolving = new Set<string>(convolutions);
/** They only lay out elements differently; where that changes the resolution, it belongs to the layer that follows. */
export const layouts: ReadonlySet<string> = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Cast',
  'Identity',
]);

/** undefined for what belongs to the layer before it: normalization, activation, arithmetic, layout. */
export function layerKindOf(network: Network, changes: Changes, place: number): LayerKind | undefined {
  const { opType } = network.node(place);
  if (opType === 'ConvTranspose') return 'transposed';
  if (convolving.has(opType)) return 'convolution';
  if (recurrent.has(opType)) return 'recurrent';
  if (opType === 'MaxUnpool') return 'unpooling';
  if (attentions.has(opType)) return network.hasWeights(place) ? 'linear' : 'attention';
  if (products.has(opType)) return network.hasWeights(place) ? 'linear' : 'attention';
  if (/Pool$/.test(opType)) return 'pooling';
  if (resizing.has(opType)) return 'resizing';
  const kind = changes.at.get(place)?.kind;
  if (kind === undefined || layouts.has(opType)) return undefined;
  if (/^Scatter/.test(opType)) return 'unpooling';
  return kind === 'collapse' ? undefined : 'resizing';
}

export interface Windows {
  readonly kernel: string | undefined;
  readonly stride: string | undefined;
}

/** `3×3` and `2`, from kernels and attributes. */
export function windowsOf({ inference }: Network, node: Node): Windows {
  const bound = bindLeniently(node);
  const attribute: unknown = (bound?.attributes as Record<string, unknown> | undefined)?.['kernel_shape'];
  const kernels = bound?.inputs['W'] ?? bound?.inputs['w'];
  const dims = kernels instanceof Value ? inference.types.get(kernels)?.shape?.slice(2) : undefined;
  const sizes = convolving.has(node.opType) && dims !== undefined ? dims : Array.isArray(attribute) ? attribute : [];
  const strides = stridesOf(node);
  return {
    kernel: timesText(sizes),
    stride: strides.every((size) => size === 1) ? undefined : timesText(strides, true),
  };
}

/** At most six axes are written; windows have three. */
function timesText(sizes: readonly unknown[], isShort = false): string | undefined {
  if (sizes.length === 0 || sizes.length > 6) return undefined;
  return isShort && new Set(sizes).size === 1 ? String(sizes[0]) : sizes.map(String).join('×');
}
