/** A size for an open symbol, in examples of commands: one for a batch, a picture's for others. */
export function exampleSize(symbol: string): number {
  return /^(?:n|b|batch.*)$/i.test(symbol) ? 1 : 256;
}
