/** What pages have in common: where onnxruntime-web finds its own files, and how a page answers. */
import type { Answer } from './answer.js';

interface Wasm {
  readonly env: { readonly wasm: { wasmPaths?: unknown } };
}

/** One thread or several, as the library decides; its files are those of its package. */
export function serveAssets(ort: object): void {
  (ort as Wasm).env.wasm.wasmPaths = new URL('/onnxruntime-web/', location.href).href;
}

/** @param answers by the client's name */
export function offer(answers: Readonly<Record<string, () => Promise<Answer>>>): void {
  Object.assign(globalThis, { answers });
}
