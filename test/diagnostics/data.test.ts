/** Problems as data: what each is defined with, the schema that is made of it, and the words. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.js';
import type { FieldKind } from '../../src/diagnostics/problem.js';
import type { DataFields } from '../../src/diagnostics.js';
import { symbol } from '../../src/ir/dim.js';
import { diagnosticDataSchema, formatSchema } from '../support/diagnostic-data-schema.js';
import { type ProblemDefinition, problemDefinitions } from '../support/problem-definitions.js';

const root = path.join(import.meta.dirname, '..', '..');
const codes = Object.keys(catalogue);
let definitions: readonly ProblemDefinition[];

beforeAll(async () => {
  definitions = await problemDefinitions();
});

it('the schema is what problems are defined with', async () => {
  const file = path.join(root, 'schemas', 'diagnostic-data.schema.json');
  await expect(formatSchema(diagnosticDataSchema(definitions))).toMatchFileSnapshot(file);
});

it('each code is stated somewhere, and nothing else is', () => {
  expect([...new Set(definitions.map(({ code }) => code))].sort()).toEqual(codes.sort());
});

it('problems are made by definitions alone', () => {
  const source = path.join(root, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const byHand = files.filter((file) => /code: 'US\d+',\s*message/.test(readFileSync(path.join(source, file), 'utf8')));
  expect(byHand).toEqual([]);
});

it('each code is raised by a test', () => {
  const tests = path.join(root, 'test');
  const texts = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('data.test.ts'))
    .map((file) => readFileSync(path.join(tests, file), 'utf8'))
    .join('\n');
  expect(codes.filter((code) => !texts.includes(code))).toEqual([]);
});

/** Without the arrow that tells a function printed by mistake. */
const text = fc.string({ minLength: 1, maxLength: 8 }).map((value) => value.replaceAll('>', '<'));
const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });
const size = fc.oneof(
  fc.nat(),
  fc.constantFrom('H', 'W').map((name) => symbol(name)),
);
/** Of one length: some lists go together, an entry each. */
const list = <T>(items: fc.Arbitrary<T>) => fc.array(items, { minLength: 2, maxLength: 2 });
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  boolean: fc.boolean(),
  integer,
  bigint: fc.bigInt(),
  number: fc.double(),
  size,
  shape: list(size),
  strings: list(text),
  integers: list(integer),
  numbers: list(fc.double()),
  shapes: list(list(size)),
};

function arbitraryOf(kind: FieldKind): fc.Arbitrary<unknown> {
  if (typeof kind !== 'string') return fc.constantFrom(...kind);
  const value = values[kind.replace(/\?$/, '')]!;
  return kind.endsWith('?') ? fc.option(value, { nil: undefined }) : value;
}

function dataOf(fields: DataFields): fc.Arbitrary<object> {
  return fc.record(Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, arbitraryOf(kind)])));
}

describe('whatever the data', () => {
  it('it is as the schema says, and the words are there', () => {
    const validate = new Ajv2020({ strict: false }).compile(diagnosticDataSchema(definitions));
    for (const definition of definitions) {
      const { code, fields } = definition;
      fc.assert(
        fc.property(dataOf(fields), (data) => {
          const problem = definition.state(data);
          validate(JSON.parse(JSON.stringify(problem)));
          expect(validate.errors ?? []).toEqual([]);
          expect(problem).toMatchObject({ code, message: expect.stringMatching(/./) });
          const { data: _, ...words } = problem;
          expect(JSON.stringify(words)).not.toMatch(/\[object |\bundefined\b|=> /);
        }),
        { numRuns: 3 },
      );
    }
  });
});
