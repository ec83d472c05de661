/** What a client's program says in the end: its results, and how long it took. */

/** Numbers by name, or texts; those of both engines are compared. */
export type Results = Readonly<Record<string, readonly number[] | readonly string[]>>;

export interface Answer {
  readonly results: Results;
  /** Milliseconds: loading the models, the first use, and the one after it. */
  readonly times: readonly [load: number, first: number, next: number];
}

/** Loads, and uses twice. @param use its results are those that count */
export async function measure<Client>(
  load: () => Promise<Client>,
  use: (client: Client) => Promise<Results>,
): Promise<Answer> {
  const begun = performance.now();
  const client = await load();
  const loaded = performance.now();
  await use(client);
  const used = performance.now();
  const results = await use(client);
  return { results, times: [loaded - begun, used - loaded, performance.now() - used] };
}

/** The line before this one may be the client's own: the answer is what follows it. */
export const marker = '\u0001answer ';

export function print(answer: Answer): void {
  process.stdout.write(`\n${marker}${JSON.stringify(answer)}\n`);
}
