/**
 * The configuration file: which models there are and what is expected of them. `schemas/config.schema.json` describes
 * the same for editors.
 */
import type { Severity } from '../diagnostics.js';
import { parseTarget, type Target, targetHint } from '../runtimes/target.js';
import { parseBytes, parseCount } from './amount.js';
import { defaultConfig, defaultLock, severities } from './config-defaults.js';
import { codeFault, type RuleSettings } from './rules.js';
import { parseShapePattern, type ShapePattern, ShapePatternError } from './shape-pattern.js';
import { type ConfigIssue, type Item, YamlReader } from './yaml-reader.js';

export interface ExpectedShape {
  readonly pattern: ShapePattern;
  /** The line in the configuration file. */
  readonly line: number;
}

/** Upper bounds; absent ones are not checked. */
export interface Budgets {
  readonly parameters?: number;
  /** Multiply-accumulate operations. */
  readonly macs?: number;
  /** Peak memory of activations in bytes. */
  readonly peakActivationMemory?: number;
}

/** What is expected of the models that `files` match. */
export interface ModelContract {
  readonly files: readonly string[];
  /** The line in the configuration file. */
  readonly line: number;
  /** Sizes for the model's symbols. */
  readonly dims: ReadonlyMap<string, number>;
  readonly inputs: ReadonlyMap<string, ExpectedShape>;
  readonly outputs: ReadonlyMap<string, ExpectedShape>;
  /** By name: inner values, or nodes, which stand for their first outputs. */
  readonly values: ReadonlyMap<string, ExpectedShape>;
  readonly rules: RuleSettings;
  readonly budgets: Budgets;
  /** Runtimes that are to load and run the models; undefined: those of the whole configuration. */
  readonly runtimes: readonly Target[] | undefined;
  /** Patterns for the names of inner values that the lock file contains; undefined for all that have a name. */
  readonly lockValues: readonly string[] | undefined;
}

export interface Config {
  readonly rules: RuleSettings;
  /** The lowest severity that fails a check. */
  readonly failOn: Severity;
  /** Paths, relative to the configuration file. */
  readonly baseline: string | undefined;
  readonly lock: string;
  /** Runtimes that are to load and run the models. */
  readonly runtimes: readonly Target[];
  readonly models: readonly ModelContract[];
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly issues: readonly ConfigIssue[]) {
    super(issues.map(({ path, expected }) => `${path}: expected ${expected}`).join('\n'));
  }
}

/** @throws ConfigError with everything that is wrong with the text */
export function parseConfig(text: string): Config {
  const parser = new ConfigParser(text);
  const config = parser.config();
  if (parser.issues.length > 0) throw new ConfigError(parser.issues);
  return config;
}

class ConfigParser {
  private readonly reader: YamlReader;

  constructor(text: string) {
    this.reader = new YamlReader(text);
  }

  get issues(): readonly ConfigIssue[] {
    return this.reader.issues;
  }

  config(): Config {
    const { reader } = this;
    // A text that is not YAML has no fields to check, and an empty one sets nothing.
    if (this.issues.length > 0 || reader.isAbsent(reader.root)) return defaultConfig;
    const fields = reader.fields(
      reader.root,
      ['$schema', 'failOn', 'select', 'ignore', 'severity', 'baseline', 'lock', 'runtimes', 'models'],
      'a mapping with failOn, ignore, models and so on',
    );
    return {
      rules: this.rules(fields),
      failOn: (fields.failOn && reader.oneOf(fields.failOn, severities)) ?? defaultConfig.failOn,
      baseline: fields.baseline && this.path(fields.baseline),
      lock: (fields.lock && this.path(fields.lock)) ?? defaultLock,
      runtimes: this.runtimes(fields.runtimes) ?? [],
      models: fields.models === undefined ? [] : reader.list(fields.models).map((entry) => this.model(entry)),
    };
  }

  private path(item: Item): string | undefined {
    const text = this.reader.text(item, 'a path');
    return text === '' ? this.reader.report(item, 'a path') : text;
  }

  private rules(fields: { readonly [K in 'select' | 'ignore' | 'severity']?: Item }): RuleSettings {
    const { select, ignore, severity } = fields;
    return {
      select: select && this.codes(select),
      ignore: ignore === undefined ? [] : this.codes(ignore),
      severity: new Map(
        (severity === undefined ? [] : (this.reader.entries(severity, 'severities by code') ?? [])).flatMap(
          ([code, item]) => {
            this.checkCode({ ...item, node: undefined }, code);
            const level = this.reader.oneOf(item, [...severities, 'off']);
            return level === undefined ? [] : [[code, level] as const];
          },
        ),
      ),
    };
  }

