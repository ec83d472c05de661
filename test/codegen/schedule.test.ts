import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meetings } from '../../src/codegen/schedule.js';
import type { ExecutionStep } from '../../src/plan/execution-plan.js';
import { input } from '../../src/wasm/kernels/elementwise-expression.js';
import { arena, elementwiseStep } from './plans.js';

/** `p`: shared, after a barrier; `s`: of one thread, after a barrier; `P`, `S`: without one; `r`: a reference. */
function steps(text: string): ExecutionStep[] {
  return [...text].map((letter): ExecutionStep => {
    if (letter === 'r') {
      const none = { nodes: [0], inputs: [], outputs: [], captures: [], releases: [] };
      return { kind: 'reference', algorithm: 'reference', reason: 'none', ...none };
    }
    const parallel = letter.toLowerCase() === 'p';
    const barrier = letter === letter.toLowerCase();
    return elementwiseStep(8, input(0), [arena(0), arena(8)], { parallel, barrier });
  });
}

function meets(text: string): string {
  return meetings(steps(text))
    .map((meets) => (meets ? '|' : '.'))
    .join('');
}

describe('meetings', () => {
  it.each([
    ['the first step waits for nobody', 'p', '.'],
    ['shared steps one after another', 'ppp', '.||'],
    ['steps beside one another', 'pPpP', '..|.'],
    ['steps of one thread follow one another anyway', 'sss', '...'],
    ['what a thread has made is there for all after a meeting', 'ssp', '..|'],
    ['a step of one thread waits for a shared one', 'ps', '.|'],
    ['a barrier left out is made up for', 'ssP', '..|'],
    ['and once is enough', 'ssPP', '..|.'],
    ['beside a step of one thread', 'sP', '..'],
    ['the host is a barrier itself', 'prp', '...'],
    ['also for barriers left out', 'ssrP', '....'],
  ])('%s: %s', (_, text, expected) => {
    expect(meets(text)).toBe(expected);
  });

  it('keep apart in time whatever a barrier keeps apart', () => {
    const letters = fc.array(fc.constantFrom('p', 'P', 's', 'S', 'r'), { maxLength: 14 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters, (text) => {
        const met = meetings(steps(text));
        for (let before = 0; before < text.length; before++) {
          for (let after = before + 1; after < text.length; after++) {
            const between = [...text.slice(before + 1, after + 1)];
            const isApart = between.some((letter) => 'psr'.includes(letter)) || text[before] === 'r';
            const isOneThread = [text[before], text[after]].every((letter) => 'sS'.includes(letter!));
            const meet =
              met.slice(before + 1, after + 1).some(Boolean) || between.includes('r') || text[before] === 'r';
            if (isApart && !isOneThread) expect(meet, `${text} ${before} ${after}`).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
