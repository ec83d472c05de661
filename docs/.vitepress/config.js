// The site is docs/ as it is: pages that read well on GitHub, and here with navigation and search.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitepress';
import { githubSlug } from './github-slug.js';
import { pagesAsOnGitHub } from './pages-as-on-github.js';

const docs = path.join(import.meta.dirname, '..');
const repository = 'https://github.com/unstride/unstride';

/** The title of a page is its first heading. */
function item(page) {
  const [, title] = /^# (.*)$/m.exec(readFileSync(path.join(docs, page), 'utf8')) ?? [];
  return { text: title ?? page, link: `/${page.replace(/\.md$/, '').replace(/README$/, '')}` };
}

const itemsOf = (folder) =>
  readdirSync(path.join(docs, folder))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => item(`${folder}/${file}`));

/** In the order of their list. */
const recipes = [...readFileSync(path.join(docs, 'recipes', 'README.md'), 'utf8').matchAll(/\]\(([\w-]+\.md)\)/g)];

const guide = ['first-steps', 'shapes-in-ci', 'run-a-decoder', 'cut-a-decoder', 'browser'];
const subjects = ['transposed-convolution.md', 'reliability.md'].filter((page) => existsSync(path.join(docs, page)));

export default defineConfig({
  title: 'unstride',
  description: 'A shape-aware compiler for ONNX models whose second half makes things bigger again',
  // Where the pages lie below the host: GitHub's are at /unstride/.
  base: process.env.UNSTRIDE_SITE_BASE ?? '/',
  rewrites: { ':folder/README.md': ':folder/index.md' },
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    anchor: { slugify: githubSlug },
    config: (md) => pagesAsOnGitHub(md, docs, repository),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/first-steps', activeMatch: '/guide/' },
      { text: 'Recipes', link: '/recipes/', activeMatch: '/recipes/' },
      { text: 'Codes', link: '/rules/', activeMatch: '/rules/' },
      { text: 'Operators', link: '/operators' },
      { text: 'API', link: '/api' },
    ],
    sidebar: [
      { text: 'Guide', items: guide.map((page) => item(`guide/${page}.md`)) },
      { text: 'Recipes', items: recipes.map(([, page]) => item(`recipes/${page}`)) },
      { text: 'Subjects', items: subjects.map(item) },
      { text: 'Reference', items: ['operators.md', 'api.md'].map(item) },
      { text: 'Codes', collapsed: true, items: itemsOf('rules') },
    ],
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Change this page' },
  },
});
