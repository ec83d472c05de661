/** Progress bars for who waits at a terminal; nothing anywhere else. */
import cliProgress from 'cli-progress';
import { printable } from '../report/printable.js';
import { formatRate } from '../report/run-many.js';
import { cutMiddle } from '../report/text-table.js';
import { formatDuration } from '../report/units.js';

export interface Progress {
  /** Step `index` of `total` begins. */
  update(index: number, total: number, label: string): void;
  /** Takes the bar away. */
  stop(): void;
}

export function startProgress(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY !== true) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({ ...look, stream, format: '{bar} {value}/{total} {label}' });
  let isStarted = false;
  return {
    update(index, total, label) {
      const text = cutMiddle(printable(label), Math.max(10, (stream.columns ?? 80) - 40));
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

/** Of files, with their rate and the time that is left. */
export interface FileProgress {
  /** One more is through, or as many as `done` says in all. */
  advance(label: string, done?: number): void;
  /** Writes above the bar; anywhere else than on a terminal to the stream as it is. */
  log(text: string): void;
  stop(): void;
}

/** @param there files that need no work */
export function startFileProgress(stream: NodeJS.WriteStream, total: number, there: number): FileProgress {
  if (stream.isTTY !== true) {
    return { advance: () => {}, log: (text) => stream.write(text), stop: () => {} };
  }
  const bar = new cliProgress.SingleBar({ ...look, stream, format: '{bar} {value}/{total} {label}' });
  const started = performance.now();
  let done = 0;
  let label = '';
  const facts = () => {
    const seconds = (performance.now() - started) / 1000;
    const rate = done / seconds;
    const left = done === 0 ? '' : `, ${formatDuration((1000 * (total - there - done)) / rate)} left`;
    const room = Math.max(10, (stream.columns ?? 80) - 70);
    return { label: `${done === 0 ? '' : formatRate(rate)}${left}  ${cutMiddle(printable(label), room)}` };
  };
  bar.start(total, there, { label: '' });
  return {
    advance(next, all = done + 1) {
      done = all;
      label = next;
      bar.update(there + done, facts());
    },
    log(text) {
      bar.stop();
      stream.write(text);
      bar.start(total, there + done, facts());
    },
    stop: () => bar.stop(),
  };
}
