/** The domains whose operators a model uses. */
import type { Node } from '../../ir/graph.js';
import { factsOf } from '../facts.js';
import { defineRule, type RuleContext } from '../rule.js';

/** Domains of the specification and of widespread tools. */
const publicDomains = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'ai.onnx.contrib',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.extensions',
  'com.microsoft.nchwc',
  'com.microsoft.dml',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
  'org.openvinotoolkit',
]);

/** The first node of each domain, in the order of the graph, with the number of its nodes. */
function nodesByDomain({ model }: RuleContext): Map<string, { readonly first: Node; count: number }> {
  const domains = new Map<string, { readonly first: Node; count: number }>();
  for (const node of factsOf(model).nodes()) {
    const seen = domains.get(node.domain);
    if (seen === undefined) domains.set(node.domain, { first: node, count: 1 });
    else seen.count++;
  }
  return domains;
}

export const unimportedDomain = defineRule({
  code: 'US1603',
  explanation: {
    meaning: 'Nodes are of a domain of which the model imports no version (opset_import).',
    reason:
      'Without a version an operator has no definition. onnx.checker and onnxruntime refuse the model; others take the version they happen to know.',
    bad: 'opset_import: [ai.onnx 17]\ny = com.microsoft.Gelu (x)',
    good: 'opset_import: [ai.onnx 17, com.microsoft 1]\ny = com.microsoft.Gelu (x)',
    remedy: 'Add the import: `model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))`.',
  },
  data: { domain: 'string', count: 'integer', imported: 'strings' },
  words: ({ domain, count, imported }) => ({
    value: domain,
    message: `the model imports no version of the domain '${domain}', which ${count} ${count === 1 ? 'node is' : 'nodes are'} of`,
    expected: `opset_import with '${domain}'`,
    actual: imported.join(', '),
    hint: `model.opset_import.append(onnx.helper.make_opsetid("${domain}", 1))`,
  }),
  *check(context) {
    for (const [domain, { first, count }] of nodesByDomain(context)) {
      if (context.model.opsets.has(domain)) continue;
      const imported = [...context.model.opsets].map(([name, version]) => `'${name}' ${version}`);
      yield { node: first, data: { domain, count, imported } };
    }
  },
});

export const unknownDomain = defineRule({
  code: 'US1604',
  explanation: {
    meaning: 'Nodes are of a domain that is neither ONNX’s nor one that widespread tools define.',
    reason:
      'Only programs that register these operators can run the model. A checker cannot say anything about the shapes after them.',
    bad: 'opset_import: [ai.onnx 17, my.ops 1]\ny = my.ops.FastUpsample (x)',
    good: 'y = Resize <mode = "nearest"> (x, , [1, 1, 2, 2])',
    remedy:
      'Export the layer as standard operators, or as a model-local function of that name, which every tool can take apart. If the custom operator is meant, tolerate the code for this model.',
  },
  data: { domain: 'string', count: 'integer' },
  words: ({ domain, count }) => ({
    value: domain,
    message: `${count} ${count === 1 ? 'node is' : 'nodes are'} of the domain '${domain}', which no public tool is known to have`,
    hint: 'only programs that register these operators run the model',
  }),
  *check(context) {
    for (const [domain, { first, count }] of nodesByDomain(context)) {
      if (publicDomains.has(domain)) continue;
      yield { node: first, data: { domain, count } };
    }
  },
});
