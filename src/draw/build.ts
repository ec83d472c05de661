/** From a graph to what its drawing shows. */
import { nodeLabel } from '../diagnostics.js';
import type { Bindings, Dim } from '../ir/dim.js';
import type { Graph, Value } from '../ir/graph.js';
import { isLegal } from '../solve/legal-sizes.js';
import { bytesOf, costsOf, sumOf } from '../split/decoders/costs.js';
import { type Analysis, analyze } from './analysis.js';
import type { DrawnBlock, DrawnCosts, DrawnExtent, DrawnLayer, NetworkDrawing } from './drawing.js';
import { edgesOf } from './edges.js';
import { groupsOf } from './groups.js';
import { layouts, windowsOf } from './layer-kinds.js';
import type { FoldedLayer } from './layers.js';
import { commonModule } from './names.js';
import { sizeTexts } from './sizes.js';

export type LevelOfDetail = 'blocks' | 'layers';

export interface BuildOptions {
  /** Sizes for open symbols. */
  readonly dims?: Bindings;
  readonly levelOfDetail?: LevelOfDetail;
}

export interface BuiltDrawing {
  readonly drawing: NetworkDrawing;
  sizeText(dim: Dim): string;
}

export function buildDrawing(
  graph: Graph,
  { dims = new Map(), levelOfDetail = 'blocks' }: BuildOptions = {},
): BuiltDrawing {
  return new Builder(graph, analyze(graph, dims), levelOfDetail).build();
}

class Builder {
  /** By index: nodes that make no data go with what first needs them. */
  private readonly guests = new Map<number, number[]>();

  constructor(
    private readonly graph: Graph,
    private readonly analysis: Analysis,
    private readonly levelOfDetail: LevelOfDetail,
  ) {
    this.findGuests();
  }

  build(): BuiltDrawing {
    const { graph, analysis } = this;
    const { levels } = analysis.nodeLevels;
    const groups = groupsOf(analysis, this.levelOfDetail);
    const inputs = graph.inputs.filter((value) => analysis.network.readers(value).length > 0);
    const blocks: DrawnBlock[] = [];
    const blockOf = new Map<number, number>();
    for (const value of inputs) blocks.push(this.end('input', value, blocks.length));
    for (const group of groups) {
      for (const { places } of group) for (const place of places) blockOf.set(place, blocks.length);
      blocks.push(this.block(group, blocks.length));
    }
    for (const value of graph.outputs) blocks.push(this.end('output', value, blocks.length));
    const { edges, conditions } = edgesOf(analysis, blocks, blockOf, inputs);
    const all = blocks.map((block) => ({ ...block, conditions: conditions.get(block.id) ?? [] }));
    const used = [...new Set(all.map(({ level }) => level))].sort((a, b) => a - b);
    const sizes = sizeTexts(
      all.flatMap(({ extent, layers }) =>
        [extent, ...layers.map((layer) => layer.extent)].flatMap((item) => item.sizes ?? []),
      ),
      (bindings) => isLegal(analysis.inference, bindings) !== false,
    );
    const drawing: NetworkDrawing = {
      name: graph.name,
      levels: used.map((level) => levels[level]!),
      blocks: all.map((block) => ({ ...block, level: used.indexOf(block.level) })),
      edges,
      totals: { ...this.costs(graph.nodes.map((_, place) => place)), nodes: graph.nodes.length },
      aliases: analysis.aliases,
      sizesFor: sizes.sizesFor,
    };
    return { drawing, sizeText: sizes.text };
  }

  private block(group: readonly FoldedLayer[], id: number): DrawnBlock {
    const { network, nodeLevels, nested, bottleneck } = this.analysis;
    const places = group.flatMap((layer) => layer.places);
    const last = group.at(-1)!;
    const weighted = group.filter(({ main }) => network.hasWeights(main));
    const named = (weighted.length > 0 ? weighted : group).map(({ main }) => network.node(main));
    const block = nested.find((item) => item.places.has(last.main));
    return {
      id,
      role: 'layers',
      name: commonModule(named),
      level:
        nodeLevels.of[
          block === undefined ? (group.find(({ kind }) => kind !== 'other') ?? last).main : last.places.at(-1)!
        ]!,
      layers: group.map((layer) => this.layer(layer)),
      extent: this.extent(this.lastValue(places)),
      nodes: places.map((place) => nodeLabel(network.node(place))),
      conditions: [],
      isBottleneck: places.some((place) => network.makes(place).some(({ name }) => name === bottleneck)),
      ...this.costs(places),
    };
  }

