/** The files that an item produces whatever its values are. A later run recognizes by them that the item is done. */
import { npyType } from '../../../files/npy.js';
import type { ElementType } from '../../../ir/element-type.js';
import type { OutputKind } from '../../../present/kinds.js';
import type { PresentOptions } from '../../../present/present-options.js';

const endings: Readonly<Record<OutputKind, string>> = {
  array: '.npy',
  image: '.png',
  mask: '.mask.png',
  classes: '.classes.png',
  probabilities: '.probabilities.npy',
  depth: '.depth.png',
  channels: '.channels.png',
};

export interface NamedOutput {
  readonly name: string;
  /** Undefined if unknown. */
  readonly type: ElementType | undefined;
}

/**
 * The endings of these files for each output. By default these are arrays, since the values decide whether there are
 * pictures. A kind that is requested for all of several outputs is written only for those that it fits, so it is
 * certain for none.
 */
export function certainEndings(
  outputs: readonly NamedOutput[],
  { as = [], arrays = true }: Pick<PresentOptions, 'as' | 'arrays'>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    outputs.map(({ name, type }) => {
      if (type !== undefined && npyType(type) === undefined) return [name, []];
      if (as.length === 0) return [name, arrays ? [endings.array] : []];
      const asked = as.filter(
        ({ output, kind }) => output === name || (output === undefined && (outputs.length === 1 || kind === 'array')),
      );
      return [name, [...new Set(asked.map(({ kind }) => endings[kind]))]];
    }),
  );
}
