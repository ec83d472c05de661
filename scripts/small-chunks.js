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
  const atStart = reachedFrom(['cli.js'], isStatic);
  const candidates = [...files]
    .filter(([name, { bytes }]) => /^chunk-.*\.js$/.test(name) && bytes < mostBytes)
    .map(([name]) => name)
    .filter((name) => !forBrowsers.has(name) && !atStart.has(name));
  const chosen = new Set();
  const light = candidates.filter((name) => isLight(name));
  for (const name of light.sort()) {
    chosen.add(name);
    const others = [...chosen].flatMap((chunk) => importsOf(chunk, isStatic)).filter((file) => !chosen.has(file));
    if ([...reachedFrom(others, isStatic)].some((file) => chosen.has(file))) chosen.delete(name);
  }
  return [...chosen];

  // A command must not load with them what others need of the engine or of packages.
  function isLight(name) {
    const { imports } = files.get(name);
    const packages = imports.filter(({ external, path: file }) => external && !/^(node:|\.)/.test(file));
    return packages.length === 0 && importsOf(name, isStatic).every((file) => atStart.has(file) || mayJoin(file));
  }

  function mayJoin(name) {
    return candidates.includes(name) && isLight(name);
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
