import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InOrder } from '../../../../src/cli/run/many/in-order.js';

it('emits in order as soon as it can, and the rest in order when told', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20)), (arrivals) => {
      const emitted: number[] = [];
      const order = new InOrder<string>((report, index) => {
        expect(report).toBe(`report ${index}`);
        emitted.push(index);
      });
      const arrived = new Set<number>();
      for (const index of arrivals) {
        order.add(index, `report ${index}`);
        arrived.add(index);
        let ready = 0;
        while (arrived.has(ready)) ready++;
        expect(emitted).toEqual(Array.from({ length: ready }, (_, i) => i));
      }
      order.flush();
      expect(emitted).toEqual([...arrivals].sort((a, b) => a - b));
    }),
  );
});
