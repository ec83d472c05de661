/** schemas/diagnostic-data.schema.json, from the fields that problems are defined with. */
import type { FieldKind } from '../../src/diagnostics/problem.js';
import type { ProblemDefinition } from './problem-definitions.js';

const list = (items: object) => ({ type: 'array', items });
const size = { $ref: '#/$defs/size' };
const shape = { $ref: '#/$defs/shape' };

const kinds: Readonly<Record<string, object>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  bigint: { type: ['integer', 'string'], description: 'A text beyond 2^53.' },
  number: { type: ['number', 'string'], description: 'A text where it is infinite or no number.' },
  size,
  shape,
  strings: list({ type: 'string' }),
  integers: list({ type: 'integer' }),
  numbers: list({ type: ['number', 'string'] }),
  shapes: list(shape),
};

export function fieldSchema(kind: FieldKind): object {
  if (typeof kind !== 'string') return { enum: kind };
  const schema = kinds[kind.replace(/\?$/, '')];
  if (schema === undefined) throw new Error(`no schema for the kind '${kind}'`);
  return schema;
}

function dataSchema({ fields }: ProblemDefinition): object {
  const entries = Object.entries(fields);
  const required = entries.filter(([, kind]) => typeof kind !== 'string' || !kind.endsWith('?')).map(([name]) => name);
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(entries.length > 0 && {
      properties: Object.fromEntries(entries.map(([name, kind]) => [name, fieldSchema(kind)])),
    }),
  };
}

/** The schema of a diagnostic whose data is held to what its code has. */
export function diagnosticDataSchema(definitions: readonly ProblemDefinition[]): object {
  const byCode = new Map<string, Map<string, object>>();
  for (const definition of definitions) {
    const schema = dataSchema(definition);
    const forms = byCode.get(definition.code) ?? new Map<string, object>();
    byCode.set(definition.code, forms.set(JSON.stringify(schema), schema));
  }
  const codes = [...byCode].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: "The data of unstride's diagnostics",
    description:
      'A diagnostic of a report, with the facts that its words are made of. A code that is stated in several situations has one of several forms. Long texts and lists are cut.',
    type: 'object',
    required: ['code', 'data'],
    properties: { code: { enum: codes.map(([code]) => code) }, data: { type: 'object' } },
    allOf: codes.map(([code]) => ({
      if: { properties: { code: { const: code } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
      then: { properties: { data: { $ref: `#/$defs/${code}` } } },
    })),
    $defs: {
      size: {
        description: 'A number, or an expression in open sizes: 2*H, floor(H/16), max(H, 16).',
        oneOf: [{ type: 'integer' }, { type: 'string', minLength: 1 }],
      },
      shape: list(size),
      ...Object.fromEntries(codes.map(([code, forms]) => [code, formsSchema(forms)])),
    },
  };
}

/** @param forms by their text, in whose order they come: modules may be loaded in any */
function formsSchema(forms: ReadonlyMap<string, object>): object {
  const [first, ...others] = [...forms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, form]) => form);
  return others.length === 0 ? first! : { anyOf: [first, ...others] };
}

/** As the formatter writes JSON: lists of texts on one line where it is short enough. */
export function formatSchema(schema: object): string {
  const text = JSON.stringify(schema, null, 2);
  const short = text.replace(/^( *)(.*)\[\n\s+("[^[\]{}]*")\n\s+\](,?)$/gm, (whole, indent, key, items, comma) => {
    const line = `${indent}${key}[${items.replace(/,\n\s+/g, ', ')}]${comma}`;
    return line.length <= 120 ? line : whole;
  });
  return `${short}\n`;
}
