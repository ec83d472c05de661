import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.js';
import { useCli } from '../support/cli.js';

const schemas = path.join(import.meta.dirname, '..', '..', 'schemas');

describe('unstride rules', () => {
  const cli = useCli('rules');

  it('lists every code with its severity and title', () => {
    const { code, stdout, stderr } = cli.run(['rules']);
    expect([code, stderr]).toEqual([0, '']);
    const [titles, ...lines] = stdout.trimEnd().split('\n');
    expect(titles).toMatch(/^code +severity +fix +what$/);
    expect(lines).toHaveLength(Object.keys(catalogue).length);
    expect(lines).toContain('US1203  error          the shapes to concatenate do not fit');
    expect(lines).toContain('US1407  warning   yes  an odd padding is split differently by tools');
  });

  it('prints the page of a code, whatever its case', () => {
    const { code, stdout } = cli.run(['rules', 'us1203']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^US1203 the shapes to concatenate do not fit\n\nSeverity: error\.\n/);
    expect(stdout).not.toMatch(/^#|`|\*\*/m);
    expect(stdout).toContain('Concat');
    expect(cli.run(['rules', 'US1203', 'US1407']).stdout).toContain('\nUS1407 an odd padding');
  });

  it('names similar codes where there is none', () => {
    const { code, stdout, stderr } = cli.run(['rules', 'US1999']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("there is no code 'US1999'; unstride rules lists them");
    expect(cli.run(['rules', 'US1699']).stderr).toContain('US1601, US1602');
  });

  it('writes JSON by its schema', () => {
    const { code, stdout } = cli.run(['rules', '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { rules: { code: string; fixable: boolean; meaning: string }[] };
    const validate = new Ajv2020().compile(JSON.parse(readFileSync(path.join(schemas, 'rules.schema.json'), 'utf8')));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document.rules.map((rule) => rule.code)).toEqual(Object.keys(catalogue).sort());
    expect(document.rules.filter(({ fixable }) => fixable).map((rule) => rule.code)).toContain('US1501');
  });
});
