/** The command `run` in this process, on one picture after another or on all at once; prints pictures a second. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { cac } from 'cac';
import { protectArguments } from '../../src/cli/arguments.js';
import { addRun } from '../../src/cli/commands/run.js';

const [mode, model, input, output, count] = process.argv.slice(2) as [string, string, string, string, string];
const files = readdirSync(input).sort().slice(0, Number(count));

async function run(source: string): Promise<void> {
  const cli = cac('unstride');
  addRun(cli);
  const args = ['run', model, '--input', source, '--output-dir', output];
  cli.parse(['node', 'unstride', ...protectArguments(cli, args)], { run: false });
  const code = await cli.runMatchedCommand();
  if (code !== 0) throw new Error(`the command ended with ${code}`);
}

const started = performance.now();
if (mode === 'many') await run(input);
else for (const file of files) await run(path.join(input, file));
console.log(String((1000 * files.length) / (performance.now() - started)));
