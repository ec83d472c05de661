/** `unstride view`: serves the page that shows models, and opens a browser. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wholeNumber } from '../arguments.js';
import { writeStderr, writeText } from '../output.js';
import { type ExitCode, exitCodes, UsageError } from '../usage.js';
import { servedModel } from './served-model.js';
import { startServer } from './server.js';

export async function view(file: string | undefined, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const port = wholeNumber(options['port'], 'port', { min: 1, max: 65535, hint: 'for example --port 8080' });
  if (file !== undefined && !isFile(file))
    throw new UsageError(`there is no file '${file}'`, 'without a model, drop one on the page');
  const model = file === undefined ? undefined : await servedModel(file);
  const page = fileURLToPath(new URL('page/', import.meta.url));
  if (!existsSync(page)) throw new Error(`the page is not built: there is no ${page}`);
  const server = await startServer({ page, port: port ?? 0, model });
  writeText(process.stdout, `${server.address}\n`);
  writeStderr('Ctrl+C ends it');
  if (options['open'] !== false) openBrowser(server.address);
  await interrupted();
  await server.stop();
  return exitCodes.done;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** What opens an address on each system. It is no fault where there is nothing that does: the address was printed. */
function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address];
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true });
  child.on('error', () => writeStderr('no browser was found: open the address yourself'));
  child.unref();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
