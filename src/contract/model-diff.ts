/** The differences between two exports of a model, layer by layer, with causes separate from their consequences. */

import type { Inference } from '../infer/infer.js';
import { type Dim, substitute } from '../ir/dim.js';
import type { Constant, Graph, Model, Node, Value } from '../ir/graph.js';
import { subgraphsOf } from '../ir/graph.js';
import { Uses } from '../ir/uses.js';
import { alignNodes, operatorName } from './align.js';
import { constantOf, constantText, settingText } from './attribute-text.js';
import type { Amounts } from './budgets.js';
import {
  attributeChanges,
  type Change,
  inputChanges,
  type LayerChange,
  layerRef,
  pairByPlace,
  wholeLayer,
} from './layer-change.js';
import { formatLockedType } from './lock.js';
import { boundType, interfaceChanges, type SizeBindings, unifyInputs } from './unify-inputs.js';

export interface ModelDiff {
  /** IR version, operator sets, producer. */
  readonly facts: readonly Change[];
  readonly inputs: readonly Change[];
  readonly outputs: readonly Change[];
  /** Amounts that differ. */
  readonly totals: readonly { readonly name: keyof Amounts; readonly from: Dim | null; readonly to: Dim | null }[];
  readonly layers: readonly LayerChange[];
  /** Number of unchanged layers, including renamed ones. */
  readonly unchanged: number;
  /** Number of renamed layers. */
  readonly renamed: number;
}

export interface DiffSide {
  readonly model: Model;
  readonly inference: Pick<Inference, 'types'>;
  readonly amounts: Amounts;
}

export interface DiffOptions {
  /** Whether elements of weights are compared, not only their types and shapes. */
  readonly weights?: boolean;
}

export function diffModels(a: DiffSide, b: DiffSide, options: DiffOptions = {}): ModelDiff {
  const walk = new Differ(a, b, options);
  walk.graphs(a.model.graph, b.model.graph, []);
  return {
    facts: factChanges(a.model, b.model),
    inputs: walk.inputs(),
    outputs: walk.interface(a.model.graph.outputs, b.model.graph.outputs),
    totals: totalChanges(a.amounts, b.amounts, walk.sizes),
    layers: walk.layers,
    unchanged: walk.unchanged,
    renamed: walk.renamed,
  };
}

/** Whether there are no differences except names of layers. */
export function isSame({ facts, inputs, outputs, layers }: ModelDiff): boolean {
  return [facts, inputs, outputs, layers].every((list) => list.length === 0);
}

function factChanges(a: Model, b: Model): Change[] {
  const changes: Change[] = [];
  const compare = (name: string, from: string | undefined, to: string | undefined) => {
    if (from !== to) changes.push({ name, from: from ?? null, to: to ?? null });
  };
  compare('IR version', String(a.irVersion), String(b.irVersion));
  for (const domain of new Set([...a.opsets.keys(), ...b.opsets.keys()])) {
    compare(
      domain === '' ? 'opset' : `opset of ${domain}`,
      a.opsets.get(domain)?.toString(),
      b.opsets.get(domain)?.toString(),
    );
  }
  const producerOf = ({ producer }: Model) => `${producer.name} ${producer.version}`.trim() || undefined;
  compare('producer', producerOf(a), producerOf(b));
  return changes;
}

function totalChanges(a: Amounts, b: Amounts, { before, after }: SizeBindings): ModelDiff['totals'] {
  const names = ['parameters', 'macs', 'peakActivationBytes'] as const satisfies readonly (keyof Amounts)[];
  return names.flatMap((name) => {
    const from = a[name] === null ? null : substitute(a[name], before);
    const to = b[name] === null ? null : substitute(b[name], after);
    // The peak is unknown while sizes are open.
    return from === to || (name === 'peakActivationBytes' && (from === null || to === null))
      ? []
      : [{ name, from, to }];
  });
}

class Differ {
  readonly layers: LayerChange[] = [];
  unchanged = 0;
  renamed = 0;
  readonly sizes: SizeBindings;
  /** Values whose shape changed, or that a changed layer produces. */
  private readonly changed = new Set<Value>();
  /** Constants of both models, including those of the graphs around the current ones. */
  private readonly constants = new Map<Value, Constant>();

  constructor(
    private readonly a: DiffSide,
    private readonly b: DiffSide,
    private readonly options: DiffOptions,
  ) {
    this.sizes = unifyInputs(
      a.model.graph.inputs,
      b.model.graph.inputs,
      (value) => a.inference.types.get(value)?.shape,
      (value) => b.inference.types.get(value)?.shape,
    );
    const inputs = new Set(this.interface(a.model.graph.inputs, b.model.graph.inputs).map(({ name }) => name));
    for (const input of b.model.graph.inputs) if (inputs.has(input.name)) this.changed.add(input);
  }

  /** Changes of declared inputs. Sizes that became fixed or got another name are reported only here. */
  inputs(): Change[] {
    return interfaceChanges(
      this.a.model.graph.inputs,
      this.b.model.graph.inputs,
      (value) => formatLockedType(this.a.inference.types.get(value)),
      (value) => formatLockedType(this.b.inference.types.get(value)),
    );
  }

  interface(left: readonly Value[], right: readonly Value[]): Change[] {
    return interfaceChanges(
      left,
      right,
      (value) => this.typeBefore(value),
      (value) => this.typeAfter(value),
    );
  }

