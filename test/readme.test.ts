/** Commands that documents show, run one after another in a folder of their own: they work, and print what is shown. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cli } from './support/cli.js';
import { missingLine, shownCommands } from './support/transcript.js';

const root = path.join(import.meta.dirname, '..');
const documents = ['README.md', 'docs/transposed-convolution.md'];

/** Commands that show a fault on purpose. */
const expectedCodes = new Map([['unstride check unet.onnx --dim H=572,W=572', 1]]);

describe.each(documents)('%s', (document) => {
  let cli: Cli;
  let folder: string;

  beforeAll(() => {
    cli = new Cli();
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-readme-'));
    for (const name of ['fixtures', 'examples']) symlinkSync(path.join(root, name), path.join(folder, name), 'dir');
    copyFileSync(path.join(root, 'fixtures/unet/dynamo/model.onnx'), path.join(folder, 'unet.onnx'));
  });
  afterAll(() => {
    cli.remove();
    rmSync(folder, { recursive: true });
  });

  const commands = shownCommands(readFileSync(path.join(root, document), 'utf8'));
  it('shows commands', () => expect(commands.length).toBeGreaterThan(0));

  it.each(commands)('$command', ({ command, output }) => {
    const { code, stdout, stderr } = cli.shell(command, folder);
    expect(code, stderr).toBe(expectedCodes.get(command) ?? 0);
    expect(missingLine(output, `${stdout}\n${stderr}`), `${stdout}\n${stderr}`).toBeUndefined();
  });
});
