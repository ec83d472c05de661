/** What kernels of an operator leave to its reference, for the table of operators: the reasons that `inspect --plan` gives. */

/** What may happen to any operator is not in it: sizes that only running shows, and types without kernels. */
export const compilationLimits: Readonly<Record<string, readonly string[]>> = {
  AveragePool: ['another rank than 3 to 5'],
  BatchNormalization: ['training', 'statistics of single elements', 'parameters that are computed'],
  Conv: ['weights that are computed', 'a bias that is computed', 'another rank than 3 to 5'],
  ConvInteger: ['weights that are computed', 'a zero point of several numbers'],
  ConvTranspose: ['weights that are computed', 'a bias that is computed', 'another rank than 3 to 5'],
  GRU: ['weights that are computed', 'lengths of sequences', 'samples before steps'],
  Gather: ['indices that are computed', 'indices in no order'],
  Gemm: ['a C that is a column, or has another type than float32'],
  InstanceNormalization: ['another rank than 3 to 5', 'parameters that are computed'],
  LSTM: [
    'peepholes',
    'coupled gates',
    'weights that are computed',
    'lengths of sequences',
    'samples before steps',
    'one of two first states',
  ],
  LayerNormalization: ['statistics that are asked for', 'parameters that are broadcast'],
  LogSoftmax: ['an axis between others'],
  MatMul: ['a vector'],
  MatMulInteger: ['a vector', 'a zero point that is computed, or has several axes'],
  MaxPool: ['another rank than 3 to 5', 'indices that others than matching unpoolings read'],
  MaxUnpool: ['indices that are not those of a pooling of this size'],
  Pad: ['pads that are computed', 'negative pads'],
  QLinearConv: ['weights that are computed', 'a bias that is computed', 'scales or zero points of rows'],
  QLinearMatMul: ['a vector', 'scales or zero points of rows'],
  Resize: [
    'another rank than 3 to 5',
    'scales that are computed, or a mode that no table has',
    'batch or channels that are resized',
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
};
