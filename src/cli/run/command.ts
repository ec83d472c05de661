/** `unstride run`: a model, run on files. */
import { PictureSizes } from '../../feed/picture-size.js';
import type { Model } from '../../ir/graph.js';
import { stdinArgument } from '../arguments.js';
import { checkDims } from '../dims.js';
import { openArgument } from '../model-files.js';
import { readPart } from '../part.js';
import { readStdin } from '../stdin.js';
import { type ExitCode, UsageError } from '../usage.js';
import { readGridSettings } from './grid/settings.js';
import { parseInputs } from './inputs.js';
import { findInputs } from './many/items.js';
import { asksForMany, readManySettings } from './many/settings.js';
import { checkRequests } from './presentation.js';
import { readSettings } from './settings.js';
import { runOnce } from './single.js';
import { stopwatch } from './stopwatch.js';

export async function run(path: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const asked = readSettings(options);
  const many = readManySettings(options);
  const part = readPart(options);
  const grid = readGridSettings(options);
  const started = performance.now();
  const clock = stopwatch();
  if (path === stdinArgument && asked.inputs.some((text) => /(?:^|=)-$/.test(text))) {
    throw new UsageError(
      'the model and a list of files are to come from standard input',
      'name a file for one of them',
    );
  }
  const whole = await openArgument(path);
  const opened = part === undefined ? whole : (await import('../cut-part.js')).cutPart(whole, part);
  const settings = {
    ...asked,
    // A part is fed pictures in a size that the whole model accepts, so that results fit other parts.
    pictureSizes: new PictureSizes(whole.model.graph),
    presentation: { ...asked.presentation, inner: innerOutputs(whole.model, opened.model) },
  };
  const { model, file = whole.file ?? path } = opened;
  checkDims(model, settings.dims);
  checkRequests(settings.presentation.as, model.graph.outputs);
  const given = await findInputs(parseInputs(model.graph, settings.inputs, file), {
    names: model.graph.inputs.map(({ name }) => name),
    directory: settings.directory,
    isMany: asksForMany(many) && grid === undefined,
    readStdin: () => readStdin('the list of files'),
  });
  if (('items' in given || grid !== undefined) && settings.archive !== undefined) {
    throw new UsageError('--output-npz takes the results of one set of inputs', 'of many, each has files of its own');
  }
  if (grid !== undefined) {
    if ('items' in given) throw new UsageError('--grid and --interpolate take one file for an input, not many');
    const { runGrid } = await import('./grid/run-grid.js');
    return runGrid({ opened, file, specs: given, settings, grid, batch: many.batch, clock });
  }
  if (!('items' in given)) return runOnce(opened, file, given, settings, clock);
  const { runMany } = await import('./many/run-many.js');
  return runMany({ opened, file, given, settings, many, started });
}

/** Outputs of a part that are not outputs of the whole model. */
function innerOutputs(whole: Model, part: Model): ReadonlySet<string> {
  const own = new Set(whole.graph.outputs.map(({ name }) => name));
  return new Set(part.graph.outputs.map(({ name }) => name).filter((name) => !own.has(name)));
}
