/**
 * Finds where a network's decoder begins. It begins with the first layer that makes the grid larger after the place
 * where the grid is smallest. The values that it reads from before that layer are the bottleneck and the skips. If a
 * code comes before that is narrower than the value at which upsampling begins, the decoder begins at the code, because
 * the layers that expand the code belong to it.
 */
import { quoted } from '../../diagnostics.js';
import { infer } from '../../infer/infer.js';
import type { Graph, Value } from '../../ir/graph.js';
import { closeCut } from '../closure.js';
import { needOf } from '../data-flow.js';
import { type Block, blocksOf } from './blocks.js';
import { Changes } from './changes.js';
import { bytesOf, costsOf, sumOf } from './costs.js';
import type { CrossingValue, DecoderCandidate, DecoderFindings } from './findings.js';
import { type Halves, halvesOf } from './halves.js';
import { chokePoints, isProjection, latentBefore, layerOf } from './latent.js';
import { Network } from './network.js';
import { probeTypes, Resolutions } from './resolution.js';
import { Scales } from './scale.js';
import { type Valley, valleysOf } from './valleys.js';

/** More candidates than a person would read; stacked networks have a few. */
const mostCandidates = 24;
const mostSteps = 64;
/** Prefix of reasons that speak against a candidate. */
export const doubtful = 'not certain: ';
/** If a smaller share of a decoder's weights lies before its first growth, a cut there is not offered. */
const leastShare = 0.05;

export function findDecoders(graph: Graph): DecoderFindings {
  return new Finder(graph).find();
}

/** A valley, and where it was seen. */
interface Place {
  readonly valley: Valley;
  /** All valleys of the same scope, itself included. */
  readonly beside: readonly Valley[];
  /** Number of blocks around it. */
  readonly depth: number;
}

interface Cut {
  readonly place: Place;
  readonly bottleneck: Value;
  readonly halves: Halves;
  /** Valleys that the same cut goes through. */
  readonly joined: ReadonlySet<Valley>;
  readonly reasons: readonly string[];
  readonly doubts: readonly string[];
}

class Finder {
  private readonly network: Network;
  private readonly resolutions: Resolutions;
  private readonly changes: Changes;
  private readonly scales: Scales;
  private readonly blocks: readonly Block[];

  constructor(private readonly graph: Graph) {
    this.network = new Network(graph, infer(graph));
    this.resolutions = new Resolutions(this.network, probeTypes(graph));
    this.changes = new Changes(this.network, this.resolutions);
    this.scales = new Scales(this.network, this.resolutions);
    this.blocks = blocksOf(this.network, this.resolutions, this.changes);
  }

  find(): DecoderFindings {
    if (this.graph.inputs.every((input) => this.resolutions.area(input) === undefined)) {
      const reason = 'no input has a shape: what shrinks and what grows cannot be told';
      return { kind: 'unknown', candidates: [], isCertain: false, reasons: [reason] };
    }
    const places = this.places();
    const cuts = this.cutsAt(places.filter(({ valley }) => valley.hasDown));
    if (cuts.length > 0) return this.encoderDecoder(cuts);
    return places.length > 0 && this.growsInAll(places) ? this.wholeDecoder(places) : this.withoutUps();
  }

  /**
   * Whether the network grows beyond its input. Growth that only fits a picture to the network, which then shrinks it,
   * does not count.
   */
  private growsInAll(places: readonly Place[]): boolean {
    const { network, resolutions, changes } = this;
    const finest = Math.max(0, ...this.graph.outputs.map((value) => resolutions.area(value) ?? 0));
    return places.some(({ valley: { up } }) => {
      const downstream = network.descendants([up.place]);
      return finest >= up.after || ![...downstream].some((item) => changes.at.get(item)?.kind === 'down');
    });
  }

