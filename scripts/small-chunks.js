// Chunks of the command line that are so small that finding a file takes longer than reading it.
import path from 'node:path';

const mostBytes = 8000;

const isStatic = ({ kind }) => kind === 'import-statement';
/** What the page's browser loads must not bring Node along. */
const isForBrowsers = (entryPoint) => entryPoint !== undefined && !/^src[\\/]cli[\\/]/.test(entryPoint);

/**
 * @param files outputs of esbuild's metafile by name
 * @returns small chunks that commands alone load when they are called, such that no other file both needs one of them and is
 * needed by one
 */
export function smallChunks(files) {
  const forBrowsers = reachedFrom(
    [...files].filter(([, { entryPoint }]) => isForBrowsers(entryPoint)).map(([name]) => name),
    () => true,
  );
  // A bundle of the library alone has no commands.
  const atStart = reachedFrom(files.has('cli.js') ? ['cli.js'] : [], isStatic);
  const chosen = new Set(
    [...files]
      .filter(([name, { bytes }]) => /^chunk-.*\.js$/.test(name) && bytes < mostBytes)
      .map(([name]) => name)
      .filter((name) => !forBrowsers.has(name) && !atStart.has(name) && !importsPackages(name)),
  );
  // A command must not load with them what others need of the engine: they lead to one another, and to what is there.
  const mayStay = (name) => importsOf(name, isStatic).every((file) => atStart.has(file) || chosen.has(file));
  for (let before; before !== chosen.size; ) {
    before = chosen.size;
    for (const name of chosen) if (!mayStay(name)) chosen.delete(name);
  }
  return [...chosen];

  function importsPackages(name) {
    return files.get(name).imports.some(({ external, path: file }) => external && !/^(node:|\.)/.test(file));
  }

  function reachedFrom(entries, follows) {
    const seen = new Set(entries);
    for (const name of seen) for (const file of importsOf(name, follows)) seen.add(file);
    return seen;
  }

  function importsOf(name, follows) {
    return files
      .get(name)
      .imports.filter(follows)
      .map(({ path: file }) => path.basename(file))
      .filter((file) => files.has(file));
  }
}
