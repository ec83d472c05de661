/** Where a node was written, from what exporters record in its metadata and its name. */
import type { Node } from './graph.js';

export interface SourcePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Frames that are not the user's code: an installed package, the standard library, torch itself. */
const library =
  /(?:^|[\\/])(?:site-packages|dist-packages|lib[\\/]python\d[\d.]*|torch[\\/](?:nn|fx|onnx|utils|export|_\w+|functional)(?:\.py)?)(?:[\\/]|$)/;

/**
 * The line in the exporter's source: of the stack that torch.onnx records (`pkg.torch.onnx.stack_trace`), the innermost
 * line that is no library's. Undefined where all are: nobody fixes a model there.
 */
export function sourceOf({ metadata }: Pick<Node, 'metadata'>): SourcePlace | undefined {
  const stack = metadata.get('pkg.torch.onnx.stack_trace') ?? '';
  const frames = [...stack.matchAll(/File "([^"\n]+)", line (\d+)/g)].map(([, file, line]) => ({
    file: file!,
    line: Number(line),
  }));
  return frames.findLast(({ file }) => !library.test(file));
}

/** `unet.py:53`, if the exporter records it. */
export function originOf(node: Pick<Node, 'metadata'>): string | undefined {
  const place = sourceOf(node);
  return place && `${place.file}:${place.line}`;
}

/**
 * The module that the node belongs to, as PyTorch names it (`up.0.merge`): from the scopes that the dynamo exporter
 * records, or from the node names that the TorchScript exporter makes of paths. Undefined for the outermost module.
 */
export function moduleOf({ metadata, name }: Pick<Node, 'metadata' | 'name'>): string | undefined {
  const scopes = metadata.get('pkg.torch.onnx.name_scopes');
  if (scopes !== undefined) {
    // The last scope is the operation itself. Nodes that torch inserts have a placeholder instead of a module name.
    const module = pythonStrings(scopes).slice(0, -1).at(-1);
    return module === '' || module?.startsWith('_empty_nn_module_stack') ? undefined : module;
  }
  return name.startsWith('/') ? modulePath(name.split('/').slice(1, -1)) : undefined;
}

/** The elements of a list of texts as Python prints it. */
function pythonStrings(text: string): string[] {
  return [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(
    ([, single, double]) => single ?? double ?? '',
  );
}

/** `encoder.0/encoder.0.1` → `encoder.0.1`, `layer1/layer1.0/conv` → `layer1.0.conv`: members of lists repeat their list. */
function modulePath(parts: readonly string[]): string | undefined {
  const path: string[] = [];
  for (const part of parts) {
    const last = path.at(-1);
    if (last !== undefined && part.startsWith(`${last}.`)) path[path.length - 1] = part;
    else path.push(part);
  }
  return path.length === 0 ? undefined : path.join('.');
}
