/** A seeded stream of numbers: the same seed gives the same numbers everywhere. */
export class RandomSource {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A separate source for one node, seeded by its `seed` attribute if there is one. */
  fork(seed: number | undefined): RandomSource {
    if (seed === undefined) return new RandomSource(Math.floor(this.uniform() * 2 ** 32));
    return new RandomSource(new Uint32Array(Float32Array.of(seed).buffer)[0]!);
  }

  /** In [0, 1) with 32 bits (mulberry32). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Mean 0 and standard deviation 1 (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
