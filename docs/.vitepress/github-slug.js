// Anchors of headings as GitHub makes them, so that a link to one works there and on the site.

/** @param heading its text, without marks of Markdown */
export function githubSlug(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
