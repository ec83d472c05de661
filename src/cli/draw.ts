/** `unstride draw`: a picture of a network. */
import path from 'node:path';
import { counted } from '../diagnostics/units.js';
import type { LevelOfDetail } from '../draw/build.js';
import { draw } from '../draw/draw.js';
import { colorings } from '../draw/heat.js';
import type { ProfileTrace } from '../draw/profile.js';
import { styles } from '../draw/scene.js';
import { themes } from '../draw/theme.js';
import { writeWhole } from '../files/write-whole.js';
import { formatDuration } from '../report/units.js';
import { oneOf, oneText } from './arguments.js';
import { cannotWrite } from './cannot-write.js';
import { checkDims, parseDims } from './dims.js';
import { makeFolderOf } from './make-folder.js';
import { besideModel, nameOf, openNamed, stdinName } from './model-files.js';
import { writeStderr, writeText } from './output.js';
import { readRegular } from './read-regular.js';
import { refuseSource } from './refuse-source.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

const formats = ['svg', 'png', 'html'] as const;
const levelsOfDetail: readonly LevelOfDetail[] = ['blocks', 'layers'];
/** Of a trace file; those of long runs have a few. */
const mostTraceBytes = 2 ** 28;

export async function drawModel(argument: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const file = nameOf(argument);
  const dims = parseDims(options['dim']);
  const output = oneText(options['output'], 'output') ?? besideModel(file, 'svg');
  const format = formatOf(output);
  const style = oneOf(options['style'], 'style', styles);
  const levelOfDetail = oneOf(options['levelOfDetail'], 'level-of-detail', levelsOfDetail);
  const theme = oneOf(options['theme'], 'theme', themes);
  const color = oneOf(options['color'], 'color', colorings);
  const trace = oneText(options['profile'], 'profile');
  if (color === 'time' && trace === undefined)
    throw new UsageError(
      '--color time needs a trace',
      'write one with `unstride run --profile trace.json`, and give it: --profile trace.json',
    );
  const profile = trace === undefined ? undefined : readTrace(trace);
  const { model, diagnostics } = await openNamed(file);
  checkDims(model, dims);
  refuseSource(file, output);
  const title = oneText(options['title'], 'title') ?? titleOf(file);
  const drawn = await draw(model, {
    format: format === 'html' ? 'html' : 'svg',
    style,
    levelOfDetail,
    // A picture of pixels follows nobody's preference.
    theme: theme ?? (format === 'png' ? 'light' : undefined),
    dims,
    color,
    profile,
    title,
  });
  const content = format === 'png' ? await (await import('./draw-png.js')).pngOf(drawn.text) : drawn.text;
  await makeFolderOf(output);
  try {
    await writeWhole(output, content);
  } catch (error) {
    cannotWrite(output, 'the drawing cannot be written', error, 'name another file with --output');
  }
  const { blocks, edges, levels } = drawn.network;
  const boxes = blocks.filter(({ role }) => role === 'layers').length;
  const skips = edges.filter(({ kind }) => kind === 'skip').length;
  writeText(
    process.stdout,
    `${output}  style ${drawn.style}: ${counted(boxes, 'block')} at ${counted(levels.length, 'resolution')}, ${counted(skips, 'skip')}\n`,
  );
  if (drawn.profiled !== undefined) tellProfiled(drawn.profiled, trace ?? '');
  return diagnostics.some(({ severity }) => severity === 'error') ? exitCodes.fault : exitCodes.done;
}

/** The file's name, or that of its folder where all models are called `model`. */
function titleOf(file: string): string | undefined {
  if (file === stdinName) return undefined;
  const { name, dir } = path.parse(path.resolve(file));
  return name === 'model' ? path.basename(dir) || name : name;
}

function formatOf(output: string): (typeof formats)[number] {
  const ending = path.extname(output).slice(1).toLowerCase();
  const format = formats.find((item) => item === ending);
  if (format !== undefined) return format;
  throw new UsageError(
    `--output ${output} does not say what to write`,
    `it ends in ${formats.map((item) => `.${item}`).join(', ')}`,
  );
}

/** @throws UsageError for what is no trace */
function readTrace(file: string): ProfileTrace {
  let trace: unknown;
  try {
    trace = JSON.parse(readRegular(file, mostTraceBytes).toString());
  } catch (error) {
    throw new UsageError(
      `the trace '${file}' cannot be read: ${(error as Error).message.split('\n')[0]}`,
      'it is what `unstride run --profile` writes',
    );
  }
  const events = typeof trace === 'object' && trace !== null && 'traceEvents' in trace ? trace.traceEvents : undefined;
  if (!Array.isArray(events))
    throw new UsageError(`'${file}' is no trace`, 'it is what `unstride run --profile` writes');
  return { traceEvents: events };
}

/** Steps of nodes that the network does not have, and of none, are in no box. */
function tellProfiled({ total, known }: { readonly total: number; readonly known: number }, trace: string): void {
  if (total === 0) writeStderr(`the trace '${trace}' has no steps: nothing is colored`);
  else if (known === 0) writeStderr(`no step of the trace '${trace}' is of a node of this model: nothing is colored`);
  else if (known < 0.95 * total)
    writeStderr(
      `${formatDuration(total - known)} of ${formatDuration(total)} in the trace are of no node of the model: they are in no box`,
    );
}
