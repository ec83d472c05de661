/**
 * What a drawing of a network shows, as plain data: blocks of layers at levels of resolution, and what flows between
 * them. Layouts place it; nothing in it is a coordinate.
 */
import type { Dim } from '../ir/dim.js';

export interface NetworkDrawing {
  /** The name of the graph; may be empty. */
  readonly name: string;
  /** Resolutions, the finest first. */
  readonly levels: readonly DrawnLevel[];
  /** In topological order: inputs, blocks of layers, outputs. */
  readonly blocks: readonly DrawnBlock[];
  readonly edges: readonly DrawnEdge[];
  readonly totals: DrawnCosts & { readonly nodes: number };
  /** Short names that stand for long ones of open sizes. */
  readonly aliases: readonly SizeAlias[];
  /** For which sizes the texts of open sizes hold: `H, W multiples of 16`. */
  readonly sizesFor: string | undefined;
}

export interface SizeAlias {
  readonly alias: string;
  /** The symbol in the file. */
  readonly name: string;
}

export interface DrawnLevel {
  /** Pixels of a value, at sizes that a picture could have; only their order and ratios mean something. */
  readonly pixels: number;
  /** Without a grid: one vector a picture. */
  readonly isVector: boolean;
}

export interface DrawnCosts {
  /** Elements of weights. Those that several blocks read are in each of them, and once in the totals. */
  readonly parameters: number;
  /** Multiply-accumulate operations; undefined where they are not known. */
  readonly macs: Dim | undefined;
  /** Bytes of the values that are made; undefined where they are not known. */
  readonly bytes: Dim | undefined;
}

export interface DrawnBlock extends DrawnCosts {
  /** Its place in `blocks`. */
  readonly id: number;
  readonly role: 'input' | 'output' | 'layers';
  /** The module that its layers belong to, or the name of the input or output; may be empty. */
  readonly name: string;
  /** Its place in `levels`. */
  readonly level: number;
  readonly layers: readonly DrawnLayer[];
  /** Of its last value. */
  readonly extent: DrawnExtent;
  /** Labels of its nodes: names, or operators and indices. */
  readonly nodes: readonly string[];
  /** Names of vectors that all of its pixels get: an embedding of the time step, a style. */
  readonly conditions: readonly string[];
  /** Whether the decoder begins with what it makes. */
  readonly isBottleneck: boolean;
}

export interface DrawnExtent {
  /** undefined where the value has no channels, or they are not known. */
  readonly channels: Dim | undefined;
  /** Sizes of the other axes, without the batch; empty for a vector, undefined where they are not known. */
  readonly sizes: readonly Dim[] | undefined;
}

export type LayerKind =
  | 'convolution'
  | 'transposed'
  | 'linear'
  | 'attention'
  | 'recurrent'
  | 'pooling'
  | 'unpooling'
  | 'resizing'
  | 'block'
  | 'other';

export interface DrawnLayer extends DrawnCosts {
  readonly kind: LayerKind;
  /** In order: Conv, BatchNormalization, Relu. */
  readonly operators: readonly string[];
  /** `3×3`; undefined where there are no windows. */
  readonly kernel: string | undefined;
  /** `2`, `2×1`; undefined where there is none or it is 1. */
  readonly stride: string | undefined;
  /** Of a block that shrinks and grows inside, and is flat from outside: pixels along its way, relative to the first. */
  readonly profile: readonly number[] | undefined;
  readonly extent: DrawnExtent;
  readonly nodes: readonly string[];
}

export type SkipJoin = 'concat' | 'add' | 'multiply' | 'indices' | 'other';

export interface DrawnEdge {
  readonly from: number;
  readonly to: number;
  /** `skip`: it meets, at its end, what comes by another way. */
  readonly kind: 'main' | 'skip';
  /** How it is joined to what comes by the other way; undefined on the main path. */
  readonly join: SkipJoin | undefined;
  /** The value that it stands for. */
  readonly value: string;
}
