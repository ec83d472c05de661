/** How many elements a tensor of `dims` has. Apart from the engine's tensor, which programs do without that only make the public one. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < dims.length; i++) count *= dims[i]!;
  return count;
}
