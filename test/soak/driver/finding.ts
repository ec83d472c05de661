/** Findings: what was tried is made smaller while the fault stays, and written to where a test tries it again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeMessage, messagesIn, parseMessage } from '../mutants/wire.js';
import type { Fault, Part, Subject, Verdict } from '../parts/part.js';
import { type SavedSubject, saved } from './saved-subject.js';
import { WorkerProcess } from './worker-process.js';

export interface Finding {
  readonly part: string;
  /** Of the trial. */
  readonly seed: number;
  readonly fault: Fault;
  readonly text: string;
  /** As small as it was made; absent where a trial is no file. */
  readonly subject?: SavedSubject;
}

/** Steps of shrinking: each is a trial. */
const mostSteps = 400;

export async function findingOf(part: Part, seed: number, verdict: Verdict, patience: number): Promise<Finding> {
  const finding = { part: part.name, seed, fault: verdict.kind as Fault, text: verdict.text ?? '' };
  const subject = part.subjectOf?.(seed);
  if (subject === undefined) return finding;
  // Where each step takes as long as a hang, or as much memory as there is, the file stays as it is.
  const small = finding.fault === 'internal error' ? await shrunk(part, subject, verdict, patience) : subject;
  return { ...finding, subject: saved(small) };
}

async function shrunk(part: Part, subject: Subject, verdict: Verdict, patience: number): Promise<Subject> {
  const child = new WorkerProcess();
  let steps = 0;
  let smallest = subject;
  const isStill = async (bytes: Uint8Array): Promise<boolean> => {
    if (steps++ >= mostSteps) return false;
    let kind: Verdict['kind'] = 'ran';
    const work = { kind: 'subject', part: part.name, subject: saved({ ...subject, bytes }) } as const;
    const ended = await child.do(work, 1, patience, (tried) => {
      kind = tried.verdict.kind;
    });
    if (ended !== undefined) steps = mostSteps;
    return ended === undefined && kind === verdict.kind;
  };
  let hasShrunk = true;
  while (hasShrunk && steps < mostSteps) {
    hasShrunk = false;
    for (const bytes of smallerThan(smallest)) {
      if (!(await isStill(bytes))) continue;
      smallest = { ...subject, bytes };
      hasShrunk = true;
      break;
    }
  }
  child.end();
  return smallest;
}

/** Files with less in them: a model without one of its fields, large ones first; others without a half, a quarter, … */
function* smallerThan({ kind, bytes }: Subject): Generator<Uint8Array> {
  if (kind === 'model') {
    try {
      yield* withoutFields(bytes);
      return;
    } catch {
      // No message any more, so bytes are taken off.
    }
  }
  for (let length = Math.floor(bytes.length / 2); length > 0; length = Math.floor(length / 2))
    yield bytes.slice(0, bytes.length - length);
}

function* withoutFields(bytes: Uint8Array): Generator<Uint8Array> {
  const root = parseMessage(bytes);
  for (const { fields } of messagesIn(root)) {
    for (let i = fields.length - 1; i >= 0; i--) {
      const [field] = fields.splice(i, 1);
      yield encodeMessage(root);
      if (field !== undefined) fields.splice(i, 0, field);
    }
  }
}

/** @returns the file's path */
export function saveFinding(folder: string, finding: Finding): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${finding.part}-${finding.seed}.json`);
  writeFileSync(file, `${JSON.stringify(finding, undefined, 2)}\n`);
  return file;
}
