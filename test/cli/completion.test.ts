/** Completion scripts, loaded by the shells that are there. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';

const cli = useCli('completion');

function isThere(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

const unless = (shell: string) => (isThere(shell) ? '' : ` (skipped: there is no ${shell} here)`);

describe.skipIf(!isThere('bash'))(`bash${unless('bash')}`, () => {
  it('completes commands, options, shells and files', () => {
    cli.put('model.onnx', '');
    cli.put('completion.bash', cli.run(['completion', 'bash']).stdout);
    const complete = (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const script = `source ./completion.bash; COMP_WORDS=(unstride ${list}); COMP_CWORD=${words.length}; _unstride; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-c', script], {
        cwd: cli.folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout.trimEnd().split('\n');
    };
    expect(complete('ch')).toEqual(['check']);
    expect(complete('mo')).toEqual(['model.onnx']);
    expect(complete('check', '--wr')).toEqual(['--write-baseline']);
    expect(complete('check', 'mo')).toEqual(['model.onnx']);
    expect(complete('help', 'insp')).toEqual(['inspect']);
    expect(complete('completion', 'f')).toEqual(['fish']);
  });
});

describe.skipIf(!isThere('fish'))(`fish${unless('fish')}`, () => {
  it('completes commands, options, shells and files', () => {
    cli.put('model.onnx', '');
    cli.put('unstride.fish', cli.run(['completion', 'fish']).stdout);
    const complete = (line: string) => {
      const script = `source unstride.fish; complete -C 'unstride ${line}'`;
      const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { cwd: cli.folder, encoding: 'utf8' });
      return stdout
        .trimEnd()
        .split('\n')
        .map((found) => found.replace(/\t.*/, ''));
    };
    expect(complete('ch')).toEqual(['check']);
    expect(complete('check --wr')).toEqual(['--write-baseline']);
    expect(complete('check mo')).toEqual(['model.onnx']);
    expect(complete('help insp')).toEqual(['inspect']);
    expect(complete('completion ')).toEqual(['bash', 'fish', 'zsh']);
  });
});

describe.skipIf(!isThere('zsh'))(`zsh${unless('zsh')}`, () => {
  // In a terminal of its own, as zsh completes nowhere else. The words come after `Tab` is pressed.
  it.each([
    ['sourced', 'source ./_unstride'],
    ['found in fpath', ':'],
  ])('completes where it is %s', (_, load) => {
    cli.put('_unstride', cli.run(['completion', 'zsh']).stdout);
    const script = String.raw`zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PROMPT_EOL_MARK= fpath=(\$PWD \$fpath); autoload -U compinit; compinit -u -D; ${load}"
zpty -w z "unstride() { print \"<\$*>\" }; print rea''dy"
zpty -r z seen $'*ready\r*'
zpty -w z $'unstride ch\t --wr\t'
zpty -r z seen '*<*>*'
print -r -- $seen`;
    const { stdout } = spawnSync('zsh', ['-f', '-c', script], { cwd: cli.folder, encoding: 'utf8', timeout: 20_000 });
    expect(stdout).toContain('<check --write-baseline>');
  });
});

describe.each(['zsh', 'fish'])('%s', (shell) => {
  it.skipIf(!isThere(shell))(`reads its script${unless(shell)}`, () => {
    cli.put('script', cli.run(['completion', shell]).stdout);
    const { status, stderr } = spawnSync(shell, ['-n', 'script'], { cwd: cli.folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('has every command and option', () => {
    const { stdout } = cli.run(['completion', shell]);
    for (const command of [
      'check',
      'inspect',
      'run',
      'draw',
      'extract',
      'fix',
      'rules',
      'diff',
      'init',
      'completion',
      'help',
    ])
      expect(stdout).toMatch(new RegExp(`\\b${command}\\b`));
    expect(stdout).toContain('write-baseline');
  });
});
