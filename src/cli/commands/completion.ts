/** `unstride completion`: what it takes, and what its help says. */
import type { CAC } from 'cac';
import { shells } from './choices.js';
import { whenCalled } from './when-called.js';

export function addCompletion(cli: CAC): void {
  cli
    .command('completion <shell>', `Print a script that completes commands and options: ${shells.join(', ')}`)
    .example('  $ unstride completion bash > completion.bash')
    .example('')
    .example('  bash: source <(unstride completion bash), in ~/.bashrc')
    .example('  zsh:  source <(unstride completion zsh), in ~/.zshrc, after compinit')
    .example('  fish: unstride completion fish > ~/.config/fish/completions/unstride.fish')
    .action(whenCalled(async () => (await import('../completion.js')).printCompletion(cli)));
}
