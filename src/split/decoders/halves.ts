/**
 * The two halves around a bottleneck. Nodes that could belong to either half are assigned so that few and small values
 * cross; among equal cuts the latest is taken.
 */
import { elementTypeFacts } from '../../ir/element-type.js';
import type { Node, Value } from '../../ir/graph.js';
import { closeCut, missingOf } from '../closure.js';
import { needOf } from '../data-flow.js';
import { MinCut } from './min-cut.js';
import type { Network } from './network.js';
import type { Resolutions } from './resolution.js';

export interface HalvesSpec {
  /** The value that the decoder begins with. */
  readonly bottleneck: Value;
  /** Indices of nodes that belong to the decoder, as does everything that depends on them. */
  readonly decoder: Iterable<number>;
  /** Indices of further nodes that belong to the encoder, as does everything that they depend on. */
  readonly encoder?: Iterable<number>;
}

export interface Halves {
  /**
   * Data that the encoder produces and the decoder reads: the bottleneck first, the others in the order of their
   * producers.
   */
  readonly crossing: readonly Value[];
  /** Sizes that cross as elements, because the shape of no other value that crosses tells them. */
  readonly sizes: readonly Value[];
  /** Inputs of the model that the decoder reads. */
  readonly decoderInputs: readonly Value[];
  readonly encoderInputs: readonly Value[];
  /** Outputs of the model that each half makes. */
  readonly decoderOutputs: readonly Value[];
  readonly encoderOutputs: readonly Value[];
  /** Indices of nodes. */
  readonly decoder: ReadonlySet<number>;
}

/**
 * The cost of a cut counts values first and bytes second: each value costs this much, and the bytes of all values
 * together cost this much too.
 */
const unit = 2 ** 30;

/** Undefined if no cut separates the two halves. */
export function halvesOf(network: Network, resolutions: Resolutions, spec: HalvesSpec): Halves | undefined {
  const { graph } = network;
  const encoder = network.ancestors([spec.bottleneck]);
  const decoder = withSizesOf(network, network.descendants(spec.decoder), encoder);
  for (const place of spec.encoder ?? []) {
    encoder.add(place);
    for (const before of network.ancestors(network.reads[place]!)) encoder.add(before);
  }
  for (const place of encoder) if (decoder.has(place)) return undefined;
  const side = new Sides(network, resolutions, encoder, decoder).solve();
  if (side === undefined) return undefined;

  const decoderOutputs = graph.outputs.filter((value) => {
    const producer = network.producerOf(value);
    return producer !== undefined && side.decoder.has(producer);
  });
  if (decoderOutputs.length === 0) return undefined;
  const isEncoders = (value: Value) => [...encoder].some((place) => network.reads[place]!.includes(value));
  const decoderInputs = side.crossing.filter((value) => network.isInput(value));
  const crossing = side.crossing
    .filter((value) => !network.isInput(value))
    .sort((a, b) => Number(b === spec.bottleneck) - Number(a === spec.bottleneck));
  const sizes = missingSizes(network, [...crossing, ...decoderInputs], decoderOutputs);
  if (sizes === undefined) return undefined;
  const encoderOutputs = graph.outputs.filter((value) => !decoderOutputs.includes(value));
  const need = needOf(network.flow, [...crossing, ...sizes, ...encoderOutputs], new Set());
  return {
    crossing,
    sizes,
    decoderInputs: graph.inputs.filter((value) => decoderInputs.includes(value)),
    encoderInputs: graph.inputs.filter((value) => need.inputs.includes(value) || isEncoders(value)),
    decoderOutputs,
    encoderOutputs,
    decoder: side.decoder,
  };
}

/**
 * Nodes that read the size of a decoder value, as crops do, belong to the decoder too, because only the decoder has
 * that value.
 */
function withSizesOf(network: Network, start: ReadonlySet<number>, encoder: ReadonlySet<number>): Set<number> {
  const { flow, graph } = network;
  const decoder = new Set(start);
  const sized = new Set<Value>();
  graph.nodes.forEach((node, place) => {
    const isAfter = decoder.has(place) || (!encoder.has(place) && flow.reads[place]!.some((value) => sized.has(value)));
    if (!isAfter) return;
    for (const output of node.outputs) if (output !== undefined) sized.add(output);
    if (network.makes(place).length > 0) decoder.add(place);
  });
  return decoder;
}

/**
 * Sizes that the decoder needs and that the shapes of its inputs do not tell: the last values before they are used, or
 * the sizes read from the encoder's values if those are fewer.
 */
function missingSizes(network: Network, given: readonly Value[], to: readonly Value[]): Value[] | undefined {
  const { flow, inference } = network;
  const isClosed = (sizes: readonly Value[]) =>
    closeCut(flow, { from: [...given, ...sizes], to }, inference).need.inputs.length === 0;
  if (isClosed([])) return [];
  const { need } = closeCut(flow, { from: given, to }, inference);
  const lost = new Set<Value>(need.inputs);
  const late = new Set<Value>();
  const early = new Set<Value>();
  need.nodes.forEach((isNeeded, place) => {
    if (!isNeeded) return;
    const { outputs, opType } = network.node(place);
    const read = flow.reads[place]!.filter((value) => lost.has(value));
    if (read.length === 0) return;
    const isSize = outputs.every((value) => value === undefined || network.isSize(value));
    if (!isSize) for (const value of read) if (network.isSize(value)) late.add(value);
    for (const output of outputs) {
      if (output === undefined) continue;
      lost.add(output);
      if (opType === 'Shape') early.add(output);
    }
  });
  const sets = [...late].length <= [...early].length ? [late, early] : [early, late];
  for (const set of sets) if (set.size > 0 && isClosed([...set])) return [...set];
  const missing = missingOf(flow, { from: given, to }, inference)?.values ?? [];
  return missing.some((value) => network.isInput(value)) || !isClosed(missing) ? undefined : [...missing];
}

