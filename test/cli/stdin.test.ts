/** `-` is a model on standard input, for each command that takes a model. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cli } from '../support/cli.js';
import { modelBytes, nodeProto } from '../support/model.js';

const model = modelBytes({
  inputs: { x: [1, 2] },
  outputs: { y: [1, 2] },
  nodes: [nodeProto('Neg', 'x', 'middle'), { ...nodeProto('Relu', 'middle', 'y'), name: '' }],
});

describe('a model from standard input', () => {
  let cli: Cli;
  let folder: string;
  beforeAll(() => {
    cli = new Cli();
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-stdin-'));
    writeFileSync(path.join(folder, 'model.onnx'), model);
  });
  afterAll(() => {
    cli?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (...args: string[]) => cli.run(args, folder, { input: model });

  it('is inspected and checked', () => {
    expect(run('inspect', '-')).toMatchObject({ code: 0, stdout: expect.stringContaining('<stdin>') });
    expect(run('check', '-', '--quiet')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 model') });
  });

  it('is asked for inputs by a command that can be copied', () => {
    const hint = 'for example: unstride run - --input x=data.npy';
    expect(run('run', '-')).toMatchObject({ code: 1, stderr: expect.stringContaining(hint) });
  });

  it('is cut, where the part is given a name', () => {
    const nameless = run('extract', '-', '--to', 'middle');
    expect(nameless).toMatchObject({ code: 2, stderr: expect.stringContaining('name it with --output') });
    expect(run('extract', '-', '--to', 'middle', '-o', 'part.onnx')).toMatchObject({ code: 0 });
    expect(existsSync(path.join(folder, 'part.onnx'))).toBe(true);
    expect(run('extract', '-', '--split').stderr).toContain('name it with --output');
    expect(run('extract', '-', '--list').stdout).toContain('<stdin>');
  });

  it('is fixed, where the result is given a name or none is written', () => {
    expect(run('fix', '-', '--dry-run', '--select', 'US1601').stdout).toContain('a dry run');
    expect(run('fix', '-', '--select', 'US1601')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--output'),
    });
    expect(run('fix', '-', '--select', 'US1601', '--output', 'fixed.onnx')).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(folder, 'fixed.onnx')).length).toBeGreaterThan(model.length);
  });

  it('is compared, on one side', () => {
    expect(run('diff', '-', 'model.onnx')).toMatchObject({ stdout: expect.stringContaining('<stdin> → model.onnx') });
    expect(run('diff', '-', '-')).toMatchObject({ code: 2, stderr: expect.stringContaining('only one of the two') });
  });
});
