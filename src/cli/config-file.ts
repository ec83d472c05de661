/** Finds and reads the configuration file, and formats its errors. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../contract/config.js';
import { configNames, defaultConfig } from '../contract/config-defaults.js';
import type { ConfigIssue } from '../contract/yaml-reader.js';
import { whyNotRead } from '../files/why-not-read.js';
import { readRegular } from './read-regular.js';
import { UsageError } from './usage.js';

export interface LoadedConfig {
  readonly config: Config;
  /** Its path in messages; undefined if there is none. */
  readonly file: string | undefined;
  /** The folder that its paths are relative to: its own, or the current one. */
  readonly folder: string;
}

/**
 * The configuration in `given`, or the nearest one from the current folder upwards.
 * @throws UsageError with all its errors
 */
export async function loadConfig(given: string | undefined): Promise<LoadedConfig> {
  const file = given ?? findConfig(process.cwd());
  if (file === undefined) return { config: defaultConfig, file: undefined, folder: '.' };
  const text = readText(file, 'the configuration');
  const shown = displayPath(file);
  // Most folders have none, and reading YAML is much code.
  const { ConfigError, parseConfig } = await import('../contract/config.js');
  try {
    return { config: parseConfig(text), file: shown, folder: displayPath(path.dirname(file)) };
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new UsageError(error.issues.map((issue) => formatIssue(shown, issue)));
    }
    throw error;
  }
}

function findConfig(start: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const found = configNames.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
    if (found.length > 1) {
      throw new UsageError(
        `there are several configurations: ${found.map(displayPath).join(' and ')}`,
        'keep one, or name it with --config',
      );
    }
    if (found.length === 1 || folder === path.dirname(folder)) return found[0];
  }
}

/** `unstride.config.yaml:7:9: models[0].dims.H: expected …, got …; hint`. */
export function formatIssue(file: string, { line, column, path: where, expected, actual, hint }: ConfigIssue): string {
  const place = `${file}:${line}:${column}: ${where === '' ? '' : `${where}: `}`;
  return `${place}expected ${expected}, got ${actual}${hint === undefined ? '' : `; ${hint}`}`;
}

/** @throws UsageError */
export function readText(file: string, what: string): string {
  try {
    return readRegular(file).toString();
  } catch (error) {
    throw new UsageError(`${what} '${displayPath(file)}' cannot be read: ${whyNotRead(error)}`);
  }
}

/** The path relative to the current folder, if that is shorter. */
export function displayPath(file: string): string {
  const relative = path.relative(process.cwd(), path.resolve(file));
  if (relative === '') return '.';
  return relative.length < path.resolve(file).length ? relative : path.resolve(file);
}
