/** The instance type of a global class where the program declares it (as @webgpu/types do), `Fallback` elsewhere. */
export type GlobalType<Name extends string, Fallback = unknown> = typeof globalThis extends {
  [K in Name]: { prototype: infer T };
}
  ? T
  : Fallback;
