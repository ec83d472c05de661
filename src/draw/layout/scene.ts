/** A drawing with coordinates, in pixels, as plain data: what {@link renderSvg} writes. */
import type { LayerKind, SkipJoin } from '../drawing.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** A part of a box: a layer, or several alike. */
export interface Slab {
  readonly kind: LayerKind | 'end' | 'times';
  /** Offset in the box. */
  readonly x: number;
  readonly width: number;
  /** Written inside: `×4`. */
  readonly text?: string | undefined;
  /** Points of a line inside, from 0 to 1 along both axes. */
  readonly profile?: readonly Point[] | undefined;
  readonly title: string;
}

export interface SceneBox extends Rectangle {
  /** The block's place in the drawing. */
  readonly block: number;
  readonly slabs: readonly Slab[];
  readonly title: string;
  /** How much of what colors show it has, from 0 to 1; undefined where colors show kinds. */
  readonly heat?: number | undefined;
  readonly isConditioned?: boolean;
}

export interface SceneText extends Point {
  readonly text: string;
  readonly role: 'title' | 'subtitle' | 'name' | 'size' | 'inside' | 'legend' | 'cell' | 'head';
  readonly anchor: 'start' | 'middle' | 'end';
}

export interface SceneArrow {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
  readonly kind: 'main' | 'skip';
  readonly join: SkipJoin | undefined;
  readonly title: string;
}

/** A rule or a bar that belongs to no block. */
export interface SceneBar extends Rectangle {
  readonly kind: LayerKind | 'end' | 'rule' | 'bar' | 'stripe';
  readonly heat?: number | undefined;
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly boxes: readonly SceneBox[];
  readonly arrows: readonly SceneArrow[];
  readonly texts: readonly SceneText[];
  readonly bars: readonly SceneBar[];
}
