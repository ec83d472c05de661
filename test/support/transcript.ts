/**
 * What documents show of a terminal: in an indented or fenced block, a line that begins with `$ ` is a command, and the
 * lines after it are from what it prints. `…` stands for anything: alone in a line for lines, within one for characters.
 */
export interface ShownCommand {
  readonly command: string;
  /** Without the lines that are `…`. */
  readonly output: readonly string[];
}

export function shownCommands(markdown: string): ShownCommand[] {
  const commands: { command: string; output: string[] }[] = [];
  for (const block of blocksOf(markdown)) {
    let current: { command: string; output: string[] } | undefined;
    for (const line of block) {
      if (line.startsWith('$ ')) {
        // What follows two spaces and a # is said to the reader.
        current = { command: line.slice(2).replace(/ {2,}#.*$/, ''), output: [] };
        commands.push(current);
      } else if (line.trim() !== '' && line.trim() !== '…') current?.output.push(line);
    }
  }
  return commands;
}

/** The lines of each block of code. A fenced one ends at its fence, an indented one at a line that is not indented. */
function blocksOf(markdown: string): string[][] {
  const blocks: string[][] = [];
  let fenced: string[] | undefined;
  let indented: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) {
      if (fenced !== undefined) blocks.push(fenced);
      fenced = fenced === undefined ? [] : undefined;
    } else if (fenced !== undefined) fenced.push(line);
    else if (line.startsWith('    ') || (line.trim() === '' && indented !== undefined)) {
      indented ??= [];
      indented.push(line.slice(4));
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
