/** Functions that first runs call are compiled with their file, and Node keeps their code: nothing else changes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtFile } from '../support/built.js';

const script = new URL('../../scripts/eager-functions.js', import.meta.url);
type WithEager = (file: string, code: string, called: ReadonlySet<string>) => string;

const long = `/* as long as what gains, ${'and longer, '.repeat(90)} since the shortest ones are read again in no time at all */`;
const code = `const before=declared(1);
function declared(x){${long}return x+inner(x);function inner(y){${long}return 2*y}}
function rest(){${long}return typeof declared}
const arrow=(x)=>{${long}return ()=>x+1};
const {method}={method(x){${long}return x},get value(){${long}return 3}};
const short=()=>4;
export const all=[before,declared(2),rest(),arrow(3)(),method(4),short(),declared.name,arrow.name];
`;

/** Where the functions are that begin so. */
function placesOf(beginnings: readonly string[]): Set<string> {
  return new Set(
    beginnings.map((beginning) => {
      const start = code.indexOf(beginning);
      let [end, depth] = [code.indexOf('{', start), 0];
      do {
        if (code[end] === '{') depth++;
        if (code[end] === '}') depth--;
        end++;
      } while (depth > 0);
      return `${start}-${end}`;
    }),
  );
}

const evaluated = async (text: string): Promise<unknown> =>
  ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { readonly all: unknown }).all;

describe('functions that a first run calls', () => {
  it('are in parentheses, and do the same', async () => {
    const { withEager } = (await import(script.href)) as { withEager: WithEager };
    const called = placesOf(['function declared', '(x)=>{', 'method(x)', 'function inner']);
    const eager = withEager('some.js', code, called);
    expect(eager).toMatch(/^var declared=\(function declared\(x\)/);
    expect(eager).toMatch(/const arrow=\(\(x\)=>\{[^}]*\}\);/);
    expect(eager).toContain('\nfunction rest()');
    expect(eager).toContain('{method(x){');
    expect(await evaluated(eager)).toEqual(await evaluated(code));
    expect(withEager('some.js', code, new Set())).toBe(code);
  });

  it.skipIf(!('enableCompileCache' in module))(
    'are kept as V8 compiled them, unless that is not wanted (Node 22.8 and newer)',
    () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'unstride-code-'));
      const keeps = (options: string, environment: NodeJS.ProcessEnv): boolean => {
        const cache = path.join(folder, String(readdirSync(folder).length));
        const model = path.resolve(import.meta.dirname, '../../fixtures/unet/torchscript/model.onnx');
        const run = `import { InferenceSession } from ${JSON.stringify(pathToFileURL(builtFile('node.js')).href)};
          await InferenceSession.create(${JSON.stringify(model)}, ${options});`;
        const env = { ...process.env, NODE_V8_COVERAGE: '', UNSTRIDE_CACHE: cache, ...environment };
        execFileSync(process.execPath, ['--input-type=module', '--eval', run], { env });
        return readdirSync(folder).includes(path.basename(cache));
      };
      try {
        expect(keeps('{}', {})).toBe(true);
        expect(keeps('{ cache: false }', {})).toBe(false);
        expect(keeps('{}', { UNSTRIDE_CACHE: 'off' })).toBe(false);
        expect(keeps('{}', { NODE_V8_COVERAGE: path.join(tmpdir(), 'unstride-coverage') })).toBe(false);
      } finally {
        rmSync(folder, { recursive: true, force: true });
        rmSync(path.join(tmpdir(), 'unstride-coverage'), { recursive: true, force: true });
      }
    },
  );
});
