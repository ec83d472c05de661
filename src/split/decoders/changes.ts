/** Where a network makes the grid smaller, and where it makes it larger. */
import { type Node, Value } from '../../ir/graph.js';
import { bindLeniently, boundAs } from '../../ops/bind.js';
import { slicing } from '../../ops/movement/slice.js';
import type { Network } from './network.js';
import { convolutions } from './operator-kinds.js';
import type { Resolutions } from './resolution.js';
import { stridesOf } from './strides.js';

export type ChangeKind =
  | 'down'
  | 'up'
  /** A sum over an axis, or over all pixels. */
  | 'collapse';

export interface Change {
  readonly kind: ChangeKind;
  readonly place: number;
  /** Pixels before and after. */
  readonly before: number;
  readonly after: number;
  /** The value that is resized, before reshaping that belongs to the change. */
  readonly source: Value;
  /** Indices of the change's nodes: the one that produces the new size, and the reshaping before it. */
  readonly places: readonly number[];
}

/** From this factor on, a change is taken as intended; smaller ones come from the borders of windows. */
const leastFactor = 1.4;
/**
 * The same for windows with strides, which are meant to shrink. Windows without strides lose a border, or everything if
 * the window covers the whole grid.
 */
const leastStridedFactor = 1.1;
const leastWindowFactor = 3;

/** Operators that join pixels or cut some off: they change the extent of the grid, not its resolution. */
const joining = new Set(['Concat', 'QLinearConcat', 'Pad', 'CenterCropPad', 'Crop', 'Split']);

/** Operators after which another axis may be taken for the channels, though elements and grid are the same. */
const relabeling = new Set(['Squeeze', 'Unsqueeze', 'Transpose']);

/** Operators that only lay out the same elements differently, or pad them with zeros. */
const layouts = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Cast', 'Identity', 'Pad']);

/** Operators that give every pixel the same value if their input has one pixel. */
const broadcasting = new Set(['Resize', 'Upsample', 'Expand', 'Tile']);

const windows = new Set([...convolutions, 'MaxPool', 'AveragePool']);

export class Changes {
  /** By the index of the node that produces the new size. */
  readonly at = new Map<number, Change>();
  private readonly places: Readonly<Record<ChangeKind, number[]>> = { up: [], down: [], collapse: [] };

  constructor(
    private readonly network: Network,
    private readonly resolutions: Resolutions,
  ) {
    /** Values with one pixel for the whole picture, and what is computed from them. */
    const summaries = new Set<Value>();
    network.graph.nodes.forEach((node, place) => {
      const source = resolutions.sourceOf(node, place);
      const change = source && this.changeOf(node, place, source, summaries);
      const summarizes =
        network.reads[place]!.length > 0 && network.reads[place]!.every((value) => summaries.has(value));
      if (change !== undefined) {
        this.at.set(place, change);
        this.places[change.kind].push(place);
      }
      if (change?.kind === 'collapse' || (summarizes && change?.kind !== 'up'))
        for (const output of network.makes(place)) summaries.add(output);
    });
  }

  /** Whether there is a change of this kind between two indices of nodes. */
  has(kind: ChangeKind, after: number, before: number): boolean {
    return this.places[kind].some((place) => place > after && place < before);
  }

  private changeOf(node: Node, place: number, source: Value, summaries: ReadonlySet<Value>): Change | undefined {
    const [output] = this.network.makes(place);
    const before = this.resolutions.area(source);
    const after = output && this.resolutions.area(output);
    if (before === undefined || after === undefined || joining.has(node.opType)) return undefined;
    if (relabeling.has(node.opType)) return undefined;
    if (node.opType === 'Slice' && !this.isStrided(node)) return undefined;
    const least = !windows.has(node.opType) ? leastFactor : isUnstrided(node) ? leastWindowFactor : leastStridedFactor;
    const isUp = after > before * least;
    const isDown = before > after * least;
    if (!isUp && !isDown) return undefined;
    // One value for the whole picture that every pixel gets is context, not upsampling.
    if (isUp && before === 1 && summaries.has(source) && broadcasting.has(node.opType)) return undefined;
    const kind = isUp ? 'up' : isSummary(node, after) ? 'collapse' : 'down';
    return { kind, place, before, after, ...this.withLayout(source, place, kind) };
  }

  private isStrided(node: Node): boolean {
    const steps = boundAs(slicing.Slice, node)?.inputs.steps;
    const known = steps && this.network.inference.known.get(steps);
    return known === undefined ? false : known.elements.some((step) => typeof step === 'number' && Math.abs(step) > 1);
  }

  /** Extends the change back over nodes that only reshape, so that a cut falls before them. */
  private withLayout(start: Value, place: number, kind: ChangeKind): Pick<Change, 'source' | 'places'> {
    const { network, resolutions } = this;
    const places = [place];
    let source = start;
    if (kind !== 'up') return { source, places };
    for (;;) {
      const producer = network.producerOf(source);
      if (producer === undefined || this.at.has(producer)) break;
      const { opType } = network.node(producer);
      const isLayout = layouts.has(opType);
      if (!isLayout && !(resolutions.channelAxis(source) === undefined && scattering.has(opType))) break;
      const before = isLayout ? network.reads[producer]![0] : this.scattered(producer);
      if (before === undefined) break;
      places.push(producer);
      source = before;
    }
    return { source, places };
  }

  /** Of an operator that writes elements to other places: the input with the elements, not the one with the places. */
  private scattered(place: number): Value | undefined {
    const updates = bindLeniently(this.network.node(place))?.inputs['updates'];
    return updates instanceof Value && this.network.reads[place]!.includes(updates) ? updates : undefined;
  }
}

const scattering = new Set(['ScatterND', 'ScatterElements']);

function isUnstrided(node: Node): boolean {
  return stridesOf(node).every((stride) => stride === 1);
}

/** Reductions, and pooling that leaves one pixel. */
function isSummary({ opType }: Node, after: number): boolean {
  if (opType.startsWith('Reduce')) return true;
  return after === 1 && (opType.startsWith('Global') || opType === 'AveragePool' || opType === 'MaxPool');
}
