import { describe, expect, it } from 'vitest';
import { inFileRules, withoutIgnoredByNodes } from '../../src/contract/in-file.js';
import { diagnostic } from '../../src/diagnostics.js';
import { NamedGraph } from './support.js';

describe('settings in the model itself', () => {
  it('are codes that the model ignores', () => {
    const rules = (text?: string) =>
      inFileRules({ metadata: new Map(text === undefined ? [] : [['unstride.ignore', text]]) }).ignore;
    expect(rules('US1411, US15')).toEqual(['US1411', 'US15']);
    expect(rules('US1411,all,US99999')).toEqual(['US1411']);
    expect(rules('')).toEqual([]);
    expect(rules()).toEqual([]);
  });

  it('are codes that a node ignores, of itself alone', () => {
    const builder = new NamedGraph();
    const x = builder.input('x', [1]);
    const a = builder.add('Relu', 'a', [x], { metadata: { 'unstride.ignore': 'US13' } });
    const graph = builder.graph(builder.add('Relu', 'b', [a]));
    const at = (name: string, index: number, code: 'US1301' | 'US1201') =>
      diagnostic({ code, message: '', data: {} }, { node: { name, opType: 'Relu', domain: '', index } });
    const [ignored, other, elsewhere] = [at('a', 0, 'US1301'), at('a', 0, 'US1201'), at('b', 1, 'US1301')];
    const ofModel = diagnostic({ code: 'US1301', message: '', data: {} });
    expect(withoutIgnoredByNodes([ignored, other, elsewhere, ofModel], graph)).toEqual([other, elsewhere, ofModel]);
  });
});
