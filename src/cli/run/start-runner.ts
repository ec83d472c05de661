/** The runner that the options ask for. */
import type { OpenedModel } from '../../runtime/open.js';
import { type Runner, startSessionRunner } from './runner.js';
import type { Settings } from './settings.js';

export async function startRunner(model: OpenedModel, settings: Settings): Promise<Runner> {
  const { tiles } = settings;
  if (tiles === undefined) return startSessionRunner(model, settings);
  const { startTiledRunner } = await import('./tiled-runner.js');
  return startTiledRunner(model, settings, tiles);
}
