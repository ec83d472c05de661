/** The check report for a terminal: a line on each model, its findings, and a summary line at the end. */

import type { Colors } from 'picocolors/types.js';
import { catalogue } from '../diagnostics/catalogue.js';
import { printable } from '../diagnostics/printable.js';
import { formatNode, nodeLabel, type Severity } from '../diagnostics.js';
import { allFindings, type CheckedFile, type CheckReport, type LockReport } from './check.js';
import { bySeverity, isAtLeast, severityText, toneOf } from './diagnostics.js';
import type { Finding } from './finding.js';
import type { ValueReport } from './inspect.js';
import { describeValue, type TextOptions } from './inspect-text.js';
import { remarksOf } from './message.js';
import { summaryLines } from './model-summary.js';
import { lockChangeLines } from './pretty-lock.js';
import { runtimeText } from './runtime-text.js';
import { sizeTexts } from './size-texts.js';
import { wrapText } from './wrap.js';

export interface PrettyOptions extends TextOptions {
  /** Only models that fail, and the line that sums up. */
  readonly isQuiet?: boolean;
}

export function renderPretty(report: CheckReport, { colors, width, isQuiet = false }: PrettyOptions): string {
  const writer = new PrettyWriter(colors, width);
  const shown = isQuiet ? report.models.filter((model) => isFailed(model, report)) : report.models;
  const blocks = shown.map((model) => writer.model(model, report));
  if (report.findings.length > 0) blocks.push(writer.findings(report.findings, true));
  blocks.push([writer.summary(report)]);
  return `${join(blocks)}\n`;
}

/** Models without findings are printed on adjacent lines; longer blocks have blank lines around them. */
function join(blocks: readonly (readonly string[])[]): string {
  let text = '';
  blocks.forEach((lines, i) => {
    const isSpaced = i > 0 && (lines.length > 3 || blocks[i - 1]!.length > 3 || i === blocks.length - 1);
    text += `${i === 0 ? '' : isSpaced ? '\n\n' : '\n'}${lines.join('\n')}`;
  });
  return text;
}

const labelWidth = 10;

/** Longer lines are hard to read even on a wide terminal. */
const longestLine = 110;

/** The most inputs, or outputs, that are listed. */
const mostValues = 8;

/** Of many findings of one code in one model, so many are printed in full. */
const shownInFull = { error: 5, warning: 2, info: 0 } as const satisfies Record<Severity, number>;

class PrettyWriter {
  constructor(
    private readonly colors: Colors,
    private readonly width: number | undefined,
  ) {}

  model(model: CheckedFile, report: CheckReport): string[] {
    const { colors } = this;
    const { findings } = model;
    const mark = isFailed(model, report)
      ? colors.red('✗')
      : findings.some(({ severity }) => severity !== 'info')
        ? colors.yellow('!')
        : colors.green('✓');
    const lines = [`${mark} ${colors.bold(printable(model.file))}`];
    if (model.summary !== undefined)
      lines.push(...summaryLines(model.summary).flatMap(([label, text]) => this.paragraph(label, text)));
    if (model.isRead) lines.push(...this.interface(model), ...this.sizes(model), ...this.runtimes(model));
    lines.push(...this.lock(model.lock), ...this.suppressed(model));
    if (findings.length > 0) lines.push('', ...this.findings(findings, false));
    return lines;
  }

  /** `shapes image float32[N, 3, H, W] → logits …`; if that is too long, one line for each value. */
  private interface({ inputs, outputs }: CheckedFile): string[] {
    const line = [inputs, outputs].map((values) => values.map(named).join(', ')).join(' → ');
    const room = this.room(4 + labelWidth) ?? longestLine - 4 - labelWidth;
    if (line.length <= room) return this.paragraph('shapes', line);
    const list = (label: string, values: readonly ValueReport[]) => {
      const shown = values.slice(0, mostValues).map(named);
      if (values.length > mostValues) shown.push(`and ${values.length - mostValues} more`);
      return shown.flatMap((text, i) => this.paragraph(i === 0 ? label : '', text));
    };
    return [...list('inputs', inputs), ...list('outputs', outputs)];
  }

  /** `sizes  H, W: multiple of 16, at least 16`. */
  private sizes({ sizes, relations, dims }: CheckedFile): string[] {
    const texts = [
      ...Object.entries(dims).map(([name, size]) => `${name} = ${size}`),
      ...sizeTexts(sizes),
      ...relations.map(({ text, what, node }) => `${text}  (${what}, ${node})`),
    ];
    return texts.flatMap((text, i) => this.paragraph(i === 0 ? 'sizes' : '', text));
  }

  /** `runtimes  onnxruntime 1.32: all 47 nodes`. */
  private runtimes({ runtimes = [] }: CheckedFile): string[] {
    return runtimes.flatMap((item, i) => this.paragraph(i === 0 ? 'runtimes' : '', runtimeText(item)));
  }

  private lock(lock: LockReport | null): string[] {
    const { state, changes, file } = lock ?? { state: 'unchanged', changes: [], file: '' };
    const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
    const texts = {
      changed: `${count} since ${file}`,
      updated: `${count}, written to ${file}`,
      added: `written to ${file}`,
      refused: `${file} is left as it was, for the model has errors`,
      missing: undefined,
      unchanged: undefined,
    } as const;
    const text = texts[state];
    if (text === undefined) return [];
    const lines = lockChangeLines(changes, this.colors, this.width === undefined ? undefined : this.width - 6);
    return [...this.paragraph('lock', text), ...lines.map((line) => `      ${line}`)];
  }

