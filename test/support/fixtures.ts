import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..', 'fixtures');

export interface Fixture {
  readonly name: string;
  readonly architecture: string;
  readonly tolerance: number;
  /** Files are relative to the fixture's folder. */
  readonly cases: readonly {
    readonly name: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
}

/** `unet/dynamo`, `unet/torchscript`, … */
export const fixtures: readonly string[] = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(path.join(root, name)).map((variant) => `${name}/${variant}`))
  .filter((name) => existsSync(path.join(root, name, 'fixture.json')))
  .sort();

export function readFixture(name: string): Fixture & { readonly folder: string } {
  const folder = path.join(root, name);
  return { ...(JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8')) as Fixture), folder };
}
