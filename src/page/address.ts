/** What the address of the page holds, after the `#`: the example, sizes, the chosen layer. Never a person's file. */
import type { Sizes } from './protocol.js';

export interface PageAddress {
  readonly example: string | undefined;
  readonly sizes: Sizes;
  /** The place of the layer. */
  readonly layer: number | undefined;
}

/** Sizes are `size.H=256`: no name of a size is taken for another entry. */
const sizePrefix = 'size.';

export function readAddress(hash: string): PageAddress {
  const entries = new URLSearchParams(hash.replace(/^#/, ''));
  const sizes = [...entries].flatMap(([key, text]) => {
    const size = wholeNumber(text);
    return key.startsWith(sizePrefix) && size !== undefined && size > 0
      ? [[key.slice(sizePrefix.length), size] as const]
      : [];
  });
  return {
    example: entries.get('example') ?? undefined,
    sizes: new Map(sizes),
    layer: wholeNumber(entries.get('layer') ?? ''),
  };
}

export function writeAddress({ example, sizes, layer }: PageAddress): string {
  const entries = new URLSearchParams();
  if (example !== undefined) entries.set('example', example);
  for (const [name, size] of sizes) entries.set(`${sizePrefix}${name}`, String(size));
  if (layer !== undefined) entries.set('layer', String(layer));
  const text = entries.toString();
  return text === '' ? '' : `#${text}`;
}

function wholeNumber(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}
