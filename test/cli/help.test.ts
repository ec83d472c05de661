/** Every example in a help text is run as it stands, on files of the names that it gives. */
import { afterAll, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.js';
import { exampleFiles } from '../support/example-files.js';

const cli = new Cli();
afterAll(() => cli.remove());

const commands = [...cli.run(['--help']).stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);

function examplesOf(command: string): string[] {
  const [, examples = ''] = cli.run([command, '--help']).stdout.split('Examples:\n');
  return [...examples.matchAll(/^ {2}\$ (unstride .*)$/gm)].map(([, example]) => example!);
}

describe.each(commands)('unstride %s --help', (command) => {
  it.each(examplesOf(command))('%s', (example) => {
    // What reads the output is another program, which need not be there.
    const [own = ''] = example.split(/ \| (?:jq|less) /);
    const files = exampleFiles(own);
    const { code, stderr } = cli.shell(`GITHUB_STEP_SUMMARY=summary.md; ${own}`, files.folder);
    files.remove();
    // Findings of a check and differences are no failure of the example.
    expect([0, ...(/unstride (?:check|diff) /.test(own) ? [1] : [])], stderr).toContain(code);
  });
});