  private typeBefore(value: Value): string {
    return formatLockedType(boundType(this.a.inference.types.get(value), this.sizes.before));
  }

  private typeAfter(value: Value): string {
    return formatLockedType(boundType(this.b.inference.types.get(value), this.sizes.after));
  }

  graphs(left: Graph, right: Graph, scope: readonly string[]): void {
    for (const graph of [left, right]) {
      for (const [value, constant] of graph.constants) this.constants.set(value, constant);
      for (const node of graph.nodes) {
        const constant = constantOf(node);
        if (constant !== undefined && node.outputs[0] !== undefined) this.constants.set(node.outputs[0], constant);
      }
    }
    const { pairs, removed: all } = alignNodes(left, right);
    // Exporters write the same constant as a node or as an initializer, so Constant nodes are not layers.
    const removed = all.filter((node) => constantOf(node) === undefined);
    const partner = new Map(pairs.map(([x, y]) => [y, x]));
    const back = new Map(pairs);
    const producers = { left: new Uses(left).producers, right: new Uses(right).producers };
    const gone = removed.map((node) => wholeLayer('removed', node, scope, (value) => this.typeBefore(value)));
    const places = new Map(left.nodes.map((node, i) => [node, i]));
    let passed = 0;
    /** Removed layers come where they were: before the partner of the next layer that was kept. */
    const passRemoved = (until: number) => {
      for (; passed < gone.length && places.get(removed[passed]!)! < until; passed++) this.layers.push(gone[passed]!);
    };
    for (const node of right.nodes) {
      if (constantOf(node) !== undefined) continue;
      const before = partner.get(node);
      if (before === undefined) {
        this.layers.push(wholeLayer('added', node, scope, (value) => this.typeAfter(value)));
        for (const output of node.outputs) if (output !== undefined) this.changed.add(output);
        continue;
      }
      passRemoved(places.get(before)!);
      this.pair(before, node, scope, inputChanges(before, node, producers, { forward: back, backward: partner }));
    }
    passRemoved(Number.POSITIVE_INFINITY);
  }

  private pair(before: Node, after: Node, scope: readonly string[], inputs: readonly Change[]): void {
    if (before.name !== after.name) this.renamed++;
    const isReplaced = operatorName(before) !== operatorName(after);
    const attributes = isReplaced ? [] : attributeChanges(before, after);
    const parameters = this.parameterChanges(before, after);
    const shapes = pairByPlace(before.outputs, after.outputs).flatMap(([x, y]) => {
      const from = x === undefined ? null : this.typeBefore(x);
      const to = y === undefined ? null : this.typeAfter(y);
      return from === to ? [] : [{ name: y?.name ?? x?.name ?? '', from, to }];
    });
    const isOwn = isReplaced || [attributes, parameters, inputs].some((list) => list.length > 0);
    const hasChangedInput = after.inputs.some((input) => input !== undefined && this.changed.has(input));
    if (isOwn || shapes.length > 0) {
      for (const output of after.outputs) if (output !== undefined) this.changed.add(output);
      this.layers.push({
        status: 'changed',
        from: layerRef(before),
        to: layerRef(after),
        scope,
        attributes,
        parameters,
        inputs,
        shapes,
        follows: !isOwn && hasChangedInput,
      });
    } else this.unchanged++;
    if (!isReplaced) this.subgraphs(before, after, scope);
  }

  private subgraphs(before: Node, after: Node, scope: readonly string[]): void {
    const others = subgraphsOf(before);
    subgraphsOf(after).forEach(({ attribute, graph }, i) => {
      const other = others[i];
      if (other?.attribute === attribute) this.graphs(other.graph, graph, [...scope, attribute]);
    });
  }

  private parameterChanges(before: Node, after: Node): Change[] {
    return pairByPlace(before.inputs, after.inputs).flatMap(([x, y]) => {
      const from = x && this.constants.get(x);
      const to = y && this.constants.get(y);
      if (from === undefined && to === undefined) return [];
      const name = (to === undefined ? x?.name : y?.name) ?? '';
      const texts = {
        from: from === undefined ? null : constantText(from),
        to: to === undefined ? null : constantText(to),
      };
      if (texts.from !== texts.to) {
        // An input that a node produces in the other model is not an added or removed parameter.
        const isMade = (from === undefined && x !== undefined) || (to === undefined && y !== undefined);
        return [
          { name, from: texts.from ?? (isMade ? 'computed' : null), to: texts.to ?? (isMade ? 'computed' : null) },
        ];
      }
      if (this.options.weights !== true || from === undefined || to === undefined || settingText(from) !== undefined) {
        return [];
      }
      return haveSameElements(from, to) ? [] : [{ name, from: `${texts.from}`, to: `${texts.to} with other values` }];
    });
  }
}

function haveSameElements(a: Constant, b: Constant): boolean {
  const left = a.bytes?.();
  const right = b.bytes?.();
  if (left !== undefined && right !== undefined) {
    return left.length === right.length && left.every((byte, i) => byte === right[i]);
  }
  const { data: x } = a.load();
  const { data: y } = b.load();
  return (
    x.length === y.length && Array.prototype.every.call(x, (element: unknown, i: number) => Object.is(element, y[i]))
  );
}
