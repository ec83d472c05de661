/** One word, one meaning: words that the project has others for are in no source, document or help text. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');

interface Forbidden {
  readonly pattern: RegExp;
  readonly reason: string;
}

const forbidden: readonly Forbidden[] = [
  {
    pattern:
      /colour|centre[ds]?\b|centring|\bgrey|neighbour|artefact|behaviour|favour|honour|labell(?:ed|ing)|modelled/i,
    reason: 'American spelling: color, center, gray, neighbor, artifact, behavior, labeled, modeled',
  },
  {
    pattern:
      /(?:initial|normal|quant|serial|summar|vector|optim|minim|maxim|organ|recogn|general|special|character)is(?:e(?:[ds]|rs?)?\b|ing\b|ation)/i,
    reason: 'American spelling: -ize, -ization',
  },
  { pattern: /\banalyse[ds]?\b|\bcancelled\b/i, reason: 'American spelling: analyze, canceled' },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, reason: 'a finding is fixed' },
  { pattern: /\bunless told\b/i, reason: 'write (default: …)' },
  { pattern: /\bmakers?(?:Of)?\b/, reason: 'the node that a value comes from is its producer' },
  { pattern: /\bbehind\b/i, reason: 'in a graph and in time it is after' },
  { pattern: /\binner layout\b/i, reason: 'the layout is padded channels-last (NHWC8)' },
];

/** Other senses, by the text that has them. */
const allowed = [
  // An attribute of HTML and SVG.
  'aria-labelledby',
  // Of files that programs leave somewhere.
  'left behind',
  'leaves behind',
  // ARIA's own spelling.
  'aria-labelledby',
];

const files = execFileSync('git', ['ls-files', 'src', 'docs', 'schemas', 'examples', '*.md', 'action.yml'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(?:ts|js|md|json|yml)$/.test(file) && !file.startsWith('src/onnx/generated/'))
  .filter((file) => existsSync(path.join(root, file)));

/** `src/cli`, `src/check.ts`, `docs/rules`. */
function roomOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

function faultsIn(file: string): string[] {
  return readFileSync(path.join(root, file), 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const rest = allowed.reduce((text, words) => text.replaceAll(words, ''), line);
      return forbidden
        .filter(({ pattern }) => pattern.test(rest))
        .map(({ pattern, reason }) => `${file}:${i + 1}: '${pattern.exec(rest)?.[0]}': ${reason}`);
    });
}

it.each([...new Set(files.map(roomOf))])('%s', (room) => {
  expect(files.filter((file) => roomOf(file) === room).flatMap(faultsIn)).toEqual([]);
});
