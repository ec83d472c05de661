// Functions that a first run calls are compiled with their file. V8 skips what is within functions when it compiles a file, and
// comes back for each when it is first called: what is called is read twice, and the code that Node keeps of a module
// (`module.enableCompileCache`) lacks it. A function in parentheses it takes for one that is called at once, and compiles. A
// declaration becomes a variable at the beginning of the file, where all that follows finds it as before.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

/** Characters of the shortest function that gains more than the few bytes that it takes in what a page loads. */
const leastLength = 1000;

/** @param folder with the modules, which first runs are made with */
export function compileEagerly(folder) {
  for (const [file, called] of calledFunctions(folder)) {
    writeFileSync(file, withEager(file, readFileSync(file, 'utf8'), called));
  }
}

/** By the file of a module, where functions are that first runs call: `start-end`. */
function calledFunctions(folder) {
  const coverage = mkdtempSync(path.join(tmpdir(), 'unstride-first-runs-'));
  try {
    execFileSync(process.execPath, [path.join(import.meta.dirname, 'first-runs.js'), folder], {
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
      stdio: 'inherit',
    });
    const called = new Map();
    for (const name of readdirSync(coverage)) {
      for (const { url, functions } of JSON.parse(readFileSync(path.join(coverage, name), 'utf8')).result) {
        if (!url.startsWith('file:')) continue;
        const file = fileURLToPath(url);
        if (path.dirname(file) !== path.resolve(folder)) continue;
        const places = called.get(file) ?? new Set();
        for (const { ranges } of functions) {
          if (ranges[0].count > 0) places.add(`${ranges[0].startOffset}-${ranges[0].endOffset}`);
        }
        called.set(file, places);
      }
    }
    return called;
  } finally {
    rmSync(coverage, { recursive: true, force: true });
  }
}

/**
 * The module with its called functions in parentheses. Methods have no place for any.
 * @param called where they are: `start-end`
 */
export function withEager(file, code, called) {
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const isCalled = ({ start, end }) => end - start >= leastLength && called.has(`${start}-${end}`);
  const declarations = new Set(program.body.filter((node) => node.type === 'FunctionDeclaration' && isCalled(node)));
  const hoisted = [...declarations].map((node) => `${node.id.name}=(${textOf(node)})`);
  const rest = textOf(program);
  return hoisted.length === 0 ? rest : `var ${hoisted.join(',\n')};\n${rest}`;

  function textOf(node) {
    let text = '';
    let at = node.start;
    for (const inner of within(node)) {
      text += code.slice(at, inner.start);
      if (!declarations.has(inner)) text += `(${textOf(inner)})`;
      at = inner.end;
    }
    return text + code.slice(at, node.end);
  }

  /** What is changed within a node, in the order of the text, but for what is within that. */
  function within(node) {
    return childrenOf(node).flatMap((child) => {
      const changes = declarations.has(child) || (isExpression(child, node) && isCalled(child));
      return changes ? [child] : within(child);
    });
  }
}

function isExpression({ type }, parent) {
  if (type !== 'FunctionExpression' && type !== 'ArrowFunctionExpression') return false;
  const isMethod =
    parent.type === 'MethodDefinition' || (parent.type === 'Property' && (parent.method || parent.kind !== 'init'));
  return !isMethod;
}

function childrenOf(node) {
  return Object.values(node)
    .flat()
    .filter((child) => typeof child?.type === 'string')
    .sort((a, b) => a.start - b.start);
}
