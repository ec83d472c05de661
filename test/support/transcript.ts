/**
 * What documents show of a terminal: in an indented or fenced block, a line that begins with `$ ` is a command, and the
 * lines after it are from what it prints. `…` stands for anything: alone in a line for lines, within one for characters.
 */
export interface ShownCommand {
  readonly command: string;
  /** Without the lines that are `…`. */
  readonly output: readonly string[];
  /** The files that are shown between the command before and this one. */
  readonly files: readonly ShownFile[];
}

/** A fenced block with a name after its language, as in ```js run.mjs. */
export interface ShownFile {
  readonly name: string;
  readonly text: string;
}

export function shownCommands(markdown: string): ShownCommand[] {
  return shownIn(markdown).commands;
}

/** Files that no command comes after. */
export function shownFilesAtTheEnd(markdown: string): readonly ShownFile[] {
  return shownIn(markdown).rest;
}

function shownIn(markdown: string): { commands: ShownCommand[]; rest: readonly ShownFile[] } {
  const commands: { command: string; output: string[]; files: ShownFile[] }[] = [];
  let files: ShownFile[] = [];
  for (const { name, lines } of blocksOf(markdown)) {
    if (name !== undefined) {
      files.push({ name, text: `${lines.join('\n')}\n` });
      continue;
    }
    let current: { command: string; output: string[] } | undefined;
    for (const line of lines) {
      if (line.startsWith('$ ')) {
        // What follows two spaces and a # is said to the reader.
        const shown = { command: line.slice(2).replace(/ {2,}#.*$/, ''), output: [], files };
        commands.push(shown);
        current = shown;
        files = [];
      } else if (line.trim() !== '' && line.trim() !== '…') current?.output.push(line);
    }
  }
  return { commands, rest: files };
}

interface Block {
  /** Of the file that it shows. */
  readonly name: string | undefined;
  readonly lines: string[];
}

/** The lines of each block of code. A fenced one ends at its fence, an indented one at a line that is not indented. */
function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let fenced: Block | undefined;
  let indented: Block | undefined;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) {
      if (fenced !== undefined) blocks.push(fenced);
      fenced = fenced === undefined ? { name: line.split(' ')[1], lines: [] } : undefined;
    } else if (fenced !== undefined) fenced.lines.push(line);
    else if (line.startsWith('    ') || (line.trim() === '' && indented !== undefined)) {
      indented ??= { name: undefined, lines: [] };
      indented.lines.push(line.slice(4));
    } else if (indented !== undefined) {
      blocks.push(indented);
      indented = undefined;
    }
  }
  return indented === undefined ? blocks : [...blocks, indented];
}

/** The first shown line that does not come in the output after those before it; undefined when all do. Spaces may differ. */
export function missingLine(shown: readonly string[], printed: string): string | undefined {
  const lines = printed.split('\n').map(plain);
  let from = 0;
  for (const line of shown) {
    const pattern = new RegExp(`^${plain(line).split('…').map(literal).join('.*')}$`, 'u');
    const at = lines.findIndex((candidate, i) => i >= from && pattern.test(candidate));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}

function plain(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
