/**
 * What a check takes of graphs of 10,000 nodes whose sizes are hard to follow: many symbols, broadcasts, recurrent states, views,
 * poolings. Each in a process of its own; fails above 2 s of the processor or 500 MB.
 *
 *     cd bench && npm ci && npm run symbols [-- KIND...]
 */
import { execFileSync } from 'node:child_process';
import { checkModel } from '../src/check.js';
import { emptyMetadata } from '../src/ir/graph.js';
import { registerAllOperators } from '../src/ops/index.js';
import { type GraphKind, graphKinds, mixedGraph } from '../test/support/many-symbols.js';

const nodes = 10_000;
const mostSeconds = 2;
const mostMegabytes = 500;

function measure(kind: GraphKind): void {
  registerAllOperators();
  const graph = mixedGraph([kind], nodes);
  const producer = { name: '', version: '' };
  const model = { graph, irVersion: 10, opsets: new Map([['', 18]]), producer, metadata: emptyMetadata };
  const start = process.cpuUsage();
  const { diagnostics, sizes } = checkModel(model);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const megabytes = process.resourceUsage().maxRSS / 1000;
  const found = `${sizes.symbols.length} symbols, ${diagnostics.length} findings`;
  console.log(`${kind.padEnd(12)} ${seconds.toFixed(2)} s ${megabytes.toFixed(0).padStart(5)} MB   ${found}`);
  if (seconds > mostSeconds || megabytes > mostMegabytes) process.exitCode = 1;
}

const [first, ...others] = process.argv.slice(2);
if (first === '--measure') measure(others[0] as GraphKind);
else {
  for (const kind of first === undefined ? graphKinds : [first, ...others]) {
    try {
      process.stdout.write(execFileSync(process.execPath, [...process.execArgv, process.argv[1]!, '--measure', kind]));
    } catch (error) {
      process.stdout.write((error as { stdout: Buffer }).stdout);
      process.exitCode = 1;
    }
  }
}
