/**
 * Everything unstride can find wrong, as data: one code, one meaning, for good. Reports render these objects;
 * nothing else writes messages about models.
 */

/** `info`: advice about a model that works. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * Code → severity and title. Blocks: 10 files, 11 graph, 12 shapes, 13 attributes and operators, 14 transposed
 * convolution and unpooling, 15 waste, 16 hygiene, 20 feeding and running, 21 cutting.
 */
export const catalogue = {
  US1001: { severity: 'error', title: 'the file is not an ONNX model' },
  US1002: { severity: 'error', title: 'the file cannot be read' },
  US1003: { severity: 'error', title: 'the model is truncated or damaged' },
  US1004: { severity: 'error', title: 'the IR version is not supported' },
  US1005: { severity: 'error', title: 'external data lies outside the folder of the model' },
  US1006: { severity: 'error', title: 'external data is missing or too short' },
  US1007: { severity: 'error', title: 'a tensor is malformed' },
  US1008: { severity: 'error', title: 'an element type is not known' },
  US1009: { severity: 'error', title: 'the model is too large for one file' },
  US1010: { severity: 'error', title: 'the nodes are of several versions of an operator set' },
  US1011: { severity: 'error', title: 'the mended model is not the same' },
  US1012: { severity: 'error', title: 'the weights cannot go with the model' },
  US1101: { severity: 'warning', title: 'the model imports no operator set' },
  US1102: { severity: 'error', title: 'the operator set version is not supported' },
  US1103: { severity: 'error', title: 'a value is read that nothing makes' },
  US1104: { severity: 'error', title: 'a value is made twice' },
  US1105: { severity: 'error', title: 'the nodes are in a circle' },
  US1106: { severity: 'error', title: 'a model-local function cannot be inlined' },
  US1107: { severity: 'warning', title: 'the nodes are not in topological order' },
  US1108: { severity: 'error', title: 'an attribute is malformed' },
  US1201: { severity: 'error', title: 'the rank does not fit the operator' },
  US1202: { severity: 'error', title: 'sizes that must agree do not' },
  US1203: { severity: 'error', title: 'the shapes to concatenate do not fit' },
  US1204: { severity: 'error', title: 'the shapes do not broadcast' },
  US1205: { severity: 'error', title: 'channels and groups do not fit the weights' },
  US1206: { severity: 'error', title: 'the number of elements changes in a reshape' },
  US1207: { severity: 'error', title: 'an output size is negative' },
  US1208: { severity: 'error', title: 'an axis is out of range' },
  US1209: { severity: 'error', title: 'the spatial attributes do not fit together' },
  US1210: { severity: 'error', title: 'the element types do not fit the operator' },
  US1211: { severity: 'error', title: 'an input value is out of its range' },
  US1214: { severity: 'warning', title: 'the file declares another type than the graph gives' },
  US1215: { severity: 'info', title: 'an input has no shape' },
  US1216: { severity: 'error', title: 'no size of an input is legal' },
  US1217: { severity: 'info', title: 'the rank of a value is not known' },
  US1213: { severity: 'warning', title: 'a size is too complex to follow' },
  US1301: { severity: 'warning', title: 'an attribute that this version of the operator does not have' },
  US1302: { severity: 'error', title: 'a required attribute is missing' },
  US1303: { severity: 'error', title: 'an attribute has the wrong kind' },
  US1304: { severity: 'error', title: 'an attribute has a value that the operator does not know' },
  US1305: { severity: 'warning', title: 'the operator is not known' },
  US1306: { severity: 'error', title: 'the number of inputs or outputs does not fit the operator' },
  US1307: { severity: 'error', title: 'the operator set does not have the operator' },
  US1401: { severity: 'error', title: 'output_padding is not below the stride or the dilation' },
  US1402: { severity: 'error', title: 'output_shape is larger than any padding gives' },
  US1403: { severity: 'error', title: 'the padding crops everything away' },
  US1404: { severity: 'warning', title: 'output_padding is below the dilation, but not below the stride' },
  US1405: { severity: 'warning', title: 'auto_pad with output_padding: tools disagree' },
  US1406: { severity: 'warning', title: 'SAME with a kernel smaller than the stride: tools disagree' },
  US1407: { severity: 'warning', title: 'an odd padding is split differently by tools' },
  US1408: { severity: 'warning', title: 'output_shape decides the padding: tools disagree' },
  US1409: { severity: 'warning', title: 'output_shape gives batch and channels too' },
  US1410: { severity: 'warning', title: 'auto_pad and pads exclude one another' },
  US1411: { severity: 'info', title: 'checkerboard artefacts: the kernel is not divisible by the stride' },
  US1412: { severity: 'warning', title: 'the kernel leaves gaps that no input reaches' },
  US1413: { severity: 'warning', title: 'MaxUnpool has another geometry than the MaxPool of its indices' },
  US1414: { severity: 'warning', title: 'the indices of MaxUnpool count within a plane' },
  US1501: { severity: 'info', title: 'a BatchNormalization is not folded into the layer before it' },
  US1502: { severity: 'info', title: 'a transposed convolution only resizes' },
  US1503: { severity: 'info', title: 'a node that nothing needs' },
  US1504: { severity: 'info', title: 'an initialiser that nothing reads' },
  US1505: { severity: 'info', title: 'initialisers with the same content' },
  US1506: { severity: 'warning', title: 'the operator set is older than tools of today read' },
  US1507: { severity: 'warning', title: 'the IR version is older than tools of today expect' },
  US1508: { severity: 'warning', title: 'an open size can have only one value' },
  US1509: { severity: 'warning', title: 'weights in float64' },
  US1510: { severity: 'warning', title: 'inputs share the name of a size that they cannot share' },
  US1601: { severity: 'info', title: 'nodes without a name' },
  US1602: { severity: 'warning', title: 'several nodes have one name' },
  US1603: { severity: 'warning', title: 'the domain of a node is not imported' },
  US1604: { severity: 'warning', title: 'a domain of operators that is not publicly known' },
  US2001: { severity: 'error', title: 'a model input is missing' },
  US2002: { severity: 'error', title: 'there is no such model input' },
  US2003: { severity: 'error', title: 'the data does not fit the model input' },
  US2004: { severity: 'error', title: 'a symbolic size is not bound' },
  US2005: { severity: 'error', title: 'the data file cannot be read' },
  US2006: { severity: 'error', title: 'an index is out of range' },
  US2007: { severity: 'error', title: 'the operator cannot compute this' },
  US2009: { severity: 'error', title: 'the operator cannot be executed' },
  US2008: { severity: 'error', title: 'the run was stopped' },
  US2010: { severity: 'error', title: 'a result cannot be written' },
  US2011: { severity: 'error', title: 'there is not enough memory' },
  US2012: { severity: 'error', title: 'a thread has failed' },
  US2013: { severity: 'error', title: 'a result cannot be written as it was asked for' },
  US2101: { severity: 'error', title: 'there is no such place to cut a model at' },
  US2102: { severity: 'error', title: 'the inputs of a part do not reach its outputs' },
  US2103: { severity: 'error', title: 'a model cannot be cut within a subgraph' },
  US2104: { severity: 'error', title: 'the type of a value to cut at is not known' },
  US2105: { severity: 'warning', title: 'a cut between QuantizeLinear and DequantizeLinear' },
  US2106: { severity: 'info', title: 'an input of a part that nothing reads' },
  US2107: { severity: 'info', title: 'a cut was moved after DequantizeLinear' },
  US2108: { severity: 'info', title: 'a part takes more inputs than were named' },
  US2109: { severity: 'warning', title: 'the shape of an input or output of a part is not known' },
  US2111: { severity: 'error', title: 'the model has no decoder' },
  US2112: { severity: 'error', title: 'the model has no encoder' },
  US2113: { severity: 'error', title: 'there is no such place for a decoder to begin' },
  US2114: { severity: 'info', title: 'where the decoder was found to begin' },
  US2201: { severity: 'error', title: 'a node sees more of a picture than a tile' },
  US2202: { severity: 'error', title: 'the tiles do not fit the network or the picture' },
  US2203: { severity: 'warning', title: 'a node is computed for each tile alone' },
  US3001: { severity: 'error', title: 'a shape differs from the contract' },
  US3002: { severity: 'error', title: 'the contract names a value that the model does not have' },
  US3003: { severity: 'error', title: 'a budget is exceeded' },
  US3004: { severity: 'warning', title: 'a budget cannot be compared' },
  US3005: { severity: 'error', title: 'the model differs from the lock file' },
  US3006: { severity: 'warning', title: 'the model is not in the lock file' },
  US3007: { severity: 'error', title: 'a model that the configuration or the lock file names is missing' },
  US3008: { severity: 'info', title: 'a baseline entry matches nothing any more' },
} as const satisfies Record<string, { readonly severity: Severity; readonly title: string }>;

