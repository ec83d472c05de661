// Links of pages lead to files of the repository. On the site those below docs/ are pages, and the others are on GitHub.
import path from 'node:path';

/**
 * @param md markdown-it, whose links are changed before VitePress sees them
 * @param docs the folder of the pages
 */
export function linksOfTheSite(md, docs, repository) {
  md.core.ruler.push('links of the site', ({ tokens, env }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        if (token.type !== 'link_open') continue;
        const to = siteLink(token.attrGet('href'), env.path, docs, repository);
        token.attrSet('href', to);
      }
    }
  });
}

function siteLink(href, page, docs, repository) {
  if (/^(\w+:|#)/.test(href)) return href;
  const [file, anchor] = href.split('#', 2);
  const target = path.relative(docs, path.resolve(path.dirname(page), decodeURI(file)));
  const place = anchor === undefined ? '' : `#${anchor}`;
  if (!target.startsWith('..')) return `${file.replace(/\bREADME\.md$/, 'index.md')}${place}`;
  const kind = /\.\w+$/.test(file) ? 'blob' : 'tree';
  return `${repository}/${kind}/main/${target.replace(/^\.\.\//, '').replaceAll('\\', '/')}${place}`;
}
