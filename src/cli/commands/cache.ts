/** `unstride cache`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { whenCalled } from './when-called.js';

export function addCache(cli: CAC): void {
  cli
    .command('cache <action>', 'List or clear what run keeps of models that it has compiled: list or clear')
    .option('--cache-dir <folder>', "The folder (default: the user's cache folder, or what UNSTRIDE_CACHE names)")
    .example('  $ unstride cache list')
    .example('  $ unstride cache clear')
    .action(whenCalled(async () => (await import('../cache.js')).manageCache));
}
