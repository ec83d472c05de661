// Builds the documentation site from docs/ into docs/.vitepress/dist. Its packages are its own: they are installed when
// the site is built first, so that who works on the compiler does without them. `--serve` shows the site while pages change. With
// `--if-possible` it is no fault that there is no registry to install from.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const docs = path.join(import.meta.dirname, '..', 'docs');
const program = path.join(docs, 'node_modules', 'vitepress', 'bin', 'vitepress.js');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: docs, stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  return status === 0;
}

if (!existsSync(program) && !install()) {
  process.stderr.write(
    'The site is not built: its packages (docs/package-lock.json) could not be installed. Is the registry of npm reachable?\n',
  );
  process.exitCode = process.argv.includes('--if-possible') ? 0 : 1;
} else if (!run(process.execPath, [program, process.argv.includes('--serve') ? 'dev' : 'build', '.'])) {
  process.exitCode = 1;
}

/** npm is the one that runs this script, which on Windows is no program of its own. */
function install() {
  const args = ['ci', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  return npm === undefined ? run('npm', args) : run(process.execPath, [npm, ...args]);
}
