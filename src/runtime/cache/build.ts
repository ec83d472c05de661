/** Which build of the library this is: what another one has kept is none of its own. */

/** A digest of the sources and the version, which the bundler writes in. */
declare const __UNSTRIDE_BUILD__: string;
declare const __UNSTRIDE_VERSION__: string;

/** Sources that run as they are may change from one process to the next. */
export const build: string =
  typeof __UNSTRIDE_BUILD__ === 'string' ? __UNSTRIDE_BUILD__ : `sources, ${Date.now()} ${Math.random()}`;
export const version: string = typeof __UNSTRIDE_VERSION__ === 'string' ? __UNSTRIDE_VERSION__ : 'sources';
