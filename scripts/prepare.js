// Builds what a clone lacks, for `npm ci` and for who installs from the repository: npm, pre-commit.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `npm install --global` of a repository hands its own `global` down to the install that is to prepare the clone, which then has
// no devDependencies (npm/cli, pacote's git.js): they are installed here.
const env = { ...process.env };
for (const name of Object.keys(env))
  if (/^npm_config_(global|location|omit|only|include)$/i.test(name)) delete env[name];

if (!existsSync('node_modules/esbuild')) npm('ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund');
npm('run', 'build');

/** Ends with npm's own code where it fails. */
function npm(...args) {
  const program = env.npm_execpath;
  const { status, error } =
    program === undefined
      ? spawnSync('npm', args, { env, stdio: 'inherit', shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [program, ...args], { env, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