  /** The outermost first. */
  private places(): Place[] {
    const { network, resolutions, changes, blocks } = this;
    const found: Place[] = [];
    const look = (within: Block | undefined, depth: number) => {
      const inner = blocks.filter((block) => block !== within && isInside(block, within));
      const flat = inner.filter((block) => !inner.some((other) => other !== block && isInside(block, other)));
      const beside = valleysOf(network, resolutions, changes, { within, flat });
      for (const valley of beside) found.push({ valley, beside, depth });
      for (const block of flat) look(block, depth + 1);
    };
    look(undefined, 0);
    const least = Math.min(...found.map(({ depth }) => depth));
    return found.map((place) => ({ ...place, depth: place.depth - least }));
  }

  /** In the order in which they are offered. */
  private cutsAt(places: readonly Place[]): Cut[] {
    const cuts: Cut[] = [];
    const done = new Set<Valley>();
    const elements = ({ valley }: Place) => this.resolutions.elements(valley.up.source) ?? 0;
    const ordered = places.toSorted(
      (a, b) => compareHeights(a, b) || elements(b) - elements(a) || b.valley.up.place - a.valley.up.place,
    );
    for (const place of ordered) {
      if (done.has(place.valley) || cuts.length === mostCandidates) continue;
      const cut = this.cutAt(place);
      if (cut === undefined) continue;
      for (const valley of cut.joined) done.add(valley);
      const isKnown = cuts.some(({ halves }) => hasSameCrossing(halves, cut.halves));
      if (!isKnown) cuts.push(cut);
    }
    return cuts;
  }

  private cutAt(place: Place): Cut | undefined {
    const { network, resolutions, changes } = this;
    const { up } = place.valley;
    const decoder = new Set(up.places);
    const before = network.ancestors([up.source]);
    const encoder = new Set<number>();
    const joined = new Set([place.valley]);
    let downstream = network.descendants(decoder);
    for (const valley of place.beside) {
      const other = valley.up;
      if (valley === place.valley || downstream.has(other.place) || before.has(other.place)) continue;
      joined.add(valley);
      for (const item of other.places) decoder.add(item);
      downstream = network.descendants(decoder);
      // A separate tower belongs to the encoder down to its lowest place.
      for (const item of network.ancestors([other.source]))
        if (!before.has(item) && changes.at.get(item)?.kind === 'down') encoder.add(item);
    }
    const halves = halvesOf(network, resolutions, { bottleneck: up.source, decoder, encoder });
    if (halves === undefined) return undefined;
    const cut: Cut = { place, bottleneck: up.source, halves, joined, reasons: [], doubts: [] };
    const moved = place.valley.hasDown
      ? (this.atLatent(cut) ?? this.beforeContext(cut) ?? this.beforeProjection(cut) ?? cut)
      : cut;
    return halves.sizes.length === 0 ? moved : this.withFewerSizes(moved);
  }

  /** Moves the cut to before a code that is narrower than the value at which upsampling begins. */
  private atLatent(cut: Cut): Cut | undefined {
    const { network, resolutions, changes } = this;
    if (cut.halves.crossing.length !== 1) return undefined;
    const latent = latentBefore(network, resolutions, changes, cut.bottleneck);
    const moved = latent && this.movedTo(cut, latent);
    if (moved === undefined) return undefined;
    const times = Math.round(resolutions.elements(cut.bottleneck)! / resolutions.elements(latent!)!);
    const reason = `${quoted(latent!.name)} is a code, ${times} times narrower than ${quoted(cut.bottleneck.name)}, where upsampling begins: the layers that expand it belong to the decoder`;
    return { ...moved, reasons: [...cut.reasons, reason] };
  }

