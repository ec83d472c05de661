/** What cannot be written ends in a line that says why, and in an exit code that is not 0. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const cli = useCli('failed-writes');
const full = '/dev/full';

const model = () =>
  modelBytes({
    inputs: { x: [1, 4] },
    outputs: { y: [1, 4] },
    nodes: [nodeProto('Relu', 'x', 'y')],
  });

describe.skipIf(!existsSync(full))(`what goes to ${full}, which this system has or this is skipped`, () => {
  it.each([
    'check m.onnx',
    'check m.onnx --json',
    'inspect m.onnx',
    'rules',
    '--version',
    'run m.onnx --input random --output-dir out --json',
  ])('standard output of %s', (command) => {
    cli.put('m.onnx', model());
    const { code, stderr } = cli.shell(`unstride ${command} > ${full}`, cli.folder);
    expect(code).toBe(1);
    expect(stderr).toBe('error standard output cannot be written: the disk is full\n');
  });

  it('keeps the exit code of a command that fails anyhow, also where nothing can be said', () => {
    cli.put('m.onnx', model());
    expect(cli.shell(`unstride check m.onnx --dim N=1 > ${full}`, cli.folder).code).toBe(2);
    expect(cli.shell(`unstride check none.onnx 2> ${full}`, cli.folder).code).toBe(1);
    expect(cli.shell(`unstride check none.onnx > ${full} 2> ${full}`, cli.folder).code).toBe(1);
  });
});

describe('files that cannot be written', () => {
  it.each([
    ['check m.onnx --output json=m.onnx/a.json', "error 'm.onnx/a.json' cannot be written: "],
    [
      'check m.onnx --update --config c.yaml',
      "error the lock file 'no/folder.lock' cannot be written: there is no such folder",
    ],
    [
      'check m.onnx --write-baseline --baseline taken/x/b.json',
      "error the baseline 'taken/x/b.json' cannot be written: there is no such folder",
    ],
  ])('end %s in a line', (command, line) => {
    cli.put('m.onnx', model());
    cli.put('taken/file', '');
    cli.put('c.yaml', 'lock: no/folder.lock\n');
    const { code, stderr } = cli.shell(`unstride ${command}`, cli.folder);
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});
