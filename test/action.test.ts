/** The GitHub action: its script is run as GitHub runs it, on the program of this checkout. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { brokenNetwork } from './support/example-files.js';

const root = path.join(import.meta.dirname, '..');

interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly [Step, Step] };
}

const action = parse(readFileSync(path.join(root, 'action.yml'), 'utf8')) as Action;
const [checkStep, uploadStep] = action.runs.steps;

/** The workspace of a job, with programs that stand in for others on its PATH. */
class Job {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'unstride-action-'));

  put(file: string, content: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    writeFileSync(path.join(this.folder, file), content);
  }

  program(name: string, script: string): void {
    this.put(`bin/${name}`, `#!/bin/sh\n${script}`);
    chmodSync(path.join(this.folder, 'bin', name), 0o755);
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }

  /** Runs the first step as GitHub does: inputs put into the environment, defaults where none is given. */
  run(inputs: Readonly<Record<string, string>> = {}, actionPath = root) {
    const env: Record<string, string> = {
      PATH: `${this.folder}/bin:${process.env['PATH']}`,
      GITHUB_WORKSPACE: this.folder,
      GITHUB_OUTPUT: path.join(this.folder, 'github-output'),
      GITHUB_STEP_SUMMARY: path.join(this.folder, 'summary.md'),
      NO_COLOR: '1',
    };
    this.put('github-output', '');
    for (const [name, text] of Object.entries(checkStep.env!)) env[name] = inputOf(text, inputs, actionPath);
    this.put('step.sh', checkStep.run!);
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', path.join(this.folder, 'step.sh')],
      { cwd: path.join(this.folder, inputs['working-directory'] ?? '.'), env, encoding: 'utf8' },
    );
    return { status, stdout, stderr, args: stdout.trimEnd().split('\n') };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function inputOf(text: string, inputs: Readonly<Record<string, string>>, actionPath: string): string {
  if (text.includes(' github.action_path ')) return actionPath;
  const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)![1]!;
  return inputs[input] ?? action.inputs[input]!.default;
}

/** Writes down what a program was called with, an argument a line. */
const noteArguments = 'for argument in "$@"; do printf "%s\\n" "$argument"; done\n';

describe('the arguments that inputs become', () => {
  const job = new Job();
  beforeAll(() => job.program('npx', `${noteArguments}exit 7\n`));
  afterAll(() => job.remove());

  it('without inputs, but for the version', () => {
    const { status, args } = job.run({ version: '1.2.3' });
    expect(args).toEqual(['--yes', 'unstride@1.2.3', 'check', '--format', 'github']);
    expect(status).toBe(7);
  });

  it('are passed on, a line each, as they are', () => {
    const { args, stderr } = job.run({
      models: 'models/*.onnx\n\nwith blank.onnx\n$(touch pwned)\n',
      output: 'sarif=unstride.sarif\njunit=unstride.xml\n',
      config: 'a b.yaml',
      dims: 'H=256,W=256',
      select: 'US12',
      ignore: 'US16,US1301',
      baseline: 'known findings.json',
      format: 'json',
      'fail-on': 'error',
      version: '1.2.3',
    });
    expect(stderr).toBe('');
    expect(args.slice(3)).toEqual([
      ...['--format', 'json', 'models/*.onnx', 'with blank.onnx', '$(touch pwned)'],
      ...['--output', 'sarif=unstride.sarif', '--output', 'junit=unstride.xml', '--config', 'a b.yaml'],
      ...['--dim', 'H=256,W=256', '--select', 'US12', '--ignore', 'US16,US1301', '--baseline', 'known findings.json'],
      ...['--fail-on', 'error'],
    ]);
  });

  it('are those that are described', () => {
    const text = JSON.stringify(action.runs);
    for (const [name, { description }] of Object.entries(action.inputs)) {
      expect(description).not.toBe('');
      expect(text).toContain(`inputs.${name} `);
    }
  });
});

describe('the step that checks', () => {
  const job = new Job();
  beforeAll(() => job.put('models/nets/broken.onnx', brokenNetwork()));
  afterAll(() => job.remove());

  it('reports what is wrong, and leaves a report for the next step to upload', () => {
    const { status, stdout, stderr } = job.run({
      'working-directory': 'models',
      models: 'nets/*.onnx',
      output: 'sarif=reports/unstride.sarif',
    });
    expect([status, stdout], stderr).toEqual([1, expect.stringContaining('US1203')]);
    expect(stderr).toContain('::error file=models/nets/broken.onnx');
    expect(job.read('summary.md')).toContain('US1203');
    expect(job.read('github-output')).toBe(`sarif=${job.folder}/models/reports/unstride.sarif\n`);
    const sarif = JSON.parse(job.read('models/reports/unstride.sarif')) as {
      readonly runs: readonly [{ readonly artifacts: readonly unknown[] }];
    };
    // Code scanning takes paths from the repository's root.
    expect(sarif.runs[0].artifacts).toEqual([{ location: { uri: 'models/nets/broken.onnx' } }]);
  });

  it('leaves out what is in the baseline, and what is not selected', () => {
    const inputs = { models: 'models', baseline: 'known.json' };
    spawnSync(
      process.execPath,
      [path.join(root, 'dist/cli.js'), 'check', 'models', '--write-baseline', '--baseline', 'known.json'],
      { cwd: job.folder },
    );
    expect(job.run(inputs).status).toBe(0);
    expect(job.run({ models: 'models', select: 'US16' }).status).toBe(0);
    expect(job.read('github-output')).toBe('');
  });

  it('builds the checkout that the action comes with where that is not done', () => {
    const checkout = path.join(job.folder, 'checkout');
    mkdirSync(path.join(checkout, 'scripts'), { recursive: true });
    copyFileSync(path.join(root, 'scripts/action.sh'), path.join(checkout, 'scripts/action.sh'));
    job.program(
      'npm',
      `echo "$PWD: npm $*"\nmkdir dist\necho 'console.log(process.argv.slice(2).join(" "))' > dist/cli.js\n`,
    );
    const first = job.run({ models: 'a.onnx' }, checkout);
    expect(first).toMatchObject({ status: 0, stdout: 'check --format github a.onnx\n' });
    expect(first.stderr).toBe(`${checkout}: npm ci --no-audit --no-fund\n`);
    expect(job.run({ models: 'a.onnx' }, checkout).stderr).toBe('');
  });
});

it('the report is uploaded after findings as well, unless that is switched off', () => {
  expect(uploadStep).toEqual({
    if: expect.stringContaining("always() && inputs.upload-sarif == 'true' && steps.check.outputs.sarif != ''"),
    uses: 'github/codeql-action/upload-sarif@v3',
    with: { sarif_file: expect.stringContaining('{ steps.check.outputs.sarif }'), category: 'unstride' },
  });
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const workflows = [...readme.matchAll(/```yaml\n(name: [\s\S]*?)```/g)].map(([, text]) => parse(text!) as Workflow);
  expect(workflows).toHaveLength(1);
  const [{ permissions, jobs }] = workflows as [Workflow];
  expect(permissions).toEqual({ contents: 'read', 'security-events': 'write' });
  const used = jobs['check']!.steps.find(({ uses }) => uses?.startsWith('unstride/'));
  for (const name of Object.keys(used!.with!)) expect(Object.keys(action.inputs)).toContain(name);
  expect(used!.with!['output']).toMatch(/^sarif=/);
});

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}
