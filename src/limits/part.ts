/** Parts of the program that few models need: modules of their own, loaded where a graph is found to need them. */
import type { Steps } from './steps.js';

export class Part<T> {
  private provided: T | undefined;
  private loading: Promise<void> | undefined;

  /** @param load imports the module */
  constructor(private readonly load: () => Promise<T>) {}

  get isLoaded(): boolean {
    return this.provided !== undefined;
  }

  /** @throws RangeError before it is loaded: whoever needs it has not said so */
  get value(): T {
    if (this.provided === undefined) throw new RangeError('a part of the program is used before it is loaded');
    return this.provided;
  }

  /** Of a program that has the part from the start. */
  provide(value: T): void {
    this.provided = value;
  }

  /** Begins to load it. A load that failed, of a browser that was offline, is tried again. */
  fetch(): Promise<void> {
    this.loading ??= this.load().then(
      (value) => {
        this.provided = value;
      },
      (error) => {
        this.loading = undefined;
        throw error;
      },
    );
    return this.loading;
  }
}

/** Loads what is not loaded of these parts, all at once. */
export function* loadParts(parts: Iterable<Part<unknown>>): Steps<void> {
  const missing = [...parts].filter(({ isLoaded }) => !isLoaded);
  if (missing.length > 0) yield Promise.all(missing.map((part) => part.fetch()));
}
