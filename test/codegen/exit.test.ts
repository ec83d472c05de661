/** A process whose executors and sessions have nothing to do ends by itself. */
import { describe, expect, it } from 'vitest';
import { type ChildScript, useChildScript } from '../support/child-script.js';
import { modelBytes, nodeProto } from '../support/model.js';

function endsByItself(script: ChildScript, expected: string): void {
  it.each([
    ['as a file', (file: string) => [file]],
    [
      'as a module on the command line',
      (file: string) => ['--input-type=module', '-e', `await import(${JSON.stringify(file)})`],
    ],
  ])('%s', async (_, argumentsFor) => {
    const { stdout, stderr } = await script.run(argumentsFor(script.file));
    expect(stderr).toBe('');
    expect(stdout).toBe(expected);
  });
}

describe('with executors', () => {
  const script = useChildScript(
    {
      'src/runtime/executor.ts': 'Executor',
      'test/codegen/plans.ts': 'exchanged, exchangePlan',
      'src/ir/tensor.ts': 'float32',
    },
    `
const graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };
const exchange = { half: 8192, rounds: 4 };
const feed = new Float32Array(2 * exchange.half).fill(1);
for (const threads of [2, 3]) {
  const executor = await Executor.create({ tier: 'baseline', threads });
  const program = await executor.load(graph, exchangePlan(exchange, () => true));
  const [output] = await program.run([float32([feed.length], feed)]);
  console.log(executor.threads, output.data[0] === exchanged(exchange, feed)[0]);
}
`,
  );
  endsByItself(script, '2 true\n3 true\n');
});

describe('with sessions', () => {
  const size = [1, 8, 64, 64];
  const bytes = modelBytes({
    inputs: { x: size },
    outputs: { y: size },
    nodes: [nodeProto('Add', 'x x', 'twice'), nodeProto('MaxPool', 'twice', 'y', { kernel_shape: [1, 1] })],
  });
  const script = useChildScript(
    {
      'src/runtime/inference-session.ts': 'InferenceSession',
      'src/runtime/tensor/tensor.ts': 'Tensor',
    },
    `
const bytes = Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64');
// One that never runs, one that has run, one whose run was stopped, one in profiling, one that is released.
const sessions = [];
for (let i = 0; i < 5; i++) sessions.push(await InferenceSession.create(bytes, { threads: 2, enableProfiling: i === 3 }));
const x = new Tensor('float32', new Float32Array(8 * 64 * 64).fill(1), [${size}]);
for (const i of [1, 3, 4]) console.log((await sessions[i].run({ x })).y.data[5]);
await sessions[2].run({ x }, { signal: AbortSignal.abort() }).catch(({ diagnostics }) => console.log(diagnostics[0].code));
await sessions[4].release();
`,
  );
  endsByItself(script, '2\n2\n2\nUS2008\n');
});
