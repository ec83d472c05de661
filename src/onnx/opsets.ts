/** Which versions are read, and which ones are assumed if a file does not state them. */
import { defineProblem, fail } from '../diagnostics.js';
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

const irVersionUnsupported = defineProblem(
  'US1004',
  { version: 'integer', oldest: 'integer', newest: 'integer' },
  ({ version, oldest, newest }) => ({
    message: `the model has IR version ${version}`,
    expected: `${oldest} to ${newest}`,
    actual: String(version),
    hint:
      version > newest
        ? 'export for an older version, or use a newer unstride'
        : 'convert the model with onnx.version_converter',
  }),
);

export function checkIrVersion(version: number): void {
  if (version >= irVersions.oldest && version <= irVersions.newest) return;
  fail(irVersionUnsupported({ version, ...irVersions }));
}

const opsetUnsupported = defineProblem(
  'US1102',
  { version: 'integer', oldest: 'integer', newest: 'integer' },
  ({ version, oldest, newest }) => ({
    message: `the model is written for operator set ${version}`,
    expected: `${oldest} to ${newest}`,
    actual: String(version),
    hint:
      version < oldest
        ? 'convert the model with onnx.version_converter'
        : 'export with an older opset_version, or use a newer unstride',
  }),
);

export function readOpsets(imports: readonly OperatorSetIdLike[]): Map<string, number> {
  const versions = new Map<string, number>();
  for (const { domain, version } of imports) versions.set(domainName(domain), toNumber(version));
  const version = versions.get('');
  if (version !== undefined && (version < opsets.oldest || version > opsets.newest)) {
    fail(opsetUnsupported({ version, ...opsets }));
  }
  return versions;
}

export function assumedOpset(irVersion: number): number {
  return opsetOfIr[irVersion] ?? opsets.newest;
}
