// The licenses of packages that are in the bundles, which ask for their notices to come along.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param metafiles of esbuild, for builds in this folder; @returns a text, with each package and each license in it once */
export function licensesOf(metafiles) {
  const folders = new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
      .filter((folder) => folder !== undefined),
  );
  const terms = new Map();
  for (const { heading, notices, text } of [...folders].sort().map(noticeOf)) {
    const { headings } = terms.get(words(text)) ?? terms.set(words(text), { headings: [], text }).get(words(text));
    headings.push([heading, ...notices].join('\n'));
  }
  return [...terms.values()].map(({ headings, text }) => `${headings.join('\n\n')}\n\n${text}\n`).join('\n\n');
}

/** What is a package's own apart from the terms that it has in common with others. */
function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'license', 'MIT-License.txt']
    .map((name) => path.join(folder, name))
    .find(existsSync);
  if (file === undefined) throw new Error(`${name} is bundled, and has no license to go with it`);
  const own = /^(?:\s*(?:Copyright\b.*|(?:The )?MIT License(?: \(MIT\))?)\s*\n)+/i;
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim();
  const notices = (own.exec(text)?.[0] ?? '').split('\n').filter((line) => /copyright/i.test(line));
  return { heading: `${name} ${version} (${license})`, notices, text: text.replace(own, '').trim() };
}

/** Lines are broken differently in each package. */
function words(text) {
  return text.replace(/\s+/g, ' ');
}
