/** All parts, in the order in which a soak goes through them. */
import { fileParts } from './files.js';
import { graphParts } from './graphs.js';
import { killParts } from './kills.js';
import { layerParts } from './layers.js';
import type { Part } from './part.js';
import { sampleParts } from './samples.js';
import { sessionParts } from './sessions.js';

export const parts: readonly Part[] = [...fileParts, ...graphParts, ...layerParts, ...killParts, ...sessionParts];

export function partNamed(name: string): Part {
  const part = [...parts, ...sampleParts].find((item) => item.name === name);
  if (part === undefined)
    throw new RangeError(`no part '${name}': there are ${parts.map((item) => item.name).join(', ')}`);
  return part;
}
