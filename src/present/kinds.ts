/** What a result can be written as. */

/** `array` is the result itself; the others are pictures that are made of it. */
export type OutputKind = 'array' | 'image' | 'mask' | 'classes' | 'probabilities' | 'depth' | 'channels';

export const outputKinds: readonly OutputKind[] = [
  'mask',
  'classes',
  'probabilities',
  'image',
  'depth',
  'channels',
  'array',
];

/** A kind for one output, or for all of them. */
export interface KindRequest {
  readonly output: string | undefined;
  readonly kind: OutputKind;
}

/** `KIND` or `NAME=KIND`; names may have equals signs in them. Undefined for a kind that there is not. */
export function parseKindRequest(text: string): KindRequest | undefined {
  const at = text.lastIndexOf('=');
  const kind = outputKinds.find((item) => item === text.slice(at + 1).toLowerCase());
  return kind === undefined || at === 0 ? undefined : { output: at < 0 ? undefined : text.slice(0, at), kind };
}
