// The licenses of packages that are in the bundles, which ask for their notices to come along.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param metafiles of esbuild, for builds in this folder; @returns a text, with each package in it once */
export function licensesOf(metafiles) {
  const folders = new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
      .filter((folder) => folder !== undefined),
  );
  return [...folders].sort().map(noticeOf).join('\n');
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'license', 'MIT-License.txt']
    .map((name) => path.join(folder, name))
    .find(existsSync);
  if (file === undefined) throw new Error(`${name} is bundled, and has no license to go with it`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}\n`;
}
