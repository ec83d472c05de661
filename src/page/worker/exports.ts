/** What can be taken away: parts of the model, drawings, pages, results. */
import { printable } from '../../diagnostics/printable.js';
import { safeStem } from '../../files/file-names.js';
import { npzPieces } from '../../files/npz.js';
import { modelBytes } from '../../onnx/write.js';
import { formatCount } from '../../report/units.js';
import { findDecoder, halfOf } from '../../split/decoders/split.js';
import { inferPart } from '../../split/extract.js';
import type { DecodersView, ExportedFile, ExportRequest } from '../protocol.js';
import type { Workbench } from './workbench.js';

export function decoders(bench: Workbench): DecodersView {
  const { kind, candidates, reasons } = findDecoder(bench.opened.model);
  return {
    kind,
    reasons: reasons.map(printable),
    candidates: candidates.map((candidate, i) => ({
      number: i + 1,
      text: printable(
        `${candidate.from.join(', ')} → ${candidate.to.join(', ')}: ${candidate.decoder.nodes} nodes, ${formatCount(candidate.decoder.parameters)} parameters`,
      ),
      reasons: candidate.reasons.map(printable),
    })),
  };
}

export async function exported(bench: Workbench, request: ExportRequest): Promise<ExportedFile> {
  const file = (ending: string, content: BlobPart[], type: string): ExportedFile => ({
    name: `${safeStem(bench.title)}.${ending}`,
    content: new Blob(content, { type }),
  });
  switch (request.kind) {
    case 'decoder': {
      const part = halfOf(bench.opened.model, 'decoder', { candidate: request.candidate, file: bench.name });
      const { types } = inferPart(part, bench.name);
      const bytes = modelBytes(part.model, { types, weights: 'inline' });
      return file('decoder.onnx', [bytes as Uint8Array<ArrayBuffer>], 'application/octet-stream');
    }
    case 'drawing': {
      const { drawingText } = await import('./drawing.js');
      return file('svg', [await drawingText(bench, { ...request, byTime: false })], 'image/svg+xml');
    }
    case 'report': {
      const { drawingPage } = await import('./drawing.js');
      return file('html', [await drawingPage(bench, request.sizes)], 'text/html');
    }
    case 'explanations': {
      const { explanations } = await import('./explaining.js');
      return file('layers.html', [explanations(bench, request.sizes)], 'text/html');
    }
    case 'results': {
      const pieces = [...npzPieces(bench.last?.outputs ?? new Map())] as Uint8Array<ArrayBuffer>[];
      return file('npz', pieces, 'application/zip');
    }
  }
}
