/**
 * What a drawing of a network shows, as plain data: blocks of layers at levels of resolution, and what flows between
 * them. Layouts place it; nothing in it is a coordinate.
 */
import type { Dim } from '../ir/dim.js';

export interface NetworkDrawing {
  /** The name of the graph; may be empty. */
  readonly name: string;
  /** Resolutions, the finest first. */
  readonly levels: readonly Level[];
  /** In topological order: inputs, blocks of layers, outputs. */
  readonly blocks: readonly Block[];
  readonly edges: readonly Edge[];
  readonly totals: Costs & { readonly nodes: number };
  /** For which sizes the texts of open sizes hold: `H, W multiples of 16`. */
  readonly sizesFor: string | undefined;
}

export interface Level {
  /** Pixels of a value, at sizes that a picture could have; only their order and ratios mean something. */
  readonly pixels: number;
  /** Without a grid: one vector a picture. */
  readonly isVector: boolean;
}

export interface Costs {
  /** Elements of weights. Those that several blocks read are in each of them, and once in the totals. */
  readonly parameters: number;
  /** Multiply-accumulate operations; undefined where they are not known. */
  readonly macs: Dim | undefined;
  /** Bytes of the values that are made; undefined where they are not known. */
  readonly bytes: Dim | undefined;
}

export interface Block extends Costs {
  /** Its place in `blocks`. */
  readonly id: number;
  readonly role: 'input' | 'output' | 'layers';
  /** The module that its layers belong to, or the name of the input or output; may be empty. */
  readonly name: string;
  /** Its place in `levels`. */
  readonly level: number;
  readonly layers: readonly Layer[];
  /** Of its last value. */
  readonly extent: Extent;
  /** Labels of its nodes: names, or operators and indices. */
  readonly nodes: readonly string[];
  /** Of a block that shrinks and grows inside, and is flat from outside: pixels along its way, relative to the first. */
  readonly profile: readonly number[] | undefined;
  /** Names of vectors that all of its pixels get: an embedding of the time step, a style. */
  readonly conditions: readonly string[];
  /** Whether the decoder begins with what it makes. */
  readonly isBottleneck: boolean;
}

export interface Extent {
  /** undefined where the value has no channels, or they are not known. */
  readonly channels: Dim | undefined;
  /** Sizes of the other axes, without the batch; empty for a vector, undefined where they are not known. */
  readonly sizes: readonly Dim[] | undefined;
}

export const layerKinds = [
  'convolution',
  'transposed',
  'linear',
  'attention',
  'recurrent',
  'pooling',
  'unpooling',
  'resizing',
  'block',
  'other',
] as const;
export type LayerKind = (typeof layerKinds)[number];

export interface Layer extends Costs {
  readonly kind: LayerKind;
  /** In order: Conv, BatchNormalization, Relu. */
  readonly operators: readonly string[];
  /** `3×3`; undefined where there are no windows. */
  readonly kernel: string | undefined;
  /** `2`, `2×1`; undefined where there is none or it is 1. */
  readonly stride: string | undefined;
  readonly extent: Extent;
  readonly nodes: readonly string[];
}

export const joins = ['concat', 'add', 'multiply', 'indices', 'other'] as const;
export type Join = (typeof joins)[number];

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** `skip`: it meets, at its end, what comes by another way. */
  readonly kind: 'main' | 'skip';
  /** How it is joined to what comes by the other way; undefined on the main path. */
  readonly join: Join | undefined;
  /** The value that it stands for. */
  readonly value: string;
}