  /** A decoder that only magnifies begins with the global pooling before it, if there is one. */
  private beforeContext(cut: Cut): Cut | undefined {
    const { network, resolutions, changes } = this;
    const area = resolutions.area(cut.bottleneck);
    if ([...cut.halves.decoder].some((place) => network.hasWeights(place))) return undefined;
    const isContext = (item: number) =>
      changes.at.get(item)?.kind === 'collapse' || this.blocks.some(({ places }) => places.has(item));
    let next = cut.bottleneck;
    for (const value of chokePoints(network, changes, cut.bottleneck)) {
      if (value === next || resolutions.area(value) !== area) continue;
      const earlier = network.ancestors([value]);
      const segment = [...network.ancestors([next])].filter((item) => !earlier.has(item));
      next = value;
      if (!segment.some(isContext)) continue;
      const moved = this.movedTo(cut, value);
      if (moved === undefined) return undefined;
      const reason = `what magnifies has no weights: the decoder begins before the pooling over the picture that ${quoted(value.name)} goes into`;
      return { ...moved, reasons: [...cut.reasons, reason] };
    }
    return { ...cut, doubts: ['the decoder has no weights: it only magnifies'] };
  }

  /**
   * A product that only projects the bottleneck to the decoder's channels belongs to the decoder if it has fewer
   * channels as input.
   */
  private beforeProjection(cut: Cut): Cut | undefined {
    const { network, resolutions } = this;
    const layer = layerOf(network, cut.bottleneck);
    const source = layer === undefined ? undefined : network.reads[layer]![0];
    if (source === undefined || !isProjection(network.node(layer!), network)) return undefined;
    const [wide, narrow] = [cut.bottleneck, source].map((value) => resolutions.elements(value) ?? 0) as [
      number,
      number,
    ];
    if (narrow >= wide) return undefined;
    const moved = this.movedTo(cut, source);
    return moved !== undefined && moved.halves.crossing.length <= cut.halves.crossing.length ? moved : undefined;
  }

  private movedTo(cut: Cut, bottleneck: Value): Cut | undefined {
    const { network, resolutions } = this;
    const needed = network.ancestors([cut.bottleneck]);
    const decoder = new Set(network.readers(bottleneck).filter((place) => needed.has(place)));
    for (const place of cut.halves.decoder) decoder.add(place);
    const halves = halvesOf(network, resolutions, { bottleneck, decoder });
    return halves && { ...cut, bottleneck, halves };
  }

  /**
   * The shape of a value without a grid, such as a transformer's tokens, does not tell the sizes of the grid. At an
   * earlier place, where the value still has its grid, fewer values cross.
   */
  private withFewerSizes(cut: Cut): Cut {
    const { network, resolutions, changes } = this;
    const hasGrid = (value: Value) =>
      resolutions.channelAxis(value) === 1 && (resolutions.shape(value)?.length ?? 0) > 3;
    const count = ({ halves }: Cut) => halves.crossing.length + halves.sizes.length;
    let best = cut;
    if (cut.halves.crossing.every(hasGrid)) return best;
    const needed = network.ancestors([cut.bottleneck]);
    for (const value of chokePoints(network, changes, cut.bottleneck)) {
      if (!hasGrid(value)) continue;
      const decoder = new Set(network.readers(value).filter((place) => needed.has(place)));
      for (const place of cut.halves.decoder) decoder.add(place);
      let halves = halvesOf(network, resolutions, { bottleneck: value, decoder });
      for (let step = 0; step < mostSteps && halves !== undefined; step++) {
        const flat = halves.crossing.find((item) => !hasGrid(item) && (resolutions.area(item) ?? 1) > 1);
        if (flat === undefined) break;
        decoder.add(network.producerOf(flat)!);
        halves = halvesOf(network, resolutions, { bottleneck: value, decoder });
      }
      if (halves !== undefined && count({ ...cut, halves }) < count(best)) best = { ...cut, bottleneck: value, halves };
      break;
    }
    return best;
  }

