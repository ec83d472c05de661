/** `unstride rules`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { whenCalled } from './when-called.js';

export function addRules(cli: CAC): void {
  cli
    .command('rules [...codes]', 'List the codes of all findings and errors, or print the page of a code')
    .option('--json', 'Print one JSON document (schemas/rules.schema.json) and nothing else')
    .example('  $ unstride rules')
    .example('  $ unstride rules US1203')
    .example("  $ unstride rules --json | jq -r '.rules[] | select(.fixable) | .code'")
    .action(whenCalled(async () => (await import('../rules.js')).listRules));
}
