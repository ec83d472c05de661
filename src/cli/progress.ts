/** A progress bar for who waits at a terminal; nothing anywhere else. */
import cliProgress from 'cli-progress';
import { printable } from '../report/printable.js';
import { cutMiddle } from '../report/text-table.js';

export interface Progress {
  /** Step `index` of `total` begins. */
  update(index: number, total: number, label: string): void;
  /** Takes the bar away. */
  stop(): void;
}

export function startProgress(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY !== true) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {value}/{total} {label}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
  });
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
