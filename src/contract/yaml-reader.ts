/** Reads a YAML (or JSON) text with expected fields, and reports everything else with its line. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { closest } from '../closest.js';

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface ConfigIssue extends Position {
  /** `models[0].outputs.logits`; empty for the whole file. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
  readonly hint?: string | undefined;
}

/** A place in the text, with its path. */
export interface Item {
  readonly path: string;
  readonly node: Node | null | undefined;
  /** The offset to report if there is nothing at the place itself. */
  readonly fallback: number;
}

export class YamlReader {
  readonly issues: ConfigIssue[] = [];
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(text: string) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    for (const { message, pos } of this.document.errors) {
      this.issues.push({ ...this.positionAt(pos[0]), path: '', expected: 'YAML', actual: lowerFirst(message) });
    }
  }

  get root(): Item {
    return { path: '', node: this.document.contents as Node | null, fallback: 0 };
  }

  positionOf(item: Item): Position {
    return this.positionAt(item.node?.range?.[0] ?? item.fallback);
  }

  report(item: Item, expected: string, actual = this.describe(item), hint?: string): undefined {
    this.issues.push({ ...this.positionOf(item), path: item.path, expected, actual, ...(hint && { hint }) });
    return undefined;
  }

  isAbsent(item: Item): boolean {
    const node = this.resolve(item);
    return node === null || node === undefined || (isScalar(node) && node.value === null);
  }

  /** The entries of a mapping, in order; if it is not a mapping, reports that and returns undefined. */
  entries(item: Item, expected: string): (readonly [string, Item])[] | undefined {
    const node = this.resolve(item);
    if (!isMap(node)) return this.report(item, expected);
    return node.items.flatMap((pair) => {
      const key = pair.key as Node | null;
      const start = key?.range?.[0] ?? item.fallback;
      if (!isScalar(key)) {
        this.report({ path: item.path, node: key, fallback: start }, 'a name');
        return [];
      }
      const name = String(key.value);
      return [[name, { path: joinPath(item.path, name), node: pair.value as Node | null, fallback: start }] as const];
    });
  }

  /** The entries of a mapping with known names. Other names are reported. */
  fields<const K extends string>(item: Item, names: readonly K[], expected: string): Partial<Record<K, Item>> {
    const found: Partial<Record<K, Item>> = {};
    for (const [name, value] of this.entries(item, expected) ?? []) {
      if ((names as readonly string[]).includes(name)) found[name as K] = value;
      else {
        const near = closest(name, names);
        this.report(
          { ...value, node: undefined },
          `one of ${names.filter((known) => !known.startsWith('$')).join(', ')}`,
          `the name '${name}'`,
          near === undefined ? undefined : `did you mean '${near}'?`,
        );
      }
    }
    return found;
  }

  /** The items of a list; a single value counts as a list of one. */
  list(item: Item): Item[] {
    const node = this.resolve(item);
    if (!isSeq(node)) return [item];
    return node.items.map((child, i) => ({
      path: `${item.path}[${i}]`,
      node: child as Node,
      fallback: node.range?.[0] ?? item.fallback,
    }));
  }

  isList(item: Item): boolean {
    return isSeq(this.resolve(item));
  }

  /** A text or a number, as text. */
  text(item: Item, expected: string): string | undefined {
    const value = this.scalar(item);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : this.report(item, expected);
  }

  oneOf<const T extends string>(item: Item, values: readonly T[]): T | undefined {
    const value = this.scalar(item);
    if (typeof value === 'string' && (values as readonly string[]).includes(value)) return value as T;
    const near = typeof value === 'string' ? closest(value, values) : undefined;
    return this.report(item, `one of ${values.join(', ')}`, this.describe(item), near && `did you mean '${near}'?`);
  }

  scalar(item: Item): unknown {
    const node = this.resolve(item);
    return isScalar(node) ? node.value : undefined;
  }

  private describe(item: Item): string {
    const node = this.resolve(item);
    if (isMap(node)) return 'a mapping';
    if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : 'a list';
    if (!isScalar(node) || node.value === null) return 'nothing';
    return typeof node.value === 'string' ? `'${node.value}'` : String(node.value);
  }

  private resolve({ node }: Item): Node | null | undefined {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  private positionAt(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function joinPath(path: string, name: string): string {
  const step = /^[\w$-]+$/.test(name) ? name : JSON.stringify(name);
  return path === '' ? step : `${path}.${step}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