  private suppressed({ ignored, baselined }: CheckedFile): string[] {
    const parts = [
      baselined === 0 ? [] : [`${baselined} in the baseline`],
      ignored === 0 ? [] : [`${ignored} ignored`],
    ].flat();
    return parts.length === 0 ? [] : this.paragraph('left out', parts.join(', '));
  }

  /** Most severe first. Of many with the same code, the first are printed in full, the others only by their nodes. */
  findings(findings: readonly Finding[], withFile: boolean): string[] {
    const groups = new Map<string, Finding[]>();
    for (const item of bySeverity(findings)) {
      const key = `${item.severity} ${item.code}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
    const blocks = [...groups.values()].flatMap((group) => {
      const limit = shownInFull[group[0]!.severity];
      const isShort = group.length <= limit + 1;
      const full = isShort ? group : group.slice(0, limit);
      const rest = group.slice(full.length);
      return [
        ...full.map((item) => this.finding(item, withFile)),
        ...(rest.length === 0 ? [] : [this.rest(rest, limit > 0)]),
      ];
    });
    return blocks.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
  }

  /** Findings of one code, listed by their places. */
  private rest(group: readonly Finding[], isMore: boolean): string[] {
    const [first] = group as readonly [Finding, ...Finding[]];
    const times = isMore ? `${group.length} more: ` : '';
    const lines = this.head(first, `${times}${catalogue[first.code].title}${isMore ? '' : `, ${group.length} times`}`);
    const list = (label: string, texts: readonly (string | undefined)[]) => {
      const known = [...new Set(texts.filter((text) => text !== undefined))];
      const shown = known.slice(0, 6).join(', ');
      if (known.length > 0)
        lines.push(...this.paragraph(label, known.length > 6 ? `${shown} and ${known.length - 6} more` : shown));
    };
    list(
      'nodes',
      group.map(({ node }) => node && nodeLabel(node)),
    );
    list(
      'values',
      group.map(({ node, value }) => (node === undefined ? value : undefined)),
    );
    list(
      'origin',
      group.map(({ origin }) => origin),
    );
    const hints = new Set(group.map(({ hint }) => hint));
    if (first.hint !== undefined && hints.size === 1)
      lines.push(...this.paragraph('hint', first.hint, this.colors.cyan));
    return lines;
  }

  private head({ severity, code }: Finding, message: string): string[] {
    const { colors } = this;
    const tone = toneOf(severity, colors);
    const head = `${severity} ${code}`;
    const [first, ...rest] = wrapText(printable(message), this.room(head.length + 3));
    return [
      `  ${tone(colors.bold(head))} ${colors.bold(first!)}`,
      ...rest.map((line) => `  ${' '.repeat(head.length)} ${colors.bold(line)}`),
    ];
  }

  private finding(item: Finding, withFile: boolean): string[] {
    const lines = this.head(item, item.message);
    if (withFile && item.file !== undefined) lines.push(...this.paragraph('file', item.file));
    if (item.node !== undefined) lines.push(...this.paragraph('node', placeText(item)));
    if (item.value !== undefined && !item.message.includes(`'${item.value}'`)) {
      lines.push(...this.paragraph('value', item.value));
    }
    if (item.expected !== undefined) lines.push(...this.paragraph('expected', item.expected));
    if (item.actual !== undefined) lines.push(...this.paragraph('got', item.actual));
    if (item.origin !== undefined) lines.push(...this.paragraph('origin', item.origin));
    for (const { kind, text } of remarksOf(item)) {
      lines.push(...this.paragraph(kind, text, kind === 'remedy' ? this.colors.cyan : this.colors.dim));
    }
    if (item.hint !== undefined) lines.push(...this.paragraph('hint', item.hint, this.colors.cyan));
    return lines;
  }

  summary(report: CheckReport): string {
    const { colors } = this;
    const { ok, counts } = report;
    const found = severityText(allFindings(report)) || 'no findings';
    const failed = report.models.filter((model) => isFailed(model, report)).length;
    const some = counts.models > 1 && failed > 0 ? `, ${failed} ${failed === 1 ? 'fails' : 'fail'}` : '';
    const text = `${counts.models} ${counts.models === 1 ? 'model' : 'models'}${some}: ${found}`;
    const more = counts.baselined === 0 ? '' : `, ${counts.baselined} in the baseline`;
    return `${(ok ? colors.green : colors.red)(colors.bold(text))}${more}`;
  }

  /** A label and a text, wrapped to the width with its lines aligned. */
  private paragraph(label: string, text: string, tone = this.colors.dim): string[] {
    const indent = 4 + labelWidth;
    return wrapText(printable(text), this.room(indent)).map((line, i) =>
      `    ${i === 0 ? tone(label.padEnd(labelWidth)) : ' '.repeat(labelWidth)}${line}`.trimEnd(),
    );
  }

  private room(indent: number): number | undefined {
    return this.width === undefined ? undefined : Math.max(24, Math.min(this.width, longestLine) - indent);
  }
}

function isFailed({ findings }: CheckedFile, { failOn }: CheckReport): boolean {
  return findings.some(({ severity }) => isAtLeast(severity, failOn));
}

function named(value: ValueReport): string {
  return `${value.name} ${describeValue(value)}`;
}

/** `up4/Concat (Concat), in up.0`. */
export function placeText({ node, module }: Finding): string {
  return `${node === undefined ? '' : formatNode(node)}${module === undefined ? '' : `, in ${module}`}`;
}
