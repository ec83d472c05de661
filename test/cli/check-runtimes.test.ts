/** `unstride check --runtime`, run as a user runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../support/cli.js';

const segnet = path.join(import.meta.dirname, '..', '..', 'fixtures', 'segnet', 'dynamo', 'model.onnx');
const cli = useCli('check-runtimes');

function check(...args: readonly string[]) {
  return cli.run(['check', segnet, '--ignore', 'US1501', ...args], cli.folder);
}

describe('--runtime', () => {
  it('says of each runtime how many nodes run, and names those that do not', () => {
    const { code, stdout, stderr } = check('--runtime', 'onnxruntime', '--runtime', 'onnxruntime-web:webgl@1.30');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ {4}runtimes {2}onnxruntime 1\.\d+: all 57 nodes run$/m);
    expect(stdout).toMatch(/^ {14}onnxruntime-web:webgl 1\.30: 53 of 57 nodes run, 4 not$/m);
    expect(stdout).toMatch(/^ {2}error US1701 onnxruntime-web:webgl 1\.30 does not have MaxUnpool$/m);
    expect(stdout).toContain('    node      node_max_unpool2d (MaxUnpool)\n');
    expect(code).toBe(1);
  });

  it('passes where everything runs, or something else computes the rest', () => {
    expect(check('--runtime', 'onnxruntime@1.20').code).toBe(0);
    const { code, stdout } = check('--runtime', 'onnxruntime-web:webgpu@1.30');
    expect(stdout).toContain('53 of 57 nodes run, 4 elsewhere');
    expect(stdout).toContain('info US1707');
    expect(code).toBe(0);
  });

  it('refuses an older release for what it does not read', () => {
    const { code, stdout } = check('--runtime', 'onnxruntime@1.16');
    expect(stdout).toMatch(/^ {2}error US1706 onnxruntime 1\.16 does not read IR version 10$/m);
    expect(stdout).toContain('release 1.18 reads it');
    expect(code).toBe(1);
  });

  it('says what is not known', () => {
    const { code, stdout } = check('--runtime', 'onnxruntime@9.0');
    expect(stdout).toMatch(/^ {2}info US1708 nothing is known of onnxruntime 9\.0; what follows is of 1\.\d+$/m);
    expect(code).toBe(0);
  });

  it('is in every report', () => {
    const { stdout } = check('--runtime', 'tensorrt', '--format', 'json', '--output', 'sarif=out.sarif');
    const { models } = JSON.parse(stdout) as {
      models: { runtimes: { runtime: string; refused: number; sources: { url: string }[] }[]; findings: unknown[] }[];
    };
    expect(models[0]!.runtimes).toMatchObject([{ runtime: 'tensorrt', release: '10.15', nodes: 57, refused: 8 }]);
    expect(models[0]!.runtimes[0]!.sources[0]!.url).toBe('https://github.com/onnx/onnx-tensorrt');
    expect(models[0]!.findings[0]).toMatchObject({
      code: 'US1704',
      data: { runtime: 'tensorrt', release: '10.15', operator: 'MaxPool', what: 'outputs' },
    });
    const sarif = readFileSync(path.join(cli.folder, 'out.sarif'), 'utf8');
    expect(sarif).toContain('10.15 does not have MaxUnpool');
  });

  it('wants a runtime that there is', () => {
    const { code, stderr } = check('--runtime', 'onnxruntme@1.16');
    expect(stderr).toContain('--runtime onnxruntme@1.16 is no runtime');
    expect(stderr).toContain("did you mean 'onnxruntime'?");
    expect(code).toBe(2);
  });

  it('comes from the configuration too, and the command line is asked first', () => {
    writeFileSync(path.join(cli.folder, 'unstride.config.yaml'), 'runtimes: [openvino]\nselect: [US17]\n');
    expect(check().stdout).toMatch(/^ {4}runtimes {2}openvino /m);
    expect(check('--runtime', 'ncnn').stdout).not.toContain('openvino');
    writeFileSync(path.join(cli.folder, 'unstride.config.yaml'), 'runtimes: openvno\n');
    const { code, stderr } = check();
    expect(stderr).toContain('unstride.config.yaml:1:11: runtimes: expected a runtime such as onnxruntime@1.16');
    expect(code).toBe(2);
  });
});
