/** Says once what references compute in place of kernels: before the first run that it is so, after it what time it took. */
import { type ReferenceSteps, type ReferenceUse, referenceTexts, shareText } from '../plan/reference-use.js';
import type { SessionNote } from './session-options.js';

/** A share of a run's time that is worth a second note. */
const leastShare = 0.05;

export class ReferenceNotes {
  private readonly told = new Set<string>();

  constructor(private readonly note: (note: SessionNote) => void) {}

  prepared(references: ReferenceSteps): void {
    const { steps, total } = references;
    if (steps === 0) return;
    const verb = steps === 1 ? 'is' : 'are';
    this.tell(
      `${steps} of ${total} steps ${verb} computed by references, in plain code: ${referenceTexts(references).join(', ')}`,
    );
  }

  ran({ steps, operators, share }: ReferenceUse): void {
    if (share < leastShare) return;
    const names = [...new Set(operators.map(({ operator }) => operator))].slice(0, 6).join(', ');
    const key = `${steps} ${names}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.note({ about: 'references', text: `references took ${shareText(share)} of the run's time: ${names}` });
  }

  private tell(text: string): void {
    if (this.told.has(text)) return;
    this.told.add(text);
    this.note({ about: 'references', text });
  }
}