class Sides {
  private readonly graph = new MinCut();
  private readonly source = this.graph.vertex();
  private readonly sink = this.graph.vertex();
  /** By value: its vertex as produced, and its vertex as read. */
  private readonly made = new Map<Value, number>();
  private readonly read = new Map<Value, number>();
  private readonly totalBytes: number;

  constructor(
    private readonly network: Network,
    private readonly resolutions: Resolutions,
    private readonly encoder: ReadonlySet<number>,
    private readonly decoder: ReadonlySet<number>,
  ) {
    let total = 1;
    for (const value of this.values()) total += this.bytes(value);
    this.totalBytes = total;
  }

  solve(): { readonly crossing: Value[]; readonly decoder: Set<number> } | undefined {
    const { graph, network, source, sink } = this;
    const nodes = network.graph.nodes.map(() => graph.vertex());
    for (const value of this.values()) {
      const made = graph.vertex();
      const read = graph.vertex();
      this.made.set(value, made);
      this.read.set(value, read);
      graph.edge(made, read, this.cost(value));
      const producer = network.producerOf(value);
      if (producer === undefined || this.encoder.has(producer)) graph.edge(source, made, Number.POSITIVE_INFINITY);
      else graph.edge(nodes[producer]!, made, Number.POSITIVE_INFINITY);
    }
    nodes.forEach((vertex, place) => {
      if (this.encoder.has(place)) return;
      if (this.decoder.has(place)) graph.edge(vertex, sink, Number.POSITIVE_INFINITY);
      for (const value of network.reads[place]!) {
        graph.edge(this.read.get(value)!, vertex, Number.POSITIVE_INFINITY);
        const producer = network.producerOf(value);
        // If the encoder computes a value, it has the operands too.
        if (producer !== undefined && !this.encoder.has(producer))
          graph.edge(vertex, nodes[producer]!, Number.POSITIVE_INFINITY);
      }
    });
    const decoderSide = graph.solve(source, sink);
    if (decoderSide === undefined) return undefined;
    return {
      crossing: [...this.made].flatMap(([value, made]) =>
        !decoderSide.has(made) && decoderSide.has(this.read.get(value)!) ? [value] : [],
      ),
      decoder: new Set(nodes.flatMap((vertex, place) => (decoderSide.has(vertex) ? [place] : []))),
    };
  }

  private *values(): Iterable<Value> {
    yield* this.network.graph.inputs;
    for (let place = 0; place < this.network.graph.nodes.length; place++) yield* this.network.makes(place);
  }

  private cost(value: Value): number {
    const { network } = this;
    if (network.isInput(value)) {
      // A value that nothing in the encoder reads belongs to the decoder.
      const isShared = network.readers(value).some((place) => this.encoder.has(place));
      return isShared ? unit + this.share(value) : 0;
    }
    const producer = network.node(network.producerOf(value)!);
    if (isQuantized(producer) && network.readers(value).some((place) => isDequantizing(network.node(place))))
      return Number.POSITIVE_INFINITY;
    const type = network.inference.types.get(value)?.elementType;
    if (type === undefined) return 64 * unit;
    // Indices cross right after their producer, before they are laid out or cropped; other data as late as possible.
    const late = isInteger(type) || isFitting(producer) ? network.producerOf(value)! : 0;
    return unit + this.fittedShare(value) + late;
  }

  /** Cropping makes a value smaller, but belongs to the half that joins it. */
  private fittedShare(value: Value): number {
    let most = this.share(value);
    let place = this.network.producerOf(value);
    while (place !== undefined && isFitting(this.network.node(place))) {
      const [source] = this.network.reads[place]!;
      if (source === undefined) break;
      most = Math.max(most, this.share(source));
      place = this.network.producerOf(source);
    }
    return most;
  }

  private share(value: Value): number {
    return Math.round((unit * this.bytes(value)) / this.totalBytes);
  }

  private bytes(value: Value): number {
    const type = this.network.inference.types.get(value)?.elementType;
    const bits = type === undefined ? 32 : elementTypeFacts(type).bits;
    return ((this.resolutions.elements(value) ?? 1) * bits) / 8;
  }
}

function isInteger(type: NonNullable<Parameters<typeof elementTypeFacts>[0]>): boolean {
  return type === 'int64' || type === 'int32';
}

/** Whether the node only fits a value to the one that it is joined with. */
function isFitting({ opType }: Node): boolean {
  return ['Slice', 'Pad', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Expand'].includes(opType);
}

function isQuantized({ opType }: Node): boolean {
  return opType === 'QuantizeLinear';
}

function isDequantizing({ opType }: Node): boolean {
  return opType === 'DequantizeLinear';
}
