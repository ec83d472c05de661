/** The GitHub action and the pre-commit hook: their scripts, run, and what they promise. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: { readonly shell: string; readonly env: Readonly<Record<string, string>>; readonly run: string }[];
  };
}

describe('the action', () => {
  const action = parse(readFileSync(path.join(root, 'action.yml'), 'utf8')) as Action;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-action-'));
    // In place of npx: writes down what it was called with, an argument a line.
    writeFileSync(
      path.join(folder, 'npx'),
      '#!/bin/sh\nfor argument in "$@"; do printf "%s\\n" "$argument"; done\nexit 7\n',
    );
    chmodSync(path.join(folder, 'npx'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the step as GitHub does: inputs put into the environment, defaults where none is given. */
  function run(inputs: Readonly<Record<string, string>> = {}) {
    const [step] = action.runs.steps;
    const env: Record<string, string> = { PATH: `${folder}:${process.env['PATH']}` };
    for (const [name, text] of Object.entries(step!.env)) {
      const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)?.[1];
      env[name] = inputs[input!] ?? String(action.inputs[input!]!.default);
    }
    writeFileSync(path.join(folder, 'step.sh'), step!.run);
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', 'step.sh'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return { status, args: stdout.trimEnd().split('\n') };
  }

  it('runs the version of this package', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    expect(action.inputs['version']?.default).toBe(version);
    expect(run().args).toEqual(['--yes', `unstride@${version}`, 'check', '--format', 'github']);
  });

  it('passes inputs on, a line each, as they are', () => {
    const { args } = run({
      models: 'models/*.onnx\n\nwith blank.onnx\n$(touch pwned)\n',
      output: 'sarif=unstride.sarif\njunit=unstride.xml\n',
      config: 'a b.yaml',
      dims: 'H=256,W=256',
      format: 'json',
      'fail-on': 'error',
      version: '1.2.3',
    });
    expect(args).toEqual([
      '--yes',
      'unstride@1.2.3',
      'check',
      '--format',
      'json',
      'models/*.onnx',
      'with blank.onnx',
      '$(touch pwned)',
      '--output',
      'sarif=unstride.sarif',
      '--output',
      'junit=unstride.xml',
      '--config',
      'a b.yaml',
      '--dim',
      'H=256,W=256',
      '--fail-on',
      'error',
    ]);
  });

  it('ends as unstride does', () => {
    expect(run().status).toBe(7);
  });

  it('describes its inputs, and takes each into the step', () => {
    const used = Object.values(action.runs.steps[0]!.env).map((text) => /inputs\.([\w-]+)/.exec(text)?.[1]);
    expect(used.sort()).toEqual(Object.keys(action.inputs).sort());
    for (const { description } of Object.values(action.inputs)) expect(description).not.toBe('');
  });
});

describe('the pre-commit hook', () => {
  const [hook] = parse(readFileSync(path.join(root, '.pre-commit-hooks.yaml'), 'utf8')) as Record<string, unknown>[];

  it('checks the models of a commit', () => {
    expect(hook).toMatchObject({ id: 'unstride-check', entry: 'unstride check', language: 'node' });
    const files = new RegExp(String(hook!['files']));
    expect(['models/a.onnx', 'a.onnx', 'onnx/read.ts', 'a.onnx.md'].map((file) => files.test(file))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is there for who installs the package from its repository', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(Object.keys(manifest.bin)).toContain('unstride');
    expect(manifest.scripts['prepare']).toContain('build');
  });
});
