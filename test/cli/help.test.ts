/** Every example in a help text is run as it stands, on files of the names that it gives. */
import { afterAll, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.js';
import { exampleFiles } from '../support/example-files.js';

const cli = new Cli();
afterAll(() => cli.remove());

const commands = [...cli.run(['--help']).stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);

function examplesOf(command: string): string[] {
  const [, examples = ''] = cli
    .run([command, '--help'], undefined, { env: { COLUMNS: '200' } })
    .stdout.split('Examples:\n');
  return [...examples.matchAll(/^ {2}\$ (unstride .*)$/gm)].map(([, example]) => example!);
}

/** Ends what serves a page until it is ended, when it has told the address; no browser is opened. */
function untilItServes(command: string): string {
  const [program, ...args] = command.replace(' --no-open', '').split(' ');
  const started = ['"$NODE" "$PROGRAM"', ...args, '--no-open'].join(' ');
  expect(program).toBe('unstride');
  return `${started} > address & until grep -q http address || ! kill -0 $!; do sleep 0.1; done; kill $!; wait $!`;
}

it('the options of a run are in groups, each once', () => {
  const { stdout } = cli.run(['run', '--help']);
  const [options = ''] = stdout.split('Examples:');
  expect(options).not.toContain('Options:');
  const names = [...options.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
  expect(names).toEqual([...new Set(names)]);
  expect(names.slice(-2)).toEqual(['--json', '--help']);
});

describe.each(commands)('unstride %s --help', (command) => {
  it('fits the terminal, and says what each option is for', () => {
    const { stdout } = cli.run([command, '--help'], undefined, { env: { COLUMNS: '80' } });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const [options = ''] = stdout.split('Examples:');
    for (const [line] of options.matchAll(/^ {2}-.*$/gm)) expect(line).toMatch(/^ {2}-\S*.* {2}\S/);
  });

  it.each(examplesOf(command))('%s', (example) => {
    // What reads the output is another program, which need not be there.
    const [own = ''] = example.split(/ \| (?:jq|less) /);
    const files = exampleFiles(own);
    const script = own.startsWith('unstride view') ? untilItServes(own) : own;
    const { code, stderr } = cli.shell(`GITHUB_STEP_SUMMARY=summary.md; ${script}`, files.folder);
    files.remove();
    // Findings of a check and differences are no failure of the example.
    expect([0, ...(/unstride (?:check|diff) /.test(own) ? [1] : [])], stderr).toContain(code);
  });
});
