/** Operators whose first output has as many axes as their first input, whatever their attributes say. */
const operators: ReadonlySet<string> = new Set([
  ...['AveragePool', 'LpPool', 'MaxPool', 'MaxUnpool', 'GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool'],
  ...['Conv', 'ConvInteger', 'ConvTranspose', 'DeformConv', 'QLinearConv'],
  ...['BatchNormalization', 'GroupNormalization', 'InstanceNormalization', 'LayerNormalization', 'LRN'],
  ...['CenterCropPad', 'Concat', 'Crop', 'DepthToSpace', 'Pad', 'Slice', 'SpaceToDepth', 'Split', 'Tile', 'Transpose'],
  ...['Resize', 'Upsample', 'GridSample', 'LogSoftmax', 'Softmax', 'PRelu', 'QuantizeLinear', 'DequantizeLinear'],
]);

export function keepsRank(opType: string): boolean {
  return operators.has(opType);
}
