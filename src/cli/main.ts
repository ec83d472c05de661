#!/usr/bin/env node
/** The command line: commands, their exit codes, and what becomes of errors. */
import { type CAC, type Command, cac } from 'cac';
import { type Diagnostic, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import { withMemoryExplained } from '../runtime/stop.js';
import { commandOf, protectArguments } from './arguments.js';
import { addCheck } from './check.js';
import { addDiff } from './diff.js';
import { addExtract } from './extract.js';
import { addFix } from './fix.js';
import { addHelp } from './help.js';
import { addInspect } from './inspect.js';
import { writeDiagnostics, writeFailureJson } from './output.js';
import { addRules } from './rules.js';
import { addRun, runGroups } from './run/command.js';
import { colorsFor } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { version } from './version.js';

function createCli(): CAC {
  const cli = cac('unstride');
  addCheck(cli);
  addInspect(cli);
  addRun(cli);
  addExtract(cli);
  addFix(cli);
  addRules(cli);
  addDiff(cli);
  // What --no-… switches off is on without it, which no help needs to say.
  for (const { options } of cli.commands)
    for (const option of options) if (option.negated) delete option.config.default;
  addHelp(cli, new Map([['run', runGroups]]));
  cli.version(version());
  cli.example('  $ unstride check model.onnx');
  cli.example('  $ unstride inspect model.onnx --dim H=256,W=256');
  cli.example('  $ unstride run model.onnx --input picture.png');
  return cli;
}

async function main(args: readonly string[]): Promise<ExitCode> {
  const cli = createCli();
  try {
    cli.parse(['node', 'unstride', ...protectArguments(cli, args, ['check'])], { run: false });
    if (cli.options['help'] !== undefined) return exitCodes.done;
    if (cli.options['version'] !== undefined) {
      // cac itself answers only where no command is given.
      if (cli.matchedCommandName !== undefined) cli.outputVersion();
      return exitCodes.done;
    }
    if (cli.matchedCommand === undefined) {
      const [command] = cli.args;
      if (command !== undefined) throw new UsageError(`unknown command '${command}'`, commandsHint(cli));
      cli.outputHelp();
      return exitCodes.usage;
    }
    checkCount(cli.matchedCommand, cli.args);
    return (await cli.runMatchedCommand()) as ExitCode;
  } catch (error) {
    return report(error, commandOf(cli, args), wantsJson(args));
  }
}

/** As many arguments as the command takes. */
function checkCount({ args, name, rawName }: Command, given: readonly string[]): void {
  const usage = `usage: unstride ${rawName}`;
  const missing = args.find(({ required }, i) => required && i >= given.length);
  if (missing !== undefined) throw new UsageError(`${name} is given no <${missing.value}>`, usage);
  const extra = args.some(({ variadic }) => variadic) ? undefined : given[args.length];
  if (extra !== undefined) throw new UsageError(`${name} is given '${extra}' beyond what it takes`, usage);
}

function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, i) => arg === '--json' || arg === '--format=json' || (arg === '--format' && args[i + 1] === 'json'),
  );
}

function commandsHint(cli: CAC): string {
  return `the commands are ${cli.commands.map(({ name }) => name).join(', ')}`;
}

function report(error: unknown, command: Command | undefined, isJson: boolean): ExitCode {
  const colors = colorsFor(process.stderr);
  if (error instanceof UsageError || (error instanceof Error && error.name === 'CACError')) {
    const hint = error instanceof UsageError ? error.hint : undefined;
    process.stderr.write(
      `${colors.red(colors.bold('error'))} ${error.message}${hint === undefined ? '' : `; ${hint}`}\n`,
    );
    process.stderr.write(`see unstride${command === undefined ? '' : ` ${command.name}`} --help\n`);
    return exitCodes.usage;
  }
  const diagnostics = diagnosticsOf(error);
  if (diagnostics !== undefined) {
    if (isJson) writeFailureJson(diagnostics);
    writeDiagnostics(diagnostics);
    return exitCodes.fault;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`${colors.red(colors.bold('internal error'))} ${message}\n`);
  process.stderr.write(
    `this is a fault of unstride, not of your model: please report it with the command that you ran\n`,
  );
  if (process.env['UNSTRIDE_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else process.stderr.write('UNSTRIDE_DEBUG=1 shows where it happened\n');
  return exitCodes.internal;
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] | undefined {
  const explained = withMemoryExplained(error);
  if (explained instanceof ModelError) return explained.diagnostics;
  if (explained instanceof ProblemError) return [diagnostic(explained.problem)];
  return undefined;
}

/** Whoever read the output has seen enough (`| head`). */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
