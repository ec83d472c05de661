/** What a configuration file may be called, and what holds without one. */
import type { Severity } from '../diagnostics.js';
import type { Config } from './config.js';
import { noRules } from './rules.js';

export const configNames = ['unstride.config.yaml', 'unstride.config.yml', 'unstride.config.json'] as const;

export const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

export const defaultLock = 'unstride.lock';

export const defaultConfig: Config = {
  rules: noRules,
  failOn: 'warning',
  baseline: undefined,
  lock: defaultLock,
  runtimes: [],
  models: [],
};
