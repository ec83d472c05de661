import { describe, expect, it } from 'vitest';
import { applyRules, codeFault, noRules, type RuleSettings } from '../../src/contract/rules.js';
import { type DiagnosticCode, diagnostic } from '../../src/diagnostics.js';

const found = (['US1002', 'US1203', 'US1301', 'US1405', 'US1411'] as const).map((code) =>
  diagnostic({ code, message: code, data: {} }),
);

function codes(...settings: Partial<RuleSettings>[]): DiagnosticCode[] {
  return applyRules(
    found,
    settings.map((part) => ({ ...noRules, ...part })),
  ).kept.map(({ code }) => code);
}

describe('rules', () => {
  it('keep everything when nothing is set', () => {
    expect(applyRules(found, [noRules])).toEqual({ kept: found, ignored: 0 });
  });

  it('select and ignore by the beginning of codes', () => {
    expect(codes({ select: ['US14'] })).toEqual(['US1002', 'US1405', 'US1411']);
    expect(codes({ ignore: ['US14', 'US1301'] })).toEqual(['US1002', 'US1203']);
    expect(codes({ select: ['US14'] }, { ignore: ['US1411'] })).toEqual(['US1002', 'US1405']);
    expect(codes({ select: ['US1'] }, { select: ['US12'] })).toEqual(['US1002', 'US1203']);
  });

  it('never hide what keeps a model from being read', () => {
    expect(codes({ ignore: ['US'] })).toEqual(['US1002']);
    expect(codes({ severity: new Map([['US1002', 'off']]) })).toContain('US1002');
  });

  it('change severities, by the longest beginning and the last setting', () => {
    const severity = new Map([
      ['US14', 'off'],
      ['US1405', 'error'],
    ] as const);
    const { kept, ignored } = applyRules(found, [{ ...noRules, severity }]);
    expect(kept.map((item) => [item.code, item.severity])).toEqual([
      ['US1002', 'error'],
      ['US1203', 'error'],
      ['US1301', 'warning'],
      ['US1405', 'error'],
    ]);
    expect(ignored).toBe(1);
    const later = applyRules(found, [
      { ...noRules, severity },
      { ...noRules, severity: new Map([['US1405', 'info'] as const]) },
    ]);
    expect(later.kept.find((item) => item.code === 'US1405')?.severity).toBe('info');
  });

  it('know which codes there are', () => {
    expect(codeFault('US1203')).toBeUndefined();
    expect(codeFault('US12')).toBeUndefined();
    expect(codeFault('US1204x')?.hint).toBe("did you mean 'US1204'?");
    expect(codeFault('')?.message).toBe("no code begins with ''");
    expect(codeFault('E501')?.hint).toBe('codes look like US1203; US12 stands for all that begin so');
  });
});
