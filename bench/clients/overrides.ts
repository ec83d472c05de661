/** The README's `overrides`, in a project whose dependency depends on onnxruntime's packages. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { flags, npm, root } from './install.js';
import { folder, lineOf, negation } from './readme-lines.js';

/** A registry that has this package as it would be published, and sends on to the real one for all others. */
async function withRegistry<T>(archive: string, real: string, use: (address: string) => T | Promise<T>): Promise<T> {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const { name, version } = manifest;
  const server = createServer((request, response) => {
    const address = `http://${request.headers.host}`;
    if (request.url === `/${name}`) {
      const published = { ...manifest, dist: { tarball: `${address}/archive/${archive}` } };
      response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: published } }));
    } else if (request.url === `/archive/${archive}`) response.end(readFileSync(path.join(folder, archive)));
    else response.writeHead(302, { location: new URL(`.${request.url}`, real).href }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const dependent = `
const web = require('onnxruntime-web'), node = require('onnxruntime-node'), { Tensor } = require('onnxruntime-common');
(async () => {
  const session = await node.InferenceSession.create(Buffer.from('${negation}', 'base64'));
  const { y } = await session.run({ x: new Tensor('float32', [1, -2]) });
  await session.release();
  console.log(y, Object.keys(web).length === Object.keys(node).length);
})();`;

/** @param archive the package, in the folder */
export async function tryOverrides(archive: string): Promise<string> {
  const project = path.join(folder, 'overrides');
  rmSync(project, { recursive: true, force: true });
  mkdirSync(path.join(project, 'dependent'), { recursive: true });
  const write = (file: string, manifest: object) => writeFileSync(path.join(project, file), JSON.stringify(manifest));
  const dependencies = { 'onnxruntime-web': '^1.20.0', 'onnxruntime-node': '^1.20.0', 'onnxruntime-common': '^1.20.0' };
  write('dependent/package.json', { name: 'dependent', version: '1.0.0', main: 'main.cjs', dependencies });
  writeFileSync(path.join(project, 'dependent', 'main.cjs'), dependent);
  const lines = JSON.parse(`{${lineOf('npm')}}`) as object;
  write('package.json', { private: true, dependencies: { dependent: 'file:./dependent' }, ...lines });
  const real = npm(['config', 'get', 'registry'], project).trim();
  await withRegistry(archive, real, (address) =>
    promisify(execFile)('npm', ['install', '--install-links', '--registry', address, ...flags], {
      cwd: project,
      shell: process.platform === 'win32',
    }),
  );
  const run = spawnSync(process.execPath, ['-e', "require('dependent')"], { cwd: project, encoding: 'utf8' });
  if (run.stdout !== 'Tensor float32[2] [-1, 2] true\n') throw new Error(`${run.stdout}${run.stderr}`);
  return 'works';
}
