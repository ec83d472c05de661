/** Checks at the same time that write to one lock file, and to one baseline: nothing is lost, whatever ended in between. */
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBaseline } from '../../src/contract/baseline.js';
import { parseLock } from '../../src/contract/lock-file.js';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const cli = useCli('parallel');
const count = 8;
const names = Array.from({ length: count }, (_, i) => `m${i}.onnx`);

/** A node without a name is a finding. */
const model = () =>
  modelBytes({
    inputs: { x: ['N', 4] },
    outputs: { y: ['N', 4] },
    nodes: [nodeProto('Relu', 'x', 'y', {}, { name: '' })],
  });

async function checkAll(option: string): Promise<void> {
  const ends = names.map(async (name) => {
    const child = cli.start(['check', name, option, '--quiet'], cli.folder);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += String(data);
    });
    child.stdout.resume();
    const [code] = (await once(child, 'close')) as [number];
    expect(code, stderr).toBe(0);
  });
  await Promise.all(ends);
}

const read = (file: string) => readFileSync(path.join(cli.folder, file), 'utf8');

describe('checks at the same time', () => {
  it(`lock the shapes of all ${count} models`, async () => {
    for (const name of names) cli.put(name, model());
    await checkAll('--update');
    expect(parseLock(read('unstride.lock')).map(({ file }) => file)).toEqual(names);
    expect(readdirSync(cli.folder).sort()).toEqual([...names, 'unstride.lock']);
  }, 120_000);

  it('write the findings of all into the baseline', async () => {
    for (const name of names) cli.put(name, model());
    await checkAll('--write-baseline');
    const files = parseBaseline(read('unstride-baseline.json')).map(({ file }) => file);
    expect([...new Set(files)]).toEqual(names);
  }, 120_000);

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), id: 'x' }), 0],
    ['that nobody can read, and is old', '', 60],
    ['of another machine, and is old', JSON.stringify({ pid: 1, host: 'elsewhere', id: 'x' }), 60],
  ])('take away a mark %s', (_, text, age) => {
    cli.put('m.onnx', model());
    cli.put('.unstride.lock.turn', text);
    const then = Date.now() / 1000 - age;
    utimesSync(path.join(cli.folder, '.unstride.lock.turn'), then, then);
    const { code, stderr } = cli.run(['check', 'm.onnx', '--update'], cli.folder);
    expect(code, stderr).toBe(0);
    expect(readdirSync(cli.folder).sort()).toEqual(['m.onnx', 'unstride.lock']);
  });
});
