/** What `unstride` alone does. */
import { loadConfig } from './config-file.js';
import { modelsNearby } from './models-nearby.js';
import { writeStderr } from './output.js';

/** The most models that are checked; further ones are counted. */
const mostChecked = 20;

/** The arguments that stand for none: a check of the configuration's models, or of those nearby; or the help. */
export async function withoutArguments(): Promise<readonly string[]> {
  const { config } = await loadConfig(undefined);
  if (config.models.length > 0) return ['check', '--summary'];
  const models = await modelsNearby('.');
  if (models.length === 0) return ['--help'];
  const count = models.length === 1 ? 'a model' : `${models.length} models`;
  if (models.length <= mostChecked) {
    writeStderr(`found ${count} in this folder; unstride --help lists what else there is to do\n`);
    return ['check', '--summary', '--', ...models];
  }
  writeStderr(
    `found ${count} in this folder: unstride check . checks them, unstride init writes a configuration for them\n`,
  );
  return ['--help'];
}
