/** What `run` keeps for the next run, and `unstride cache`. */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';

const unet = path.resolve('fixtures/unet/dynamo/model.onnx');
const dims = ['--dim', 'N=1,H=32,W=32', '--input', 'random', '--output-dir', 'results', '--no-pictures'];

describe('unstride with a cache', () => {
  const cli = useCli('cache');
  const place = () => path.join(cli.folder, 'kept');
  const env = () => ({ UNSTRIDE_CACHE: place() });
  const run = (...more: string[]) => cli.run(['run', unet, ...dims, ...more], cli.folder, { env: env() });
  const cache = (action: string) => cli.run(['cache', action], cli.folder, { env: env() });
  const entries = () =>
    existsSync(place()) ? readdirSync(place()).filter((name) => /^[0-9a-f]+\.program$/.test(name)) : [];
  const result = () => readFileSync(path.join(cli.folder, 'results', 'logits.npy'));

  it('keeps what run has compiled, lists and clears it', () => {
    expect(cache('list').stdout).toContain('nothing is kept');
    expect(run()).toMatchObject({ code: 0, stderr: '' });
    const first = result();
    expect(entries()).toHaveLength(1);
    expect(run()).toMatchObject({ code: 0, stderr: '' });
    expect(result().equals(first)).toBe(true);
    expect(cache('list').stdout).toMatch(/model\.onnx +image \[1, 1, 32, 32\] .*\n1 entry, .*kept/);

    const file = path.join(place(), entries()[0]!);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    const damaged = run();
    expect(damaged.code).toBe(0);
    expect(damaged.stderr).toMatch(/note: an entry of the cache .* was damaged and is made anew/);
    expect(result().equals(first)).toBe(true);
    writeFileSync(file, 'nothing');
    expect(cache('list').stdout).toContain('damaged');

    writeFileSync(path.join(place(), 'other'), 'not ours');
    expect(cache('clear').stdout).toContain('2 entries of');
    expect(readdirSync(place())).toEqual(['other']);
  });

  it('keeps nothing where it is told so, and no more than it may', () => {
    expect(run('--no-cache').code).toBe(0);
    expect(cli.run(['run', unet, ...dims], cli.folder, { env: { UNSTRIDE_CACHE: 'off' } }).code).toBe(0);
    expect(existsSync(place())).toBe(false);
    expect(run('--cache-size', '10KiB').code).toBe(0);
    expect(entries()).toEqual([]);
    expect(run('--cache-size', 'much')).toMatchObject({ code: 2 });
    expect(cache('clean')).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'clear'?") });
  });

  it('is whole whatever processes do at a time, and whenever they are killed', async () => {
    const start = () => cli.start(['run', unet, ...dims], cli.folder, { env: env() });
    const killed = [150, 300, 600].map(async (milliseconds) => {
      const child = start();
      const ended = once(child, 'exit');
      await setTimeout(milliseconds);
      child.kill('SIGKILL');
      await ended;
    });
    const codes = await Promise.all([start(), start()].map(async (child) => (await once(child, 'exit'))[0]));
    await Promise.all(killed);
    expect(codes).toEqual([0, 0]);
    expect(entries()).toHaveLength(1);
    const first = result();
    expect(run()).toMatchObject({ code: 0, stderr: '' });
    expect(result().equals(first)).toBe(true);
  });
});