  private encoderDecoder(cuts: readonly Cut[]): DecoderFindings {
    const [first] = cuts as [Cut, ...Cut[]];
    const others = cuts.slice(1).filter((cut) => compareHeights(cut.place, first.place) === 0);
    const candidates = cuts.map((cut) => this.candidate(cut, cut === first ? others : []));
    const { isCertain } = candidates[0]!;
    const reasons: string[] = [];
    if (others.length > 0)
      reasons.push(`${others.length + 1} places are equally low and equally far out; the last of them comes first`);
    return { kind: 'encoder-decoder', candidates, isCertain, reasons };
  }

  private candidate(cut: Cut, equals: readonly Cut[]): DecoderCandidate {
    const { halves, place, bottleneck } = cut;
    const scale = this.scales.of(bottleneck);
    const reasons = [this.lowestText(bottleneck, scale, place), ...cut.reasons];
    const skips = halves.crossing.slice(1);
    if (skips.length > 0)
      reasons.push(
        skips.length === 1
          ? 'one other value crosses, and is joined later'
          : `${skips.length} other values cross, and are joined later`,
      );
    const doubts = [...cut.doubts];
    if (place.depth > 0) reasons.push('it is inside a block that is as large before as after');
    if (cut.joined.size > 1 && skips.length === 0) reasons.push(`${cut.joined.size} branches grow from it`);
    if (halves.sizes.length > 0) reasons.push('sizes cross as numbers, as nothing else that crosses has them');
    if (equals.length > 0)
      doubts.push(`${equals.map((other) => quoted(other.bottleneck.name)).join(', ')} would do as well`);
    const again = [...halves.decoder].filter((item) => this.changes.at.get(item)?.kind === 'down');
    if (again.length > 0 && place.depth === 0 && !this.isInBlocks(again))
      doubts.push(
        `the decoder shrinks again, first at ${quoted(this.network.node(again[0]!).name || this.network.node(again[0]!).opType)}`,
      );
    return {
      ...this.described(halves, bottleneck),
      depth: place.depth,
      isCertain: doubts.length === 0,
      reasons: [...reasons, ...doubts.map((doubt) => `${doubtful}${doubt}`)],
    };
  }

  private isInBlocks(items: readonly number[]): boolean {
    return items.every((item) => this.blocks.some(({ places }) => places.has(item)));
  }

  private lowestText(bottleneck: Value, scale: string | undefined, { valley: { up, hasDown }, depth }: Place): string {
    const { opType, name } = this.network.node(up.place);
    const at =
      scale === undefined
        ? ''
        : scale === 'one vector'
          ? ', one vector for all'
          : `, at ${scale} of ${quoted(this.scales.referenceName ?? '')}`;
    const where = hasDown
      ? `${depth === 0 && this.blocks.length > 0 ? 'outside of blocks ' : ''}the grid is smallest at ${quoted(bottleneck.name)}`
      : `it grows first after ${quoted(bottleneck.name)}`;
    return `${where}${at}; ${opType}${name === '' ? '' : ` ${quoted(name)}`} makes it bigger`;
  }

  private described(halves: Halves, bottleneck: Value) {
    const { network } = this;
    const { crossing, sizes, decoderInputs, decoderOutputs, encoderInputs, encoderOutputs } = halves;
    const values = [
      ...crossing.map((value) => this.crossingValue(value, value === bottleneck ? 'bottleneck' : 'skip')),
      ...sizes.map((value) => this.crossingValue(value, 'sizes')),
    ];
    const names = (list: readonly Value[]) => list.map(({ name }) => name);
    const need = needOf(network.flow, [...crossing, ...sizes, ...encoderOutputs], new Set());
    const encoder = this.graph.nodes.filter((_, item) => need.nodes[item]);
    return {
      bottleneck: bottleneck.name,
      skips: names(crossing.filter((value) => value !== bottleneck)),
      crossing: values,
      bytes: sumOf(values.map(({ bytes }) => bytes)),
      from: names([...crossing, ...sizes, ...decoderInputs]),
      to: names(decoderOutputs),
      inputs: { encoder: names(encoderInputs), decoder: names(decoderInputs) },
      outputs: { encoder: names(encoderOutputs), decoder: names(decoderOutputs) },
      encoder: costsOf(this.graph, encoder, network.inference),
      decoder: costsOf(this.graph, this.neededNodes(halves), network.inference),
    };
  }

