/**
 * Pairs the nodes of two graphs. Weights keep their names from export to export, so nodes that read the same weight are
 * paired first; then nodes that are connected to pairs in the same way; then nodes of the same name; then nodes in the
 * same order. Structure comes before names because generated names (`relu_7`) shift when a layer is inserted.
 */
import type { Graph, Node, Value } from '../ir/graph.js';
import { Uses } from '../ir/uses.js';

export interface Alignment {
  /** In the order of the second graph. The operators of a pair differ if one replaced the other. */
  readonly pairs: readonly (readonly [Node, Node])[];
  /** Nodes of the first graph without a partner. */
  readonly removed: readonly Node[];
  /** Nodes of the second graph without a partner. */
  readonly added: readonly Node[];
}

export function alignNodes(a: Graph, b: Graph): Alignment {
  return new Aligner(new Side(a), new Side(b)).align();
}

/** `Conv`, `com.microsoft.FusedConv`. */
export function operatorName({ domain, opType }: Pick<Node, 'domain' | 'opType'>): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
}

/** One of the two graphs, with indexes of its nodes. */
class Side {
  readonly uses: Uses;

  constructor(readonly graph: Graph) {
    this.uses = new Uses(graph);
  }

  /** By weight name: the only node that reads the weight. */
  weightReaders(): Map<string, { readonly node: Node; readonly dims: string }> {
    const found = new Map<string, { readonly node: Node; readonly dims: string }>();
    for (const [value, { dims }] of this.graph.constants) {
      const [reader, ...others] = this.uses.inputsThatAre(value);
      if (value.name !== '' && reader !== undefined && others.length === 0)
        found.set(value.name, { node: reader.node, dims: dims.join() });
    }
    return found;
  }

  /** Nodes by name, for names that only one node has. */
  unique(nameOf: (node: Node) => string | undefined): Map<string, Node> {
    const found = new Map<string, Node | undefined>();
    for (const node of this.graph.nodes) {
      const name = nameOf(node);
      if (name !== undefined && name !== '') found.set(name, found.has(name) ? undefined : node);
    }
    return new Map([...found].filter((entry): entry is [string, Node] => entry[1] !== undefined));
  }

  /** A text for everything about a node except its name and position. */
  signature(node: Node): string {
    const attributes = [...node.attributes]
      .filter(([, { kind }]) => kind === 'int' || kind === 'ints' || kind === 'float' || kind === 'string')
      .map(([name, { value }]) => `${name}=${String(value)}`)
      .sort();
    const weights = node.inputs.map((input) => (input && this.graph.constants.get(input)?.dims.join('x')) ?? '');
    return [operatorName(node), ...attributes, ...weights].join(' ');
  }
}

/** Gaps with more cells than this take too long to compare; they are rewrites anyway. */
const maxGapCells = 1_000_000;

class Aligner {
  private readonly partner = new Map<Node, Node>();
  private readonly back = new Map<Node, Node>();
  private readonly fresh: (readonly [Node, Node])[] = [];

  constructor(
    private readonly a: Side,
    private readonly b: Side,
  ) {}

  align(): Alignment {
    this.byWeights();
    this.propagate();
    this.byEnds();
    this.propagate();
    for (const isStrict of [true, false]) {
      this.byName(({ name }) => name, isStrict);
      this.byName(({ outputs }) => outputs[0]?.name, isStrict);
      this.propagate();
    }
    this.byOrder();
    this.propagate();
    this.byReplacement();
    return {
      pairs: this.b.graph.nodes.flatMap((node) => {
        const other = this.back.get(node);
        return other === undefined ? [] : [[other, node] as const];
      }),
      removed: this.a.graph.nodes.filter((node) => !this.partner.has(node)),
      added: this.b.graph.nodes.filter((node) => !this.back.has(node)),
    };
  }

  private isFree(x: Node, y: Node): boolean {
    return !this.partner.has(x) && !this.back.has(y);
  }

  private pair(x: Node, y: Node): void {
    this.partner.set(x, y);
    this.back.set(y, x);
    this.fresh.push([x, y]);
  }

  private pairIfAlike(x: Node | undefined, y: Node | undefined): void {
    if (x !== undefined && y !== undefined && this.isFree(x, y) && operatorName(x) === operatorName(y)) this.pair(x, y);
  }

  private byWeights(): void {
    const others = this.b.weightReaders();
    for (const [name, { node, dims }] of this.a.weightReaders()) {
      const other = others.get(name);
      // Names such as `onnx::Conv_345` are renumbered by every export.
      if (other !== undefined && (!/\d$/.test(name) || other.dims === dims)) this.pairIfAlike(node, other.node);
    }
  }

  /** From every new pair to the producers of its inputs and to the readers of its outputs. */
  private propagate(): void {
    // Pairs are added during the loop, so near ones come before far ones.
    for (const [x, y] of this.fresh) {
      x.inputs.forEach((input, i) => {
        const other = y.inputs[i];
        if (input !== undefined && other !== undefined) {
          this.pairIfAlike(this.a.uses.producer(input), this.b.uses.producer(other));
        }
      });
      x.outputs.forEach((output, i) => {
        this.pairReaders(output, y.outputs[i]);
      });
    }
    this.fresh.length = 0;
  }

