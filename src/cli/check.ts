/** `unstride check`: are the models sound, for which sizes, and are they what was agreed. */
import path from 'node:path';
import type { CAC } from 'cac';
import { configNames, severities } from '../contract/config.js';
import { codeFault, type RuleSettings } from '../contract/rules.js';
import type { Severity } from '../diagnostics.js';
import { allTexts, isFlagSet, oneText, stdinArgument } from './arguments.js';
import { BaselineState, defaultBaseline } from './baseline-state.js';
import { type CheckFormat, checkFormats, parseFormat, parseOutputs, writeReport } from './check-output.js';
import { runCheck } from './check-run.js';
import { type LoadedConfig, loadConfig } from './config-file.js';
import { dimHelp, parseDims } from './dims.js';
import { reportFailure } from './failure.js';
import { LockState } from './lock-state.js';
import { writeStderr } from './output.js';
import { startProgress } from './progress.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { watchedPlaces, watchFiles } from './watch.js';

export function addCheck(cli: CAC): void {
  cli
    .command(
      'check [...models]',
      'Prove shapes, find the input sizes that are legal, report faults, and compare models with their contract',
    )
    .option('--dim <name=size>', dimHelp)
    .option(
      '--config <file>',
      `The configuration (default: the nearest ${configNames[0]}, .yml or .json, in the current folder or above it)`,
    )
    .option('--select <codes>', 'Report only findings whose code begins with one of these: US12,US1405')
    .option('--ignore <codes>', 'Leave out findings whose code begins with one of these: US16')
    .option(
      '--fail-on <severity>',
      'Lowest severity that makes a check fail: error, warning or info (default: warning)',
    )
    .option('--strict-sizes', 'Fail where it is not decided for all input sizes whether they are legal (US1218)')
    .option(
      '--baseline <file>',
      'Leave out findings that this file lists (default: the file that the configuration names)',
    )
    .option('--write-baseline', `Write all findings into the baseline: that file, or else ${defaultBaseline}`)
    .option('--update', 'Accept the shapes as they are now: write them into unstride.lock')
    .option('--summary', 'Say of each model what it is made of as well: its operators, parameters and MACs')
    .option('--quiet', 'Print only models that fail, and the line that sums up')
    .option('--watch', 'Check again whenever a model, its weights or the configuration changes')
    .option('--format <format>', `Format to print: ${checkFormats.join(', ')} (default: pretty)`)
    .option('--output <format=file>', 'Write a report to a file as well: sarif=unstride.sarif; repeatable')
    .option('--json', 'Short for --format json (schemas/check.schema.json)')
    .example('  $ unstride check model.onnx')
    .example('  $ unstride check model.onnx --dim H=572')
    .example("  $ unstride check models/ 'exports/*.onnx' --output sarif=unstride.sarif --output junit=unstride.xml")
    .example('  $ cat model.onnx | unstride check -')
    .example('  $ unstride check models/ --quiet')
    .example('')
    .example('  A folder stands for all .onnx files in it, - for a model on standard input.')
    .example('  Without models, those that the configuration names are checked.')
    .example('  Exit code: 0 nothing fails, 1 something does, 2 wrong usage, 3 a fault of unstride.')
    .action(check);
}

async function check(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  return isFlagSet(options['watch']) ? checkOnChanges(args, options) : checkOnce(args, options);
}

