/** Reads a drawing as the XML that it has to be: strictly, so that what a browser would forgive fails a test. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
}

const token = /<\/([\w-]+)>|<([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

/** @throws Error at the first place that is not well-formed */
export function parseXml(text: string): XmlElement {
  const root = { name: '', attributes: new Map<string, string>(), children: [] as (XmlElement | string)[] };
  const open = [root];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Error(`not well-formed: ${text.slice(at, at + 60)}`);
    const [, closing, opening, attributes, isEmpty, content] = match;
    const parent = open.at(-1)!;
    if (content !== undefined) parent.children.push(unescaped(content));
    else if (closing !== undefined) {
      if (open.pop()?.name !== closing) throw new Error(`</${closing}> closes another element`);
    } else {
      const element = { name: opening!, attributes: attributesOf(attributes!), children: [] };
      parent.children.push(element);
      if (isEmpty === '') open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  const elements = root.children.filter((child) => typeof child !== 'string');
  if (elements.length !== 1) throw new Error('a document is one element');
  return elements[0]!;
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (attributes.has(name!)) throw new Error(`${name} twice`);
    attributes.set(name!, unescaped(value!));
  }
  return attributes;
}

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
]);

function unescaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) throw new Error('a character that XML does not have');
  return text.replace(/&(\w*);?/g, (whole, name: string) => {
    const character = entities.get(name);
    if (character === undefined || !whole.endsWith(';')) throw new Error(`'${whole}' is no entity`);
    return character;
  });
}

/** The element and all in it, in the order of the document. */
export function* elementsOf(root: XmlElement): Generator<XmlElement> {
  yield root;
  for (const child of root.children) if (typeof child !== 'string') yield* elementsOf(child);
}

export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

export function withClass(root: XmlElement, name: string): XmlElement[] {
  return [...elementsOf(root)].filter(({ attributes }) => attributes.get('class')?.split(' ').includes(name));
}

/** The grid of a drawing by its name. */
export function gridOf(root: XmlElement, name: string): XmlElement {
  const grid = [...elementsOf(root)].find(({ attributes }) => attributes.get('data-grid') === name);
  if (grid === undefined) throw new Error(`no grid '${name}'`);
  return grid;
}

/** How many cells of a kind a grid has: by what it says, to which its shapes are held. */
export function cellsOf(grid: XmlElement, kind: string): number {
  return withClass(grid, kind).reduce((sum, group) => {
    const shapes = group.children.flatMap((child) => (typeof child === 'string' ? [] : [child]));
    const path = shapes.find(({ attributes }) => attributes.get('class') === 'cells');
    const rects = shapes.filter(({ name }) => name === 'rect').length;
    const drawn = path === undefined ? rects : path.attributes.get('d')!.split('z').length - 1;
    const said = Number(group.attributes.get('data-count'));
    if (drawn !== said) throw new Error(`${said} cells '${kind}' are said, ${drawn} drawn`);
    return sum + drawn;
  }, 0);
}

/** What screen readers announce. */
export function titleOf(root: XmlElement): string {
  return textOf([...elementsOf(root)].find(({ name }) => name === 'title')!);
}

/** The numbers along a grid's axes, those of the columns first. */
export function sizesAt(root: XmlElement, grid: string): string[] {
  return withClass(gridOf(root, grid), 'size').map(textOf);
}

/** What is written in a grid's cells, row by row; dots of what is left out come last. */
export function numbersIn(root: XmlElement, grid: string): string[] {
  return withClass(gridOf(root, grid), 'values').flatMap(({ children }) =>
    children.map((child) => (typeof child === 'string' ? child : textOf(child))),
  );
}
