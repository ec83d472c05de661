/** What of a run references compute, in plain code: how many steps, of which operators, why, and what time that took. */

export interface ReferenceOperator {
  readonly operator: string;
  readonly steps: number;
  /** Why no kernel computes them: a noun phrase, as `inspect --plan` gives it. */
  readonly reason: string;
}

export interface ReferenceSteps {
  readonly steps: number;
  /** All steps of the plan, these among them. */
  readonly total: number;
  /** The most frequent first. */
  readonly operators: readonly ReferenceOperator[];
}

export interface ReferenceUse extends ReferenceSteps {
  readonly milliseconds: number;
  /** Of the run's time, from 0 to 1. */
  readonly share: number;
}

/** @param steps each step's operator, and the reason where a reference computes it */
export function countReferences(
  steps: readonly { readonly operator: string; readonly reason: string | undefined }[],
): ReferenceSteps {
  const counts = new Map<string, ReferenceOperator>();
  for (const { operator, reason } of steps) {
    if (reason === undefined) continue;
    const key = `${operator} ${reason}`;
    counts.set(key, { operator, reason, steps: (counts.get(key)?.steps ?? 0) + 1 });
  }
  const operators = [...counts.values()].sort((a, b) => b.steps - a.steps);
  return { steps: operators.reduce((sum, item) => sum + item.steps, 0), total: steps.length, operators };
}

/** @param milliseconds of the references, of a run that took `all` */
export function referenceUse(steps: ReferenceSteps, milliseconds: number, all: number): ReferenceUse {
  return { ...steps, milliseconds, share: all > 0 ? Math.min(1, milliseconds / all) : 0 };
}

/** `8 ArgMax (an operator without a kernel)`, the most frequent ones. */
export function referenceTexts({ operators }: ReferenceSteps, most = 6): string[] {
  const texts = operators.slice(0, most).map(({ operator, steps, reason }) => `${steps} ${operator} (${reason})`);
  const others = operators.slice(most).reduce((sum, { steps }) => sum + steps, 0);
  return others === 0 ? texts : [...texts, `${others} others`];
}

/** `12 %`; `less than 1 %`. */
export function shareText(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}