export type DiagnosticCode = keyof typeof catalogue;

/** What went wrong, without where: operators state this, inference and execution add the place. */
export interface Problem {
  readonly code: DiagnosticCode;
  /** One sentence with the names and numbers at hand. */
  readonly message: string;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** The name of the value concerned. */
  readonly value?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Lines of explanation after the message: where sizes came from, what else the cause breaks. */
  readonly notes?: readonly string[] | undefined;
}

export interface NodeReference {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly index: number;
}

/** A change to the model that mends what is wrong: inference with the change found nothing. */
export interface Remedy {
  readonly kind: RemedyKind;
  /** `output_padding = [1, 1] at up1 (ConvTranspose)`. */
  readonly text: string;
  /** All of them together. */
  readonly edits: readonly RemedyEdit[];
}

/** What is set at a ConvTranspose, or put before an input of a node. */
export type RemedyKind = 'output_padding' | 'output_shape' | 'pad' | 'crop';

export interface RemedyEdit {
  readonly node: NodeReference;
  /** Of `pad` and `crop`: the input of the node. */
  readonly input?: number | undefined;
  /** The attribute; of `pad` and `crop` what is put on or taken off, the begins of all axes, then their ends. */
  readonly values: readonly number[];
}

/** The legal sizes around one that is not: `below` and `above` are absent where there is none. */
export interface NearestSizes {
  readonly symbol: string;
  readonly size: number;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
}

