/** What GitHub reads of the repository: the workflow of CI, issue forms, links of the package. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Manifest {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly repository: { readonly type: string; readonly url: string };
  readonly homepage: string;
  readonly bugs: string;
}
const manifest = JSON.parse(textOf('package.json')) as Manifest;

interface Job {
  readonly 'runs-on': string;
  readonly strategy?: {
    readonly matrix: {
      readonly os: readonly string[];
      readonly node: readonly number[];
      readonly include: readonly { readonly os: string; readonly node: number }[];
    };
  };
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

describe('the workflow', () => {
  const workflow = parse(textOf('.github/workflows/ci.yml')) as {
    readonly permissions: unknown;
    readonly jobs: Readonly<Record<string, Job>>;
  };
  const jobs = Object.values(workflow.jobs);
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

  it('may read the repository, and no more', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('tests the oldest Node that is promised, and newer ones, on three systems', () => {
    const { os, node, include } = workflow.jobs['test']!.strategy!.matrix;
    expect(node).toEqual([20, 22, 24, 26]);
    expect(manifest.engines.node).toBe(`>=${node[0]}`);
    const systems = [...os, ...include.map((entry) => entry.os), ...jobs.map((job) => job['runs-on'])];
    for (const system of ['ubuntu', 'macos', 'windows'])
      expect(systems.some((name) => name.startsWith(`${system}-`))).toBe(true);
  });

  it('installs what the lock file has, after Node', () => {
    // The action installs itself.
    for (const { steps } of jobs.filter((job) => !job.steps.some(({ uses }) => uses === './'))) {
      const order = steps.map(({ uses, run }) => uses?.replace(/@v\d+$/, '') ?? run!);
      expect(order.slice(0, 3)).toEqual(['actions/checkout', 'actions/setup-node', 'npm ci --no-audit --no-fund']);
      expect(order.length).toBeGreaterThan(3);
    }
  });

  it('runs scripts and files that are there', () => {
    for (const command of commands) {
      const [program, ...rest] = command.split(' ');
      if (program === 'npm') {
        const name = rest[0] === 'run' ? rest[1]! : rest[0]!;
        if (name !== 'ci') expect(Object.keys(manifest.scripts)).toContain(name);
        continue;
      }
      if (['pipx', 'test'].includes(program!)) continue;
      const files = rest.filter((word) => /^(test|fixtures)\//.test(word));
      expect(files.length, command).toBeGreaterThan(0);
      expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    }
  });
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id: string;
    readonly attributes: { readonly label: string; readonly options?: readonly unknown[] };
  }[];
}

describe('issue forms', () => {
  const folder = '.github/ISSUE_TEMPLATE';
  const files = readdirSync(path.join(root, folder)).filter((file) => file !== 'config.yml');

  it.each(files)('%s asks for something, each thing once', (file) => {
    const { name, description, body } = parse(textOf(`${folder}/${file}`)) as Form;
    for (const text of [name, description]) expect(text).toMatch(/^[A-Z]/);
    expect(new Set(body.map(({ id }) => id)).size).toBe(body.length);
    for (const { type, attributes } of body) {
      expect(['textarea', 'input', 'dropdown']).toContain(type);
      expect(attributes.label).not.toBe('');
      // YAML reads yes and no as what they are not; GitHub wants words.
      for (const option of attributes.options ?? []) expect(option).toBeTypeOf('string');
    }
  });

  it('leave vulnerabilities to the security page', () => {
    const { contact_links } = parse(textOf(`${folder}/config.yml`)) as {
      readonly contact_links: readonly { readonly url: string }[];
    };
    expect(textOf('SECURITY.md')).toContain(contact_links[0]!.url);
  });
});

describe('the documentation site', () => {
  it('shows the workflow that README shows', () => {
    const workflow = (file: string) => /^```yaml[^\n]*\n(name: models\n[\s\S]*?)^```/m.exec(textOf(file))?.[1];
    expect(workflow('docs/guide/shapes-in-ci.md')).toBe(workflow('README.md'));
    expect(workflow('README.md')).toContain('upload');
  });

  it('is published from main, by the script that builds it anywhere', () => {
    const { on, jobs } = parse(textOf('.github/workflows/docs.yml')) as {
      readonly on: { readonly push: { readonly branches: readonly string[] } };
      readonly jobs: Readonly<Record<'build' | 'publish', Job>>;
    };
    expect(on.push.branches).toEqual(['main']);
    expect(jobs.build.steps.map(({ run }) => run)).toContain('npm run docs:site');
    expect(manifest.scripts['docs:site']).toBe('node scripts/docs-site.js');
  });
});

describe('the package', () => {
  it('links to the repository whose action README shows', () => {
    const repository = /uses: (unstride\/[\w-]+)@/.exec(textOf('README.md'))?.[1];
    const page = `https://github.com/${repository}`;
    expect(manifest.repository).toEqual({ type: 'git', url: `git+${page}.git` });
    expect(manifest.homepage).toBe(`${page}#readme`);
    expect(manifest.bugs).toBe(`${page}/issues`);
  });
});
