/** What the codes of contracts, budgets, lock files and baselines mean. */
import type { Pages } from '../diagnostics/page.js';

export const contractPages: Pages = {
  US3001: {
    meaning: 'An input, output or inner value has another shape or type than the configuration expects.',
    reason: 'Whoever uses the model relies on that shape; the export has changed it.',
    bad: 'outputs: {logits: "1,21,H,W"}          the model gives [1, 19, 256, 256]',
    good: 'outputs: {logits: "1,19,H,W"}',
    remedy: 'Change the model back, or the contract if the change is meant.',
  },
  US3002: {
    meaning: 'The contract speaks of a value that the model does not have.',
    reason: 'The expectation is checked against nothing; the value was renamed or removed.',
    bad: 'values: {/decoder/out: "1,64,H,W"}      the value is called /decoder/last now',
    good: 'values: {/decoder/last: "1,64,H,W"}',
    remedy: 'Use the new name, or drop the line.',
  },
  US3003: {
    meaning: 'The model has more parameters, multiply-accumulates or memory of activations than its budget allows.',
    reason: 'It will not fit where it is to run, or not in time.',
    bad: 'budgets: {parameters: 31M}              the model has 34.2 M',
    good: 'budgets: {parameters: 35M}',
    remedy: 'Make the model smaller, or raise the budget on purpose.',
  },
  US3004: {
    meaning: 'A budget depends on sizes that are open, so it cannot be compared.',
    reason: 'The budget guards nothing.',
    bad: 'budgets: {macs: 12G}                    the input is [N, 3, H, W]',
    good: 'dims: {N: 1, H: 256, W: 256}\nbudgets: {macs: 12G}',
    remedy: 'Bind the sizes for which the budget holds.',
  },
  US3005: {
    meaning: 'A shape differs from the one in the lock file.',
    reason: 'Something changed since the lock file was written; the diff shows what, by layer.',
    bad: '- output logits float32[1, 21, H, W]\n+ output logits float32[1, 19, H, W]',
    good: '  output logits float32[1, 21, H, W]',
    remedy: 'Fix the model, or take the change over: `unstride check --update`.',
  },
  US3006: {
    meaning: 'A model is checked that the lock file does not have.',
    reason: 'Changes of it would not be noticed.',
    bad: 'a new model file, and an old lock file',
    good: 'a lock file with every model',
    remedy: '`unstride check --update` adds it.',
  },
  US3007: {
    meaning: 'The configuration or the lock file names a model that is not there.',
    reason: 'It was removed or renamed, and is checked no more.',
    bad: 'models:\n  - files: models/old.onnx',
    good: 'models:\n  - files: models/new.onnx',
    remedy: 'Rename the entry, or remove it and run `unstride check --update`.',
  },
  US3008: {
    meaning: 'An entry of the baseline tolerates a finding that no longer occurs.',
    reason: 'Left in place it would hide the finding when it comes back.',
    bad: '{"file":"a.onnx","code":"US1203","node":"up1/Concat","value":null,"count":1}   the node is fixed',
    good: 'the entry is gone',
    remedy: 'Write the baseline anew: `unstride check --write-baseline`.',
  },
};