export interface Diagnostic extends Problem {
  readonly severity: Severity;
  readonly file?: string | undefined;
  readonly node?: NodeReference | undefined;
  readonly nearest?: readonly NearestSizes[] | undefined;
  readonly remedies?: readonly Remedy[] | undefined;
  /** Where the exporter says the node came from: the innermost line of its recorded stack. */
  readonly origin?: string | undefined;
}

export function diagnostic(
  problem: Problem,
  place: {
    readonly file?: string | undefined;
    readonly node?: NodeReference | undefined;
    readonly origin?: string | undefined;
  } = {},
): Diagnostic {
  return { severity: catalogue[problem.code].severity, ...problem, ...place };
}

/** A problem on its way to whoever knows the place. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** One or more problems of a model or its data, with their places. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    readonly diagnostics: readonly Diagnostic[],
    options?: ErrorOptions,
  ) {
    super(diagnostics.map(formatDiagnostic).join('\n'), options);
  }
}

export function fail(code: DiagnosticCode, message: string, details: Omit<Problem, 'code' | 'message'> = {}): never {
  throw new ProblemError({ code, message, ...details });
}

/** Characters of a name that messages show: damaged files have names of any length. */
const longestName = 200;

function shortened(name: string): string {
  if (name.length <= longestName) return name;
  return `${name.slice(0, longestName)}… (${name.length} characters)`;
}

/** A name of the model, in a message. */
export function quoted(name: string): string {
  return `'${shortened(name)}'`;
}

/** One diagnostic as a single line of plain text. */
export function formatDiagnostic(item: Diagnostic): string {
  const place = [item.file, item.node && formatNode(item.node)].filter((part) => part !== undefined).join(': ');
  const facts = [item.expected && `expected ${item.expected}`, item.actual && `got ${item.actual}`]
    .filter(Boolean)
    .join(', ');
  return `${place === '' ? '' : `${place}: `}${item.severity} ${item.code}: ${item.message}${facts === '' ? '' : ` (${facts})`}${item.hint === undefined ? '' : `. ${item.hint}`}`;
}

/** The node's name, or its operator and place where it has none. */
export function nodeLabel({ name, opType, index }: Pick<NodeReference, 'name' | 'opType' | 'index'>): string {
  return name === '' ? `${opType} #${index}` : name;
}

export function formatNode(node: NodeReference): string {
  const op = shortened(node.domain === '' ? node.opType : `${node.domain}.${node.opType}`);
  return node.name === '' ? `${op} #${node.index}` : `${shortened(node.name)} (${op})`;
}
