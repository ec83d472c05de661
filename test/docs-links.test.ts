/** Links in Markdown within the repository lead to files, and to headings, that are there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const { githubSlug }: { githubSlug(heading: string): string } = await import(
  path.join(root, 'docs', '.vitepress', 'github-slug.js')
);
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));

/** Without code, where brackets are not links. */
function proseOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]]/g, ''));
}

function linksOf(file: string): string[] {
  const inText = [...proseOf(file).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link!);
  return inText.filter((link) => !/^\w+:/.test(link));
}

/** As GitHub numbers headings of the same name. */
function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(file).matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = githubSlug(heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, ''));
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function isBroken(file: string, link: string): boolean {
  const [name = '', anchor] = decodeURI(link).split('#', 2);
  const target = name === '' ? file : path.join(path.dirname(file), name);
  if (!existsSync(path.join(root, target))) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
}

describe('links', () => {
  it('are found', () => {
    expect(documents.length).toBeGreaterThan(100);
    expect(linksOf('README.md')).toContain('docs/api.md');
    expect(isBroken('README.md', 'docs/no.md')).toBe(true);
    expect(isBroken('README.md', 'CONTRIBUTING.md#no')).toBe(true);
    expect(isBroken('README.md', 'CONTRIBUTING.md#add-an-operator')).toBe(false);
  });

  it('lead to files and headings', () => {
    const broken = documents.flatMap((file) =>
      linksOf(file)
        .filter((link) => isBroken(file, link))
        .map((link) => `${file}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('of the first page of the site lead to pages', () => {
    const pages = [...readFileSync(path.join(root, 'docs/index.md'), 'utf8').matchAll(/^ +link: (.*)$/gm)].map(
      ([, link]) => link!.replace(/\/$/, '/README'),
    );
    expect(pages.length).toBeGreaterThan(4);
    expect(pages.filter((page) => !existsSync(path.join(root, 'docs', `${page}.md`)))).toEqual([]);
  });
});
