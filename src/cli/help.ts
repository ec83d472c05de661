/** Help texts: what a command does, its options in groups, in lines that fit the terminal. */
import type { CAC, Command } from 'cac';
import { wrapText } from '../report/wrap.js';
import { widthOf } from './terminal.js';

/** Titles of groups of options by the name of the option that a group begins with, as it is written: `input`. */
export type OptionGroups = ReadonlyMap<string, string>;

interface Section {
  readonly title?: string;
  readonly body: string;
}

/** Lines of output that goes elsewhere. */
const defaultWidth = 100;
/** Where less is left beside the names of options, what they do stands below them. */
const leastBeside = 40;

/** @param groups by command; options of others are one group */
export function addHelp(cli: CAC, groups: ReadonlyMap<string, OptionGroups>): void {
  cli.help((sections) => {
    const width = Math.max(leastBeside, widthOf(process.stdout) ?? defaultWidth);
    const command = cli.matchedCommand;
    const [program, ...rest] = sections as Section[];
    if (command === undefined) {
      return [
        { body: `${program?.body}: a shape-aware compiler for ONNX models.` },
        ...rest
          .filter(({ title }) => !title?.startsWith('For more info'))
          .map((section) =>
            section.title === 'Commands' ? { ...section, body: fitList(section.body, width) } : section,
          ),
        { body: 'unstride COMMAND --help explains the options of a command.' },
      ].map(trimmed);
    }
    return [
      { body: wrapText(`${command.description}.`, width).join('\n') },
      ...rest.flatMap((section) =>
        section.title === 'Options'
          ? optionSections(command, groups.get(command.name), width)
          : [{ ...section, body: fitExamples(section.body, width) }],
      ),
    ].map(trimmed);
  });
}

function trimmed({ title, body }: Section): Section {
  return { ...(title === undefined ? {} : { title }), body: body.replaceAll(/ +$/gm, '') };
}

/** Names with what they do beside them, `  check   Prove shapes`, in lines that fit. */
function fitList(body: string, width: number): string {
  return body
    .split('\n')
    .flatMap((line) => {
      const [, name, text] = /^( *\S.*? {2,})(.*)$/.exec(line) ?? [];
      return name === undefined || text === undefined ? [line] : optionLines(name.trim(), text, name.length, width);
    })
    .join('\n');
}

/** Commands, which go on in the next line as a shell takes it, and sentences below them. */
function fitExamples(body: string, width: number): string {
  return body
    .split('\n')
    .flatMap((line) => {
      if (line.length <= width) return [line];
      const [margin = ''] = /^ */.exec(line) ?? [];
      if (!line.startsWith(`${margin}$ `))
        return wrapText(line.trim(), width - margin.length).map((part) => margin + part);
      const parts = wrapText(line.trim(), width - margin.length - 6);
      return parts.map((part, i) => `${margin}${i === 0 ? '' : '    '}${part}${i < parts.length - 1 ? ' \\' : ''}`);
    })
    .join('\n');
}

interface ListedOption {
  readonly rawName: string;
  readonly description: string;
  readonly config?: { readonly default?: unknown };
}

const helpOption: ListedOption = { rawName: '-h, --help', description: 'Print this text' };

function optionSections({ options }: Command, groups: OptionGroups | undefined, width: number): Section[] {
  const listed: readonly ListedOption[] = [...options, helpOption];
  const column = Math.max(...listed.map(({ rawName }) => rawName.length)) + 4;
  const sections: { title: string; lines: string[] }[] = [];
  for (const { rawName, description, config } of listed) {
    const name = /--(?:no-)?([\w-]+)/.exec(rawName)?.[1] ?? '';
    const title = groups?.get(name);
    if (title !== undefined || sections.length === 0) sections.push({ title: title ?? 'Options', lines: [] });
    const defaultText = config?.default === undefined ? '' : ` (default: ${config.default})`;
    sections.at(-1)?.lines.push(...optionLines(rawName, `${description}${defaultText}`, column, width));
  }
  return sections.map(({ title, lines }) => ({ title, body: lines.join('\n') }));
}

function optionLines(name: string, text: string, column: number, width: number): string[] {
  if (width - column < leastBeside) return [`  ${name}`, ...wrapText(text, width - 6).map((line) => `      ${line}`)];
  const indent = ' '.repeat(column);
  return wrapText(text, width - column).map((line, i) => `${i === 0 ? `  ${name}`.padEnd(column) : indent}${line}`);
}
