import { realpathSync } from 'node:fs';
import { UsageError } from './usage.js';

/** Files of weights are refused where they are written. */
export function refuseSource(file: string, output: string): void {
  const [source, target] = [file, output].map((item) => {
    try {
      return realpathSync(item);
    } catch {
      return undefined;
    }
  });
  if (source !== undefined && source === target)
    throw new UsageError(`--output ${output} is the model itself`, 'choose another name for the part');
}
