/** `unstride completion`: completion scripts for shells. */
import type { CAC } from 'cac';
import { closest } from '../closest.js';
import { type Shell, shells } from './commands/choices.js';
import { writeDocument } from './output.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

/** The completions of a command. */
interface Completed {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly name: string; readonly takesValue: boolean; readonly description: string }[];
}

const scripts: Readonly<Record<Shell, (commands: readonly Completed[]) => string>> = { bash, zsh, fish };

/** The action of the command, which completes the commands of `cli`. @throws UsageError for another shell */
export function printCompletion(cli: CAC): (shell: string) => ExitCode {
  return (shell) => {
    writeDocument(process.stdout, scriptFor(cli, shell));
    return exitCodes.done;
  };
}

function scriptFor(cli: CAC, shell: string): string {
  const found = Object.entries(scripts).find(([name]) => name === shell);
  if (found !== undefined) return found[1](commandsOf(cli));
  const near = closest(shell, shells, 2);
  const hint = near === undefined ? '' : `did you mean '${near}'? `;
  throw new UsageError(`there is no completion for '${shell}'`, `${hint}there are ${shells.join(', ')}`);
}

function commandsOf(cli: CAC): Completed[] {
  return cli.commands.map(({ name, description, options }) => ({
    name,
    description: brief(description),
    options: [
      ...options.flatMap(({ rawName, description: text, required }) => {
        const [long] = /--[\w-]+/.exec(rawName) ?? [];
        return long === undefined ? [] : [{ name: long, takesValue: required === true, description: brief(text) }];
      }),
      { name: '--help', takesValue: false, description: 'Print the help' },
    ],
  }));
}

/** Cuts a description to one line. */
function brief(text: string): string {
  return text.split(/[;:] | \(|\. /, 1)[0] ?? text;
}

/** What a command takes where it takes no files. */
function wordsOf(name: string, commands: readonly Completed[]): string | undefined {
  if (name === 'help') return commands.map((command) => command.name).join(' ');
  if (name === 'cache') return 'list clear';
  return name === 'completion' ? shells.join(' ') : undefined;
}

/** The other commands also complete files. */
function bash(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words='${options.map((option) => option.name).join(' ')}' ;;`,
  );
  const words = commands.flatMap(({ name }) => {
    const list = wordsOf(name, commands);
    return list === undefined ? [] : [`    ${name}) COMPREPLY=($(compgen -W '${list}' -- "$current")); return ;;`];
  });
  return `# bash completion for unstride
_unstride() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] && [ "\${current#-}" = "$current" ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$current") $(compgen -f -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${words.join('\n')}
${cases.join('\n')}
    *) words='--help --version' ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _unstride unstride
`;
}

function zsh(commands: readonly Completed[]): string {
  const quote = (text: string) => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');
  const names = commands.map(({ name, description }) => `    '${name}:${quote(description)}'`);
  const cases = commands.map(({ name, options }) => {
    const specs = options.map(
      (option) => `'*${option.name}[${quote(option.description)}]${option.takesValue ? ':value:_files' : ''}'`,
    );
    return `    ${name}) _arguments ${specs.join(' ')} '*:file:${wordsOf(name, commands)?.replace(/.*/, '($&)') ?? '_files'}' ;;`;
  });
  return `#compdef unstride
_unstride() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    _files
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    *) _files ;;
  esac
}
# In a file of fpath this is called for the first completion; sourced, it says what completes.
if [[ $funcstack[1] == _unstride ]]; then _unstride "$@"; else compdef _unstride unstride; fi
`;
}

function fish(commands: readonly Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c unstride -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...(wordsOf(name, commands) === undefined
      ? []
      : [`complete -c unstride -n '__fish_seen_subcommand_from ${name}' -f -a '${wordsOf(name, commands)}'`]),
    ...options.map(
      (option) =>
        `complete -c unstride -n '__fish_seen_subcommand_from ${name}' -l ${option.name.slice(2)}${option.takesValue ? ' -r' : ''} -d ${quote(option.description)}`,
    ),
  ]);
  return `# fish completion for unstride\n${lines.join('\n')}\n`;
}
