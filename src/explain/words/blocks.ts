/** What is said of a layer, as blocks that a terminal and a page lay out each in its way. */

export type Block =
  /** Sentences. */
  | { readonly kind: 'text'; readonly text: string }
  /** A line that is to be read as written: formulas, code. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** Rows of numbers, aligned. */
  | { readonly kind: 'grid'; readonly title: string; readonly rows: readonly string[] };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface LayerWords {
  /** `up1 (ConvTranspose #12)` */
  readonly heading: string;
  /** `x [1, 64, 8, 8] → y [1, 32, 16, 16]` */
  readonly shapes: string;
  readonly sections: readonly Section[];
}

export function text(...sentences: readonly string[]): Block {
  return { kind: 'text', text: sentences.filter((sentence) => sentence !== '').join(' ') };
}

export function code(line: string): Block {
  return { kind: 'code', text: line };
}

/** `height and width`, `depth, height and width` */
export function andList(items: readonly string[]): string {
  const [last = '', ...before] = [...items].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`;
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

export interface AlikeAxes<A, T> {
  /** Names of the axes that have this: `height and width`. */
  readonly names: string;
  readonly axis: A;
  readonly content: T;
}

/** What there is to say of axes, once for those of which it is the same. */
export function alikeAxes<A extends { readonly name: string }, T>(
  axes: readonly A[],
  contentOf: (axis: A) => T,
): AlikeAxes<A, T>[] {
  const found = new Map<string, { names: string[]; axis: A; content: T }>();
  for (const axis of axes) {
    const content = contentOf(axis);
    const key = JSON.stringify(content);
    const known = found.get(key);
    if (known === undefined) found.set(key, { names: [axis.name], axis, content });
    else known.names.push(axis.name);
  }
  return [...found.values()].map(({ names, axis, content }) => ({ names: andList(names), axis, content }));
}

/** The text as it is where it holds for all axes, `height: …` otherwise. */
export function perAxis<A extends { readonly name: string }>(
  axes: readonly A[],
  textOf: (axis: A) => string,
): string[] {
  const groups = alikeAxes(axes, textOf);
  return groups.map(({ names, content }) => (groups.length === 1 ? content : `${names}: ${content}`));
}
