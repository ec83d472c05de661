/** Parts of the program that few models need: modules of their own, loaded where a graph is found to need them. */
import type { Steps } from './steps.js';

/** What asking for a part before it is loaded throws. */
export class NotLoaded extends RangeError {
  constructor(readonly part: Part<unknown>) {
    super('a part of the program is used before it is loaded');
  }
}

export class Part<T> {
  private provided: T | undefined;
  private loading: Promise<void> | undefined;

  /** @param load imports the module */
  constructor(private readonly load: () => Promise<T>) {}

  get isLoaded(): boolean {
    return this.provided !== undefined;
  }

  /** @throws NotLoaded before it is loaded: whoever needs it has not said so */
  get value(): T {
    if (this.provided === undefined) throw new NotLoaded(this);
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

/** The result of work that cannot wait, begun again with each part that it asked for and that was not there. */
export async function withParts<T>(work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error;
      await error.part.fetch();
    }
  }
}