  private layer({ kind, main, places }: FoldedLayer): DrawnLayer {
    const { network } = this.analysis;
    return {
      kind,
      operators: operatorsOf(places.map((place) => network.node(place).opType)),
      ...windowsOf(network, network.node(main)),
      profile: kind === 'block' ? this.profile(places) : undefined,
      extent: this.extent(this.lastValue(places)),
      nodes: places.map((place) => nodeLabel(network.node(place))),
      ...this.costs(places),
    };
  }

  private end(role: 'input' | 'output', value: Value, id: number): DrawnBlock {
    const { network, nodeLevels, inference } = this.analysis;
    const producer = network.producerOf(value);
    return {
      id,
      role,
      name: value.name,
      level: producer === undefined ? nodeLevels.ofInput(value) : nodeLevels.of[producer]!,
      layers: [],
      extent: this.extent(value),
      nodes: [],
      conditions: [],
      isBottleneck: false,
      parameters: 0,
      macs: 0,
      bytes: bytesOf(value, inference),
    };
  }

  /** What the nodes make for others, or else what the last one makes. */
  private lastValue(places: readonly number[]): Value | undefined {
    const { network } = this.analysis;
    const inside = new Set(places);
    const { opType: lastType } = network.node(places.at(-1)!);
    // How a result is laid out is the matter of who reads it.
    const last = layouts.has(lastType) ? places.findLastIndex((place) => !layouts.has(network.node(place).opType)) : -1;
    for (const place of (last < 0 ? places : places.slice(0, last + 1)).toReversed()) {
      const value = network
        .makes(place)
        .find(
          (item) => this.graph.outputs.includes(item) || network.readers(item).some((reader) => !inside.has(reader)),
        );
      if (value !== undefined) return value;
    }
    return network.makes(places.at(last)!)[0];
  }

  private extent(value: Value | undefined): DrawnExtent {
    const { resolutions, inference } = this.analysis;
    const shape = value && inference.types.get(value)?.shape;
    if (value === undefined || shape === undefined) return { channels: undefined, sizes: undefined };
    const axis = resolutions.channelAxis(value) ?? (shape.length === 2 ? 1 : undefined);
    return {
      channels: axis === undefined ? undefined : shape[axis],
      sizes: shape.filter((_, i) => i !== axis && (i !== 0 || shape.length === 1)),
    };
  }

  private costs(places: readonly number[]): DrawnCosts {
    const { network, inference } = this.analysis;
    const all = places.flatMap((place) => [place, ...(this.guests.get(place) ?? [])]);
    const { parameters, macs } = costsOf(
      this.graph,
      [...new Set(all)].map((place) => network.node(place)),
      inference,
    );
    return {
      parameters,
      macs,
      bytes: sumOf(places.flatMap((place) => network.makes(place).map((value) => bytesOf(value, inference)))),
    };
  }

  private profile(places: readonly number[]): number[] {
    const { network, resolutions, changes } = this.analysis;
    const sorted = places.toSorted((a, b) => a - b);
    const areaAt = (place: number) => resolutions.area(network.makes(place)[0]!) ?? 1;
    const steps = sorted
      .filter((place) => changes.at.has(place) && changes.at.get(place)?.kind !== 'collapse')
      .map(areaAt);
    const first = changes.at.get(sorted.find((place) => changes.at.has(place))!)?.before ?? 1;
    return [first, ...steps].map((area) => area / first);
  }

  private findGuests(): void {
    const { network } = this.analysis;
    const hosts: (number | undefined)[] = [];
    for (let place = this.graph.nodes.length - 1; place >= 0; place--) {
      if (this.analysis.isShown(place)) hosts[place] = place;
      for (const value of network.flow.reads[place]!) {
        const producer = network.producerOf(value);
        if (producer !== undefined && !this.analysis.isShown(producer) && hosts[place] !== undefined)
          hosts[producer] = hosts[place];
      }
      const host = hosts[place];
      if (host === undefined || host === place) continue;
      const known = this.guests.get(host);
      if (known === undefined) this.guests.set(host, [place]);
      else known.push(place);
    }
  }
}

/** Each once, in order of appearance. */
function operatorsOf(names: readonly string[]): string[] {
  return [...new Set(names)];
}
