/** Commands that documents show, run one after another in a folder of their own: they work, and print what is shown. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cli } from './cli.js';
import { missingLine, shownCommands } from './transcript.js';

const root = path.join(import.meta.dirname, '..', '..');

/** Commands that show a fault, or a difference, on purpose. */
const expectedCodes = new Map([
  ['unstride check unet.onnx --dim H=572,W=572', 1],
  ['unstride check --config strict.yaml', 1],
  ['unstride check pointer.onnx', 1],
  ['unstride diff unet.onnx fixtures/unet/torchscript/model.onnx', 1],
  ['unstride extract unet.onnx --from relu_9 --to logits -o part.onnx', 1],
]);

/** @param documents relative to the project */
export function testSamples(documents: readonly string[]): void {
  let cli: Cli;
  beforeAll(() => {
    cli = new Cli();
  });
  afterAll(() => cli.remove());

  describe.each(documents)('%s', (document) => {
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'unstride-samples-'));
      for (const name of ['fixtures', 'examples']) symlinkSync(path.join(root, name), path.join(folder, name), 'dir');
      mkdirSync(path.join(folder, 'node_modules'));
      symlinkSync(root, path.join(folder, 'node_modules', 'unstride'), 'dir');
      copyFileSync(path.join(root, 'fixtures/unet/dynamo/model.onnx'), path.join(folder, 'unet.onnx'));
      copyFileSync(path.join(root, 'fixtures/pictures/cells.png'), path.join(folder, 'cells.png'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const commands = shownCommands(readFileSync(path.join(root, document), 'utf8'));
    it('shows commands', () => expect(commands.length).toBeGreaterThan(0));

    it.each(commands)('$command', ({ command, output, files }) => {
      for (const { name, text } of files) writeFileSync(path.join(folder, name), text);
      const { code, stdout, stderr } = cli.shell(command, folder);
      expect(code, stderr).toBe(expectedCodes.get(command) ?? 0);
      expect(missingLine(output, `${stdout}\n${stderr}`), `${stdout}\n${stderr}`).toBeUndefined();
    });
  });
}