  private neededNodes({ crossing, sizes, decoderInputs, decoderOutputs }: Halves) {
    const cut = { from: [...crossing, ...sizes, ...decoderInputs], to: decoderOutputs };
    const { nodes } = closeCut(this.network.flow, cut, this.network.inference).need;
    return this.graph.nodes.filter((_, place) => nodes[place]);
  }

  private crossingValue(value: Value, role: CrossingValue['role']): CrossingValue {
    const { inference } = this.network;
    const type = inference.types.get(value);
    return {
      name: value.name,
      role,
      elementType: type?.elementType,
      shape: type?.shape,
      bytes: bytesOf(value, inference),
      scale: role === 'sizes' ? undefined : this.scales.of(value),
    };
  }

  /** First the model as one decoder, then the cuts inside it. */
  private wholeDecoder(places: readonly Place[]): DecoderFindings {
    const { graph, network } = this;
    const names = (list: readonly Value[]) => list.map(({ name }) => name);
    const inputs = graph.inputs.filter((value) => network.readers(value).length > 0);
    const main = inputs.find(({ name }) => name === this.scales.referenceName) ?? inputs[0] ?? graph.inputs[0];
    if (main === undefined)
      return { kind: 'unknown', candidates: [], isCertain: false, reasons: ['the model has no inputs'] };
    const first = places[0]!.valley.up;
    const reason = `nothing shrinks before ${network.node(first.place).opType} ${quoted(network.node(first.place).name)} makes it bigger: the model is a decoder as a whole`;
    const whole: DecoderCandidate = {
      bottleneck: main.name,
      skips: [],
      crossing: [],
      bytes: 0,
      from: names(graph.inputs),
      to: names(graph.outputs),
      inputs: { encoder: [], decoder: names(graph.inputs) },
      outputs: { encoder: [], decoder: names(graph.outputs) },
      depth: 0,
      encoder: undefined,
      decoder: costsOf(graph, graph.nodes, network.inference),
      isCertain: true,
      reasons: [reason],
    };
    const inner = this.cutsAt(places)
      .map((cut) => this.candidate(cut, []))
      .filter(({ encoder }) => encoder !== undefined && encoder.parameters > leastShare * whole.decoder.parameters);
    return { kind: 'decoder', candidates: [whole, ...inner], isCertain: true, reasons: [reason] };
  }

  private withoutUps(): DecoderFindings {
    const downs = [...this.changes.at.values()].filter(({ kind }) => kind !== 'up');
    const last = downs.findLast(({ kind }) => kind === 'down') ?? downs.at(-1);
    if (last === undefined) {
      const reason = 'nothing shrinks and nothing grows: the grid stays that of the input';
      return { kind: 'flat', candidates: [], isCertain: true, reasons: [reason] };
    }
    const node = this.network.node(last.place);
    const reason = `it shrinks, last at ${node.opType} ${quoted(node.name)}, and nothing grows after: it is only an encoder (a classifier, a backbone)`;
    return { kind: 'encoder', candidates: [], isCertain: true, reasons: [reason] };
  }
}

function isInside(block: Block, around: Block | undefined): boolean {
  if (around === undefined) return true;
  return block.places.size < around.places.size && [...block.places].every((place) => around.places.has(place));
}

/** Outer valleys first, then those with the lowest rim, then the deepest. */
function compareHeights(a: Place, b: Place): number {
  return a.depth - b.depth || a.valley.rim - b.valley.rim || a.valley.up.before - b.valley.up.before;
}

function hasSameCrossing(a: Halves, b: Halves): boolean {
  return a.crossing.length === b.crossing.length && a.crossing.every((value) => b.crossing.includes(value));
}
