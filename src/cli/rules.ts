/** `unstride rules`: every code, or the page of one. */

import { catalogue } from '../diagnostics/catalogue.js';
import type { DiagnosticCode } from '../diagnostics.js';
import { codes, explanationOf } from '../report/pages.js';
import { renderPage } from '../report/rule-page.js';
import { textTable } from '../report/text-table.js';
import { isFixable } from '../rules/fixes/index.js';
import { isFlagSet } from './arguments.js';
import { writeJson, writeLines } from './output.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

export function listRules(wanted: readonly string[], options: Readonly<Record<string, unknown>>): ExitCode {
  const chosen = wanted.map(parseCode);
  const listed = chosen.length === 0 ? codes : chosen;
  if (isFlagSet(options['json'])) {
    writeJson({
      ok: true,
      rules: listed.map((code) => ({
        code,
        ...catalogue[code],
        fixable: isFixable(code),
        ...explanationOf(code),
      })),
    });
  } else writeLines(process.stdout, chosen.length === 0 ? table() : chosen.map(page).join('\n'));
  return exitCodes.done;
}

/** The code as in the catalog. @throws UsageError naming the codes of the same block */
export function parseCode(text: string): DiagnosticCode {
  const code = text.trim().toUpperCase();
  const found = codes.find((item) => item === code);
  if (found !== undefined) return found;
  const similar = codes.filter((item) => item.slice(0, 4) === code.slice(0, 4));
  throw new UsageError(
    `there is no code '${text}'`,
    similar.length === 0 ? 'unstride rules lists them' : `those that begin like it are ${similar.join(', ')}`,
  );
}

function table(): string {
  const colors = colorsFor(process.stdout);
  const columns = [{ title: 'code' }, { title: 'severity' }, { title: 'fix' }, { title: 'what', shrinkTo: 20 }];
  const rows = codes.map((code) => {
    const { severity, title } = catalogue[code];
    return [code, severity, isFixable(code) ? 'yes' : '', title];
  });
  const [titles = '', ...lines] = textTable(columns, rows, widthOf(process.stdout));
  return `${[colors.bold(titles), ...lines].join('\n')}\n`;
}

/** The page, in lines that are easy to read where they go to no terminal. */
function page(code: DiagnosticCode): string {
  const width = Math.min(widthOf(process.stdout) ?? pageWidth, pageWidth);
  return renderPage(code, explanationOf(code), { colors: colorsFor(process.stdout), width });
}

const pageWidth = 90;
