/** How a model fares in a runtime, as a line. */
import type { RuntimeSummary } from '../runtimes/check-runtime.js';

/** `onnxruntime 1.32: all 47 nodes run`, `opencv 5.0: 45 of 47 nodes run, 1 not, of 1 it is not known`. */
export function runtimeText({ runtime, release, nodes, runs, elsewhere, refused, unknown }: RuntimeSummary): string {
  const parts = [
    runs === nodes ? `all ${nodes} nodes run` : `${runs} of ${nodes} nodes run`,
    elsewhere > 0 ? `${elsewhere} elsewhere` : '',
    refused > 0 ? `${refused} not` : '',
    unknown > 0 ? `of ${unknown} it is not known` : '',
  ];
  return `${runtime} ${release}: ${parts.filter((part) => part !== '').join(', ')}`;
}
