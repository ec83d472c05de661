/** The runner that the options ask for. */
import type { OpenedModel } from '../../runtime/open.js';
import { type Runner, startSessionRunner } from './runner.js';
import type { Settings } from './settings.js';
import { startTiledRunner } from './tiled-runner.js';

export function startRunner(model: OpenedModel, settings: Settings): Promise<Runner> {
  const { tiles } = settings;
  return tiles === undefined ? startSessionRunner(model, settings) : startTiledRunner(model, settings, tiles);
}
