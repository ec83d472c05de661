#!/usr/bin/env node
/** The command line: commands, their exit codes, and what becomes of errors. */
import { type CAC, type Command, cac } from 'cac';
import { commandOf, protectArguments } from './arguments.js';
import { keepOwnCode } from './code-cache.js';
import { addCache } from './commands/cache.js';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion.js';
import { addDiff } from './commands/diff.js';
import { addDraw } from './commands/draw.js';
import { addExplain, explainGroups } from './commands/explain.js';
import { addExtract } from './commands/extract.js';
import { addFix } from './commands/fix.js';
import { addInit } from './commands/init.js';
import { addInspect } from './commands/inspect.js';
import { addRules } from './commands/rules.js';
import { addRun, runGroups } from './commands/run.js';
import { addView } from './commands/view.js';
import { afterOutput, watchOutput } from './failed-output.js';
import { addHelp } from './help.js';
import { withCommand } from './invocation.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { version } from './version.js';

function createCli(): CAC {
  const cli = cac('unstride');
  addCheck(cli);
  addInspect(cli);
  addExplain(cli);
  addRun(cli);
  addDraw(cli);
  addView(cli);
  addExtract(cli);
  addFix(cli);
  addRules(cli);
  addDiff(cli);
  addInit(cli);
  addCache(cli);
  addCompletion(cli);
  // What it does is in invocation.ts.
  cli.command('help [command]', 'Print this text, or explain a command');
  // What --no-… switches off is on without it, which no help needs to say.
  for (const { options } of cli.commands)
    for (const option of options) if (option.negated) delete option.config.default;
  addHelp(
    cli,
    new Map([
      ['explain', explainGroups],
      ['run', runGroups],
    ]),
  );
  cli.usage('<command or model> [options]');
  cli.version(version());
  cli.example('  $ unstride model.onnx');
  cli.example('  $ unstride check model.onnx');
  cli.example('  $ unstride inspect model.onnx --dim H=256,W=256');
  cli.example('  $ unstride run model.onnx --input picture.png');
  return cli;
}

async function main(given: readonly string[]): Promise<ExitCode> {
  keepOwnCode(given);
  const cli = createCli();
  let args = given;
  try {
    args = await withCommand(cli, given);
    cli.parse(['node', 'unstride', ...protectArguments(cli, args)], { run: false });
    if (cli.options['help'] !== undefined) return exitCodes.done;
    if (cli.options['version'] !== undefined) {
      // cac itself answers only where no command is given.
      if (cli.matchedCommandName !== undefined) cli.outputVersion();
      return exitCodes.done;
    }
    if (cli.matchedCommand === undefined) throw new UsageError('no command is given', 'unstride --help lists them');
    checkCount(cli.matchedCommand, cli.args);
    return (await cli.runMatchedCommand()) as ExitCode;
  } catch (error) {
    const { reportFailure } = await import('./failure.js');
    return reportFailure(error, { command: commandOf(cli, args)?.name, isJson: wantsJson(args) });
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

watchOutput();
/** Settled when the command has done what it does. The package has this module as a function, which cannot wait itself. */
export const ended: Promise<void> = main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
// Writes to a pipe end later, and may fail then.
process.once('beforeExit', (code) => {
  process.exitCode = afterOutput(code as ExitCode);
});
