/**
 * The pre-commit hook, installed and run by pre-commit itself from a repository of these sources. It is the pre-commit on the
 * PATH, or the one that UNSTRIDE_PRE_COMMIT names; installing takes half a minute and packages from npm's registry.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { brokenNetwork } from './support/example-files.js';

const root = path.join(import.meta.dirname, '..');
const preCommit = process.env['UNSTRIDE_PRE_COMMIT'] ?? 'pre-commit';
const isThere = spawnSync(preCommit, ['--version']).status === 0;

it('the hook is for models, and sees all of a commit at once', () => {
  const [hook] = parse(readFileSync(path.join(root, '.pre-commit-hooks.yaml'), 'utf8')) as Record<string, unknown>[];
  expect(hook).toMatchObject({ id: 'unstride-check', entry: 'unstride check', language: 'node', require_serial: true });
  const files = new RegExp(String(hook!['files']));
  const names = ['models/a.onnx', 'a.onnx', 'onnx/read.ts', 'a.onnx.md'];
  expect(names.filter((file) => files.test(file))).toEqual(['models/a.onnx', 'a.onnx']);
});

describe.skipIf(!isThere)(
  `by pre-commit itself${isThere ? '' : ' (skipped: there is no pre-commit on the PATH)'}`,
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'unstride-pre-commit-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    function git(cwd: string, ...args: string[]): string {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
      return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' });
    }

    function repository(name: string): string {
      const place = path.join(folder, name);
      mkdirSync(place);
      git(place, 'init', '--quiet');
      return place;
    }

    /** These sources as they are, committed or not, without what a build does not need. @returns the commit */
    function commitSources(place: string): string {
      const listed = git(root, 'ls-files', '-co', '--exclude-standard', '--deduplicate').trimEnd().split('\n');
      for (const file of listed.filter((name) => !/^(fixtures|test|bench|docs\/recipes)\//.test(name))) {
        mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
        copyFileSync(path.join(root, file), path.join(place, file));
      }
      git(place, 'add', '--all');
      git(place, 'commit', '--quiet', '--message', 'sources');
      return git(place, 'rev-parse', 'HEAD').trim();
    }

    it('is installed, passes a sound model, and stops one that is not', { timeout: 400_000 }, (context) => {
      const hooks = repository('hooks');
      const commit = commitSources(hooks);
      const project = repository('project');
      copyFileSync(path.join(root, 'fixtures/unet/dynamo/model.onnx'), path.join(project, 'unet.onnx'));
      const entry = { repo: hooks, rev: commit, hooks: [{ id: 'unstride-check' }] };
      writeFileSync(path.join(project, '.pre-commit-config.yaml'), JSON.stringify({ repos: [entry] }));
      const run = () => {
        git(project, 'add', '--all');
        const env = { ...process.env, PRE_COMMIT_HOME: path.join(folder, 'home') };
        const { status, stdout, stderr } = spawnSync(preCommit, ['run', '--all-files'], {
          cwd: project,
          env,
          encoding: 'utf8',
        });
        return { status, text: `${stdout}\n${stderr}` };
      };
      const first = run();
      if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(first.text))
        context.skip("npm's registry cannot be reached");
      expect(first.status, first.text).toBe(0);
      expect(first.text).toMatch(/unstride check\.+Passed/);
      writeFileSync(path.join(project, 'broken.onnx'), brokenNetwork());
      const second = run();
      expect(second.status, second.text).toBe(1);
      expect(second.text).toMatch(/unstride check\.+Failed[\s\S]*error US1203/);
    });
  },
);
