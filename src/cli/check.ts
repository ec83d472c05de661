/** `unstride check`: are the models sound, for which sizes, and are they what was agreed. */
import path from 'node:path';
import { severities } from '../contract/config-defaults.js';
import { codeFault, type RuleSettings } from '../contract/rules.js';
import type { Severity } from '../diagnostics.js';
import { parseTarget, type Target, targetHint } from '../runtimes/target.js';
import { allTexts, isFlagSet, oneText, stdinArgument } from './arguments.js';
import { BaselineState } from './baseline-state.js';
import { parseFormat, parseOutputs, writeReport } from './check-output.js';
import { runCheck } from './check-run.js';
import { type CheckFormat, checkFormats, defaultBaseline } from './commands/choices.js';
import { type LoadedConfig, loadConfig } from './config-file.js';
import { parseDims } from './dims.js';
import { reportFailure } from './failure.js';
import { LockState } from './lock-state.js';
import { writeStderr } from './output.js';
import { startProgress } from './progress.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { watchedPlaces, watchFiles } from './watch.js';

export async function check(args: readonly string[], options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
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
  const runtimes = readTargets(options['runtime']);
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
  const report = await runCheck(
    { args, dims, config, rules, failOn, lock, baseline, isSummedUp, runtimes },
    progress,
  ).finally(() => progress.stop());
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

function readTargets(option: unknown): Target[] {
  return allTexts(option).map((text) => {
    const target = parseTarget(text);
    if (target === undefined) throw new UsageError(`--runtime ${text} is no runtime`, targetHint(text));
    return target;
  });
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
