/** What stating a diagnostic takes of the catalogue. In bundles scripts/packed-data.js computes it: titles are for reports alone. */
import { catalogue, type Severity } from './catalogue.js';

const codesOf = (severity: Severity): string =>
  Object.entries(catalogue)
    .filter(([, entry]) => entry.severity === severity)
    .map(([code]) => code)
    .join(' ');

/** The codes that are no errors. */
export const warnings = codesOf('warning');
export const infos = codesOf('info');
