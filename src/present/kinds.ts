/** The kinds of files that a result can be written as. */

/** `array` is the result itself; the others are pictures of it. */
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

/** Parses `KIND` or `NAME=KIND`; names may contain equals signs. Undefined for an unknown kind. */
export function parseKindRequest(text: string): KindRequest | undefined {
  const at = text.lastIndexOf('=');
  const kind = outputKinds.find((item) => item === text.slice(at + 1).toLowerCase());
  return kind === undefined || at === 0 ? undefined : { output: at < 0 ? undefined : text.slice(0, at), kind };
}
