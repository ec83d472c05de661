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

describe.each(['zsh', 'fish'])('%s', (shell) => {
  it.skipIf(!isThere(shell))(`reads its script${unless(shell)}`, () => {
    const { stdout } = cli.run(['completion', shell]);
    const { status, stderr } = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
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
