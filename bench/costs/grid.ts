/** The layers that the cost model is fitted to: each kind of layer over sizes and channels. */
import type { Layer } from '../cases.js';

/** Layers of more operations take too long to measure, and tell nothing that smaller ones do not. */
const mostOperations = 1e10;
const mostWeights = 8e6;

type Kind = Omit<Layer, 'from' | 'to' | 'size'>;

const kinds: readonly (Kind & {
  readonly sizes: readonly number[];
  readonly channels: readonly (readonly number[])[];
})[] = [
  {
    op: 'Conv',
    kernel: 3,
    pad: 1,
    sizes: [7, 14, 28, 32, 64, 112, 256],
    channels: [
      [8, 8],
      [16, 16],
      [32, 32],
      [64, 64],
      [64, 128],
      [128, 128],
      [256, 128],
      [256, 256],
      [512, 512],
      [3, 32],
      [64, 3],
    ],
  },
  {
    op: 'Conv',
    kernel: 1,
    sizes: [7, 28, 56, 128],
    channels: [
      [16, 64],
      [64, 64],
      [256, 64],
      [128, 512],
      [64, 1],
    ],
  },
  {
    op: 'Conv',
    kernel: 3,
    stride: 2,
    pad: 1,
    sizes: [16, 32, 64, 128, 512],
    channels: [
      [16, 32],
      [64, 128],
      [256, 256],
    ],
  },
  {
    op: 'Conv',
    kernel: 4,
    stride: 2,
    pad: 1,
    sizes: [16, 64, 256],
    channels: [
      [3, 64],
      [64, 128],
    ],
  },
  { op: 'Conv', kernel: 7, stride: 2, pad: 3, sizes: [64, 224], channels: [[3, 64]] },
  { op: 'Conv', kernel: 9, pad: 4, sizes: [64, 256], channels: [[3, 16]] },
  {
    op: 'Conv',
    kernel: 5,
    pad: 2,
    sizes: [16, 48],
    channels: [
      [16, 16],
      [64, 64],
    ],
  },
  {
    op: 'ConvTranspose',
    kernel: 2,
    stride: 2,
    sizes: [16, 32, 64],
    channels: [
      [64, 32],
      [128, 64],
      [512, 256],
    ],
  },
  {
    op: 'ConvTranspose',
    kernel: 4,
    stride: 2,
    pad: 1,
    sizes: [4, 8, 16, 32],
    channels: [
      [32, 16],
      [128, 64],
      [256, 128],
      [512, 256],
      [64, 3],
    ],
  },
  {
    op: 'ConvTranspose',
    kernel: 3,
    stride: 2,
    pad: 1,
    outputPadding: 1,
    sizes: [16, 32, 64, 256],
    channels: [
      [32, 16],
      [64, 32],
      [128, 64],
    ],
  },
];

export function gridLayers(): Layer[] {
  return kinds.flatMap(({ sizes, channels, ...kind }) =>
    channels.flatMap(([from = 1, to = 1]) =>
      sizes.flatMap((size) => {
        const layer: Layer = { ...kind, from, to, size };
        const weights = from * to * kind.kernel ** 2;
        const pixels = kind.op === 'Conv' ? (size / (kind.stride ?? 1)) ** 2 : size ** 2;
        return weights <= mostWeights && 2 * weights * pixels <= mostOperations ? [layer] : [];
      }),
    ),
  );
}