async function checkOnChanges(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  for (const name of ['update', 'writeBaseline'])
    if (isFlagSet(options[name])) throw new UsageError(`--watch does not go with --${kebabCase(name)}`);
  if (args.includes(stdinArgument)) throw new UsageError('--watch takes files, not standard input');
  const loaded = await loadConfig(oneText(options['config'], 'config'));
  const { config, file, folder } = loaded;
  const baseline = oneText(options['baseline'], 'baseline') ?? config.baseline;
  const others = [
    file,
    path.resolve(folder, config.lock),
    baseline === undefined ? undefined : path.resolve(folder, baseline),
  ].filter((item) => item !== undefined);
  const patterns = config.models.flatMap(({ files }) => files.map((pattern) => path.join(folder, pattern)));
  const places = await watchedPlaces(args.length === 0 ? patterns : args, others);
  return watchFiles(places, new Set(others.map((item) => path.resolve(item))), async () => {
    try {
      await checkOnce(args, options);
    } catch (error) {
      reportFailure(error, { command: 'check', isJson: false });
    }
  });
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function checkOnce(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const time = new Date();
  const format = readFormat(options);
  const outputs = parseOutputs(options['output']);
  const dims = parseDims(options['dim']);
  const rules = readRules(options);
  const isUpdating = isFlagSet(options['update']);
  if (isUpdating && dims.size > 0) {
    throw new UsageError(
      '--update with --dim would lock the shapes of these sizes only',
      "put them into the configuration's dims, or leave --dim out",
    );
  }
  const config = await loadConfig(oneText(options['config'], 'config'));
  const lock = await LockState.open(path.resolve(config.folder, config.config.lock), isUpdating);
  const baseline = await openBaseline(options, config);
  const failOn = readFailOn(options) ?? config.config.failOn;

  const isSummedUp = isFlagSet(options['summary']);
  const isQuiet = isFlagSet(options['quiet']);
  const progress = startProgress(process.stderr, isQuiet);
  const report = await runCheck({ args, dims, config, rules, failOn, lock, baseline, isSummedUp }, progress).finally(
    () => progress.stop(),
  );
  const written = await baseline?.write();
  await writeReport(report, { format, outputs, time, isQuiet });
  if (written !== undefined) {
    const findings = written.findings === 1 ? '1 finding' : `${written.findings} findings`;
    writeStderr(`wrote ${findings} to ${written.file}`);
  }
  return report.ok ? exitCodes.done : exitCodes.fault;
}

function readFormat(options: Readonly<Record<string, unknown>>): CheckFormat {
  const text = oneText(options['format'], 'format');
  const isJson = isFlagSet(options['json']);
  if (text === undefined) return isJson ? 'json' : 'pretty';
  const format = parseFormat(text, 'format', checkFormats);
  if (isJson && format !== 'json') throw new UsageError(`--json and --format ${format} exclude one another`);
  return format;
}

function readRules(options: Readonly<Record<string, unknown>>): RuleSettings {
  const codes = (name: 'select' | 'ignore') => {
    const list = allTexts(options[name]).flatMap((text) => text.split(',').map((code) => code.trim()));
    for (const code of list) {
      const fault = codeFault(code);
      if (fault !== undefined) throw new UsageError(`--${name}: ${fault.message}`, fault.hint);
    }
    return list;
  };
  const select = codes('select');
  const severity: RuleSettings['severity'] = new Map(isFlagSet(options['strictSizes']) ? [['US1218', 'error']] : []);
  return { select: select.length === 0 ? undefined : select, ignore: codes('ignore'), severity };
}

function readFailOn(options: Readonly<Record<string, unknown>>): Severity | undefined {
  const text = oneText(options['failOn'], 'fail-on');
  const severity = severities.find((item) => item === text);
  if (text !== undefined && severity === undefined) {
    throw new UsageError(`--fail-on ${text} is no severity`, `they are ${severities.join(', ')}`);
  }
  return severity;
}

async function openBaseline(
  options: Readonly<Record<string, unknown>>,
  { config, folder }: LoadedConfig,
): Promise<BaselineState | undefined> {
  const isWriting = isFlagSet(options['writeBaseline']);
  const configured = config.baseline === undefined ? undefined : path.resolve(folder, config.baseline);
  const file = oneText(options['baseline'], 'baseline') ?? configured ?? (isWriting ? defaultBaseline : undefined);
  return file === undefined ? undefined : BaselineState.open(file, isWriting);
}
