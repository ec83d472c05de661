// Files of declarations as tsc writes them, in statements: which names each declares, takes from elsewhere and mentions.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const declared =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:const enum|enum|function|class|interface|type|const|let|namespace) ([\w$]+)/;
const fromElsewhere = /^(import|export) (?:type )?(\*(?: as ([\w$]+))?|\{[\s\S]*\}) from '([^']+)';$/;
const listed = /^export (?:type )?\{([\s\S]*)\};$/;
const inline = /\bimport\(['"](\.[^'"]+)\.js['"]\)\.([\w$]+)/g;

/**
 * @returns `statements` in order, each with its `text` and either the names that it takes from `target` (`links`, from the name
 * here to the name there, which is `*` for all), or the `name` that it declares and the names that it mentions
 */
export function readDeclarations(folder, file) {
  // tsc writes what is said of one type of a union at the margin, where it would begin a statement.
  const text = readFileSync(path.join(folder, file), 'utf8')
    .replaceAll('\r\n', '\n')
    .replace(/^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?= *[|&{])/gm, '');
  return statementsOf(text).map((statement) => describe(statement, file));
}

/** A statement begins at the margin, or with the comment above it. */
function statementsOf(text) {
  const statements = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const begins = /^[^\s{})\]|&>*]/.test(line);
    if (begins && !isOpen) statements.push(line);
    else if (statements.length > 0) statements.push(`${statements.pop()}\n${line}`);
    // What comes after a comment belongs to it.
    isOpen = begins ? /^\/\*/.test(line) : isOpen && !/^[^\s*]/.test(line);
  }
  return statements.map((statement) => statement.trimEnd()).filter((statement) => statement !== '');
}

function describe(text, file) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').trim();
  const at = (target) => path.posix.join(path.posix.dirname(file), target.replace(/\.js$/, '.d.ts'));
  const link = fromElsewhere.exec(code);
  if (link !== null) {
    const [, kind, what, space, target] = link;
    const links = what.startsWith('{') ? namesIn(what.slice(1, -1)) : [{ here: space ?? '*', there: '*' }];
    return {
      text: code,
      kind,
      links,
      isType: /^\w+ type /.test(code),
      source: target,
      target: target.startsWith('.') ? at(target) : undefined,
    };
  }
  const list = listed.exec(code);
  if (list !== null) return { text: code, kind: 'list', links: namesIn(list[1]) };
  const words = code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '');
  return {
    text,
    kind: 'declaration',
    name: /^export default\b/.test(code) ? 'default' : declared.exec(code)?.[1],
    mentions: new Set(words.match(/[\w$]+/g)),
    inline: [...code.matchAll(inline)].map(([, target, name]) => ({ target: at(`${target}.js`), name })),
  };
}

/** `a`, `type b as c`: in an import `b` is the name there and `c` that here, in an export the other way round. */
function namesIn(list) {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [, type, there, here = there] = /^(type )?(\S+)(?: as (\S+))?$/.exec(item);
      return { there, here, isType: type !== undefined };
    });
}
