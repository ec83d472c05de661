/** Progress bars on terminals; nothing is shown elsewhere. */
import cliProgress from 'cli-progress';
import { printable } from '../diagnostics/printable.js';
import { formatRate } from '../report/run-many.js';
import { cutMiddle } from '../report/text-table.js';
import { formatDuration } from '../report/units.js';
import { writeLines } from './output.js';
import { canRewrite } from './terminal.js';

export interface Progress {
  /** Step `index` of `total` begins. */
  update(index: number, total: number, label: string): void;
  /** Removes the bar. */
  stop(): void;
}

/** @param isQuiet whoever waits does not want to see it */
export function startProgress(stream: NodeJS.WriteStream, isQuiet = false): Progress {
  if (isQuiet || !canRewrite(stream)) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({ ...look, stream, format: '{bar} {value}/{total} {label}' });
  let isStarted = false;
  return {
    update(index, total, label) {
      const text = cutMiddle(printable(label), Math.max(10, stream.columns - 40));
      if (!isStarted) bar.start(total, index, { label: text });
      else bar.update(index, { label: text });
      isStarted = true;
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}

const look: cliProgress.Options = {
  barsize: 24,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  clearOnComplete: true,
  linewrap: false,
};

/** Progress over files, with rate and remaining time. */
export interface FileProgress {
  /** One more file is done, or `done` files in all. */
  advance(label: string, done?: number): void;
  /** Writes above the bar; where there is none, to the stream as it is. */
  log(text: string): void;
  stop(): void;
}

/** @param there files that need no work */
export function startFileProgress(
  stream: NodeJS.WriteStream,
  total: number,
  there: number,
  isQuiet = false,
): FileProgress {
  if (isQuiet || !canRewrite(stream)) {
    return { advance: () => {}, log: (text) => writeLines(stream, text), stop: () => {} };
  }
  const bar = new cliProgress.SingleBar({ ...look, stream, format: '{bar} {value}/{total} {label}' });
  const rate = new RecentRate();
  let done = 0;
  let label = '';
  const facts = () => {
    const perSecond = rate.perSecond;
    if (perSecond === undefined) return { label: '' };
    const left = formatDuration((1000 * (total - there - done)) / perSecond);
    const room = stream.columns - 72;
    const file = room < 16 ? '' : `  ${cutMiddle(printable(label), room)}`;
    return { label: `${formatRate(perSecond)}, ${left} left${file}` };
  };
  bar.start(total, there, { label: '' });
  return {
    advance(next, all = done + 1) {
      done = all;
      rate.add(done, performance.now());
      label = next;
      bar.update(there + done, facts());
    },
    log(text) {
      bar.stop();
      writeLines(stream, text);
      bar.start(total, there + done, facts());
    },
    stop: () => bar.stop(),
  };
}

/** The period in milliseconds over which the rate is measured. */
const window = 5000;
const step = 250;

/** The recent rate per second; the overall rate would include the compilation of the network. */
export class RecentRate {
  /** Counts with their times, oldest first. The last one is updated in place. */
  private readonly samples: { count: number; time: number }[] = [];

  add(count: number, time: number): void {
    const { samples } = this;
    const before = samples.at(-2);
    if (before !== undefined && time - before.time < step) samples.pop();
    samples.push({ count, time });
    while (samples.length > 2 && time - samples[1]!.time > window) samples.shift();
  }

  /** Undefined before there are two samples at different times. */
  get perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.time <= first.time) return undefined;
    return (1000 * (last.count - first.count)) / (last.time - first.time);
  }
}
