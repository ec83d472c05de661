/** Options that several commands have. */
import type { Command } from 'cac';

/** Help text of `--dim`. */
export const dimHelp = 'Give an open size a number: H=256, or several: H=256,W=256; repeatable';

/** Options that name a part of a model. */
export function addPartOptions(command: Command): Command {
  return command
    .option(
      '--from <names>',
      'Begin at these values, or after these nodes: bottleneck,enc3; repeatable (default: the inputs of the model)',
    )
    .option('--to <names>', 'End at these values, or after these nodes; repeatable (default: the outputs of the model)')
    .option(
      '--decoder',
      'The decoder alone: it begins where the grid of values is smallest, before the layers that make it bigger',
    )
    .option('--encoder', 'The encoder alone: what comes before the decoder')
    .option(
      '--candidate <number>',
      'Begin the decoder at this candidate, by its number in `unstride extract --list` (default: 1)',
    )
    .option('--auto', 'Add to --from what else the part needs, skips for example');
}
