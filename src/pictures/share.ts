/** A share of a whole, 0 to 1, as text: `27.8 %`; `<0.1 %` for one that would be rounded to nothing. */
export function formatShare(share: number): string {
  return share > 0 && share < 0.0005 ? '<0.1 %' : `${(100 * share).toFixed(1)} %`;
}