  /** Pairs readers of a value that are the only ones with their operator and input position. */
  private pairReaders(left: Value | undefined, right: Value | undefined): void {
    if (left === undefined || right === undefined) return;
    const free = (side: Side, value: Value, taken: ReadonlyMap<Node, Node>) => {
      const groups = new Map<string, Node[]>();
      for (const { node, position } of side.uses.inputsThatAre(value)) {
        if (taken.has(node)) continue;
        const key = `${operatorName(node)} ${position}`;
        groups.set(key, [...(groups.get(key) ?? []), node]);
      }
      return groups;
    };
    const others = free(this.b, right, this.back);
    for (const [key, nodes] of free(this.a, left, this.partner)) {
      const matches = others.get(key) ?? [];
      if (nodes.length === 1 && matches.length === 1) this.pairIfAlike(nodes[0], matches[0]);
    }
  }

  private byEnds(): void {
    const ends = (left: readonly Value[], right: readonly Value[], visit: (x: Value, y: Value) => void) => {
      const names = new Map(right.map((value) => [value.name, value]));
      left.forEach((value, i) => {
        const other = names.get(value.name) ?? (left.length === right.length ? right[i] : undefined);
        if (other !== undefined) visit(value, other);
      });
    };
    ends(this.a.graph.inputs, this.b.graph.inputs, (x, y) => this.pairReaders(x, y));
    ends(this.a.graph.outputs, this.b.graph.outputs, (x, y) =>
      this.pairIfAlike(this.a.uses.producer(x), this.b.uses.producer(y)),
    );
  }

  private byName(nameOf: (node: Node) => string | undefined, isStrict: boolean): void {
    const others = this.b.unique(nameOf);
    for (const [name, node] of this.a.unique(nameOf)) {
      const other = others.get(name);
      if (other === undefined) continue;
      if (!isStrict || this.a.signature(node) === this.b.signature(other)) this.pairIfAlike(node, other);
    }
  }

  /** Pairs nodes between the same pairs by the longest common subsequence of operators. */
  private byOrder(): void {
    let previous = -1;
    let run: Node[] = [];
    const close = (next: number) => {
      const gap = this.b.graph.nodes.slice(previous + 1, Math.max(previous + 1, next)).filter((y) => !this.back.has(y));
      if (run.length > 0 && gap.length > 0) this.pairSequence(run, gap);
      run = [];
    };
    for (const node of this.a.graph.nodes) {
      const other = this.partner.get(node);
      if (other === undefined) run.push(node);
      else {
        const place = this.b.uses.position(other);
        close(place);
        previous = place;
      }
    }
    close(this.b.graph.nodes.length);
  }

  private pairSequence(left: readonly Node[], right: readonly Node[]): void {
    if (left.length * right.length > maxGapCells) return;
    const score = (x: Node, y: Node) => {
      if (operatorName(x) !== operatorName(y)) return 0;
      return this.a.signature(x) === this.b.signature(y) ? 3 : 2;
    };
    const width = right.length + 1;
    const best = new Int32Array((left.length + 1) * width);
    for (let i = left.length - 1; i >= 0; i--) {
      for (let j = right.length - 1; j >= 0; j--) {
        const gain = score(left[i]!, right[j]!);
        const skip = Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!);
        best[i * width + j] = gain === 0 ? skip : Math.max(skip, gain + best[(i + 1) * width + j + 1]!);
      }
    }
    for (let i = 0, j = 0; i < left.length && j < right.length; ) {
      const here = best[i * width + j]!;
      if (here === best[(i + 1) * width + j]) i++;
      else if (here === best[i * width + j + 1]) j++;
      else this.pairIfAlike(left[i++], right[j++]);
    }
  }

  /** Pairs nodes of different operators in the same place: between the same neighbors, or with the same name. */
  private byReplacement(): void {
    for (const x of this.a.graph.nodes) {
      if (this.partner.has(x)) continue;
      const y = this.replacementOf(x);
      if (y !== undefined && this.isFree(x, y)) this.pair(x, y);
    }
  }

  private replacementOf(x: Node): Node | undefined {
    const [input] = x.inputs;
    const [output] = x.outputs;
    if (output === undefined) return undefined;
    for (const { node, position } of this.a.uses.inputsThatAre(output)) {
      const source = this.partner.get(node)?.inputs[position];
      const y = this.b.uses.producer(source);
      if (y === undefined || this.back.has(y)) continue;
      const before = this.a.uses.producer(input);
      const [otherInput] = y.inputs;
      const otherBefore = this.b.uses.producer(otherInput);
      const isSamePlace =
        before === undefined
          ? otherBefore === undefined && input?.name === otherInput?.name
          : this.partner.get(before) === otherBefore;
      if (isSamePlace) return y;
    }
    return undefined;
  }
}
