/**
 * What kernels of an operator compute and what they leave to its reference, for the table of operators: types, and the
 * reasons that `inspect --plan` prints.
 */

/** Operators that kernels compute on integers of 8 bits, and of 16 if the operator has them, as well as on floats. */
export const integerOperators: ReadonlySet<string> = new Set([
  'Cast',
  'Clip',
  'Concat',
  'DepthToSpace',
  'DequantizeLinear',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'Max',
  'MaxPool',
  'Min',
  'Pad',
  'QuantizeLinear',
  'Relu',
  'Reshape',
  'Resize',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Upsample',
]);

/** Operators without floats, or with floats only as scales. */
export const integersOnly: ReadonlySet<string> = new Set([
  'ConvInteger',
  'MatMulInteger',
  'QLinearConv',
  'QLinearMatMul',
]);

/**
 * Limits that apply to every operator are left out: sizes that are known only at run time, and types without kernels.
 */
export const compilationLimits: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    AveragePool: ['another rank than 3 to 5'],
    BatchNormalization: ['training', 'statistics of single elements', 'parameters that are computed'],
    Cast: ['a result that is no float'],
    Conv: ['weights that are computed', 'a bias that is computed', 'another rank than 3 to 5'],
    ConvInteger: [
      'weights that are computed',
      'a zero point of several numbers',
      'a zero point that is computed, or has several axes',
      'a zero point of another size than the outputs',
      'sums that float32 may round',
    ],
    ConvTranspose: ['weights that are computed', 'a bias that is computed', 'another rank than 3 to 5'],
    Dropout: ['training'],
    GRU: [
      'weights that are computed',
      'lengths of sequences',
      'samples before steps',
      'a first state of another type than float32',
    ],
    Gather: ['indices that are computed', 'indices in no order', 'an index that is outside'],
    Gemm: ['a C that is a column, or has another type than float32'],
    InstanceNormalization: ['another rank than 3 to 5', 'parameters that are computed'],
    LSTM: [
      'peepholes',
      'coupled gates',
      'weights that are computed',
      'lengths of sequences',
      'samples before steps',
      'one of two first states',
      'a first state of another type than float32',
    ],
    LayerNormalization: ['statistics that are asked for', 'parameters that are broadcast'],
    LogSoftmax: ['an axis between others'],
    MatMul: ['a vector'],
    MatMulInteger: [
      'a vector',
      'a zero point of several numbers',
      'a zero point that is computed, or has several axes',
      'a zero point of another size than the outputs',
      'sums that float32 may round',
    ],
    MaxPool: ['another rank than 3 to 5', 'indices that others than matching unpoolings read'],
    MaxUnpool: ['indices that are not those of a pooling of this size'],
    Pad: ['pads that are computed', 'negative pads'],
    QLinearConv: [
      'weights that are computed',
      'a bias that is computed',
      'scales or zero points that are computed, or have several axes',
      'scales or zero points of rows',
      'another type than integers of 8 and 16 bits',
    ],
    QLinearMatMul: [
      'a vector',
      'scales or zero points that are computed, or have several axes',
      'scales or zero points of rows',
      'another type than integers of 8 and 16 bits',
    ],
    Resize: [
      'another rank than 3 to 5',
      'scales that are computed, or a mode that no table has',
      'batch or channels that are resized',
      'more taps than a kernel writes out',
      'integers that are blended',
    ],
    ScatterND: ['updates that are added up', 'indices that are computed or in no order', 'indices that overlap'],
    Slice: ['bounds that are computed'],
    Softmax: ['an axis between others'],
    Upsample: ['another rank than 3 to 5', 'batch or channels that are resized'],
    ...Object.fromEntries(
      ['L2', 'Max', 'Mean', 'Min', 'Sum', 'SumSquare'].map((name) => [
        `Reduce${name}`,
        ['axes that are computed, or none'],
      ]),
    ),
  }),
);
