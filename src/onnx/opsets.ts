/** Which versions are read, and which ones are assumed if a file does not state them. */
import { fail } from '../diagnostics.js';
import { type OperatorSetIdLike, toNumber } from './proto.js';

export const irVersions = { oldest: 3, newest: 14 } as const;
export const opsets = { oldest: 6, newest: 27 } as const;

/** The first IR version whose graphs need not list their initializers among the inputs (IR.md). */
export const separateInitializers = 4;

/** The operator set that was current with each IR version (Versioning.md): what a file without opset_import was written for. */
const opsetOfIr: Readonly<Record<number, number>> = {
  3: 8,
  4: 9,
  5: 10,
  6: 11,
  7: 14,
  8: 18,
  9: 20,
  10: 22,
  11: 23,
  12: 24,
  13: 26,
  14: 26,
};

/** 'ai.onnx' is the long name of the default domain. */
export function domainName(domain: string | null | undefined): string {
  return domain === 'ai.onnx' ? '' : (domain ?? '');
}

export function checkIrVersion(version: number): void {
  if (version >= irVersions.oldest && version <= irVersions.newest) return;
  const isNewer = version > irVersions.newest;
  fail('US1004', `the model has IR version ${version}`, {
    expected: `${irVersions.oldest} to ${irVersions.newest}`,
    actual: String(version),
    hint: isNewer
      ? 'export for an older version, or use a newer unstride'
      : 'convert the model with onnx.version_converter',
  });
}

export function readOpsets(imports: readonly OperatorSetIdLike[]): Map<string, number> {
  const versions = new Map<string, number>();
  for (const { domain, version } of imports) versions.set(domainName(domain), toNumber(version));
  const version = versions.get('');
  if (version !== undefined && (version < opsets.oldest || version > opsets.newest)) {
    fail('US1102', `the model is written for operator set ${version}`, {
      expected: `${opsets.oldest} to ${opsets.newest}`,
      actual: String(version),
      hint:
        version < opsets.oldest
          ? 'convert the model with onnx.version_converter'
          : 'export with an older opset_version, or use a newer unstride',
    });
  }
  return versions;
}

export function assumedOpset(irVersion: number): number {
  return opsetOfIr[irVersion] ?? opsets.newest;
}
