/** What a layer comes to of what the processor can do, as it is kept and printed. */

export interface LayerShare {
  readonly name: string;
  readonly microseconds: number;
  /** Microseconds by the cost model; undefined where it had nothing to choose. */
  readonly expected?: number | undefined;
  readonly share: number;
  readonly bound: 'multiplications' | 'bytes';
}

/** `0.81 of multiplications`: of the time that the layer takes, what its bound would take at the processor's limit. */
export function shareText({ share, bound }: LayerShare): string {
  return `${share.toFixed(2)} of ${bound}`;
}
