/** Writes the table of results into the README, between its markers. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from './report.js';
import { readResults } from './results.js';

const file = path.join(import.meta.dirname, '..', 'README.md');
const [begin, end] = ['<!-- bench -->', '<!-- /bench -->'];

const results = readResults();
if (results === undefined) throw new Error('no results: npm run bench');
const text = readFileSync(file, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}`);
writeFileSync(file, `${text.slice(0, from + begin.length)}\n${markdownTable(results)}\n${text.slice(to)}`);
