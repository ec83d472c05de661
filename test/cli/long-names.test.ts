/**
 * Names of a megabyte, through every command and every format: they are told by their beginning, their end and their length.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { useCli } from '../support/cli.js';
import { namedModels } from '../support/named-models.js';

const cli = useCli('long-names');

const all = 'n'.repeat(2 ** 20);
const names = { name: (mark: string) => `${mark}${all}${mark}`, all: 'other' };

/** Bytes that a command prints, or writes into a report: some dozen texts of the length that texts are cut at. */
const mostBytes = 200_000;

it('take no more room in reports than a few lines', () => {
  const models = namedModels(names);
  for (const [file, make] of Object.entries(models)) cli.put(file, make());
  const files = Object.keys(models);
  const outputs = ['sarif=a.sarif', 'junit=a.xml', 'markdown=a.md', 'json=a.json', 'github=a.txt'];
  const commands = [
    ['check', ...files, ...outputs.flatMap((output) => ['--output', output])],
    ['inspect', 'sound.onnx', '--json'],
    ['inspect', 'broken.onnx'],
    ['inspect', 'fixed.onnx', '--after', 'fold-affine'],
    ['run', 'fixed.onnx', '--input', 'random', '--json'],
    ['diff', 'sound.onnx', 'fixed.onnx', '--format', 'markdown'],
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = cli.run(args, cli.folder);
    expect([0, 1], `${args.join(' ')}: ${stderr.slice(0, 2000)}`).toContain(code);
    expect(stdout.length + stderr.length, args.join(' ')).toBeLessThan(mostBytes);
    expect(stdout, args.join(' ')).toMatch(/nnn … nnn.*\(\d{7} characters\)/);
  }
  for (const output of outputs.map((text) => text.slice(text.indexOf('=') + 1))) {
    expect(statSync(path.join(cli.folder, output)).size, output).toBeGreaterThan(500);
    expect(statSync(path.join(cli.folder, output)).size, output).toBeLessThan(mostBytes);
  }
}, 120_000);
