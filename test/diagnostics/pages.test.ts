/** Pages stand in the room whose checks state their codes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.js';
import { pagesByRoom } from '../../src/report/pages.js';
import { rules } from '../../src/rules/index.js';

const source = path.join(import.meta.dirname, '..', '..', 'src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('pages.ts') && file !== 'diagnostics/catalogue.ts');
const texts = new Map(files.map((file) => [file, readFileSync(path.join(source, file), 'utf8')]));

/** The files that define a problem of the code. */
function definersOf(code: string): string[] {
  return files.filter((file) => new RegExp(`(defineProblem\\(\\s*|code: )'${code}'`).test(texts.get(file)!));
}

const pages = Object.entries(pagesByRoom).flatMap(([room, list]) => Object.keys(list).map((code) => ({ code, room })));
/** They state what other rooms know; a page of such a code stands with those. */
const callers = /^(cli|remedies)\/|^check\.ts$/;

describe('pages', () => {
  it.each(pages)('of $code stands in $room, where it is stated', ({ code, room }) => {
    const definers = definersOf(code);
    expect(definers).not.toEqual([]);
    const knowing = definers.filter((file) => !callers.test(file));
    if (knowing.length > 0) expect(knowing.some((file) => file.startsWith(`${room}/`))).toBe(true);
  });

  it('are there for each code once', () => {
    const all = [...pages.map(({ code }) => code), ...rules.map(({ code }) => code)];
    expect(all.toSorted()).toEqual(Object.keys(catalogue).toSorted());
  });

  it('are read by the command line alone, so no page in a browser loads their text', () => {
    const readers = files.filter((file) => /from '[^']*\/pages\.js'/.test(texts.get(file)!));
    expect(readers.sort()).toEqual(['cli/rules.ts', 'report/rule-facts.ts']);
  });
});