  /** A list of codes, or a text of codes separated by commas. */
  private codes(item: Item): string[] {
    return this.reader.list(item).flatMap((entry) => {
      const text = this.reader.text(entry, 'a code such as US1203');
      const codes = text === undefined ? [] : text.split(',').map((code) => code.trim());
      for (const code of codes) this.checkCode(entry, code);
      return codes;
    });
  }

  private checkCode(item: Item, code: string): void {
    const fault = codeFault(code);
    if (fault !== undefined) this.reader.report(item, 'a code, or the beginning of one', `'${code}'`, fault.hint);
  }

  private model(item: Item): ModelContract {
    const { reader } = this;
    const before = this.issues.length;
    const fields = reader.fields(
      item,
      [
        'files',
        'dims',
        'inputs',
        'outputs',
        'values',
        'select',
        'ignore',
        'severity',
        'budgets',
        'runtimes',
        'lockValues',
      ],
      'a mapping with files, inputs, outputs and so on',
    );
    if (fields.files === undefined && this.issues.length === before) {
      reader.report(item, "'files': which models this is about", 'a mapping without it');
    }
    return {
      files: fields.files === undefined ? [] : this.texts(fields.files, 'a path or a pattern such as models/*.onnx'),
      line: reader.positionOf(item).line,
      dims: this.dims(fields.dims),
      inputs: this.shapes(fields.inputs),
      outputs: this.shapes(fields.outputs),
      values: this.shapes(fields.values),
      rules: this.rules(fields),
      budgets: this.budgets(fields.budgets),
      runtimes: this.runtimes(fields.runtimes),
      lockValues: fields.lockValues && this.texts(fields.lockValues, 'a name or a pattern such as up*'),
    };
  }

  private runtimes(item: Item | undefined): Target[] | undefined {
    const expected = 'a runtime such as onnxruntime@1.16 or onnxruntime-web:webgpu';
    return (
      item &&
      this.reader.list(item).flatMap((entry) => {
        const text = this.reader.text(entry, expected);
        if (text === undefined) return [];
        return parseTarget(text) ?? this.reader.report(entry, expected, `'${text}'`, targetHint(text)) ?? [];
      })
    );
  }

  private texts(item: Item, expected: string): string[] {
    return this.reader.list(item).flatMap((entry) => {
      const text = this.reader.text(entry, expected);
      if (text === '') this.reader.report(entry, expected);
      return text === undefined ? [] : [text];
    });
  }

  private dims(item: Item | undefined): Map<string, number> {
    const dims = new Map<string, number>();
    if (item === undefined) return dims;
    for (const [name, entry] of this.reader.entries(item, 'sizes by name, for example {H: 256, W: 256}') ?? []) {
      const value = this.reader.scalar(entry);
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) dims.set(name, value);
      else this.reader.report(entry, 'a whole number of at least 1');
    }
    return dims;
  }

  private shapes(item: Item | undefined): Map<string, ExpectedShape> {
    const shapes = new Map<string, ExpectedShape>();
    if (item === undefined) return shapes;
    for (const [name, entry] of this.reader.entries(item, 'shapes by name, for example {logits: "1,21,H,W"}') ?? []) {
      const pattern = this.shape(entry);
      if (pattern !== undefined) shapes.set(name, { pattern, line: this.reader.positionOf(entry).line });
    }
    return shapes;
  }

  private shape(item: Item): ShapePattern | undefined {
    const { reader } = this;
    const expected = 'a shape such as "1,21,H,W"';
    const sizes = reader.isList(item) ? reader.list(item).map((entry) => reader.text(entry, 'a size')) : undefined;
    if (sizes?.includes(undefined) === true) return undefined;
    const text = sizes === undefined ? reader.text(item, expected) : `[${sizes.join(',')}]`;
    if (text === undefined) return undefined;
    try {
      return parseShapePattern(text);
    } catch (error) {
      if (error instanceof ShapePatternError) return reader.report(item, expected, `'${text}'`, error.message);
      throw error;
    }
  }

  private budgets(item: Item | undefined): Budgets {
    if (item === undefined) return {};
    const fields = this.reader.fields(
      item,
      ['parameters', 'macs', 'peakActivationMemory'],
      'budgets, for example {parameters: 31M}',
    );
    const amount = (field: Item | undefined, parse: (text: string) => number | undefined, expected: string) => {
      if (field === undefined) return undefined;
      const text = this.reader.text(field, expected);
      if (text === undefined) return undefined;
      return parse(text) ?? this.reader.report(field, expected);
    };
    const parameters = amount(fields.parameters, parseCount, 'a count such as 31000000 or 31M');
    const macs = amount(fields.macs, parseCount, 'a count such as 12.5G');
    const peak = amount(fields.peakActivationMemory, parseBytes, 'a number of bytes, for example 512MiB');
    return {
      ...(parameters !== undefined && { parameters }),
      ...(macs !== undefined && { macs }),
      ...(peak !== undefined && { peakActivationMemory: peak }),
    };
  }
}
