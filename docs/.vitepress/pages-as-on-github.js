// Pages are written for GitHub. Here links to files below docs/ lead to pages, and others to GitHub; indented blocks of code look as
// fenced ones do.
import path from 'node:path';

/**
 * @param md markdown-it, whose tokens are changed before VitePress sees them
 * @param docs the folder of the pages
 */
export function pagesAsOnGitHub(md, docs, repository) {
  md.core.ruler.push('pages as on GitHub', ({ tokens, env }) => {
    for (const token of tokens) {
      if (token.type === 'code_block') {
        // A session at a terminal begins with a prompt.
        const info = token.content.startsWith('$ ') ? 'console' : 'text';
        Object.assign(token, { type: 'fence', info, markup: '```' });
      }
      for (const link of token.children?.filter(({ type }) => type === 'link_open') ?? [])
        link.attrSet('href', siteLink(link.attrGet('href'), env.path, docs, repository));
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
