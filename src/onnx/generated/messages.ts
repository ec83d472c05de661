// Made of schemas/onnx.proto by scripts/generate-codec.js.

/** Of a field its number, name and type; whether it is repeated, or the oneof that it belongs to. */
export type FieldRow = readonly [number: number, name: string, type: string, more?: string];

export const messages: Readonly<Record<string, readonly FieldRow[]>> = {
  AttributeProto: [
    [1, 'name', 'string'],
    [21, 'refAttrName', 'string'],
    [20, 'type', 'AttributeProto.AttributeType'],
    [2, 'f', 'float'],
    [3, 'i', 'int64'],
    [4, 's', 'bytes'],
    [5, 't', 'TensorProto'],
    [6, 'g', 'GraphProto'],
    [22, 'sparseTensor', 'SparseTensorProto'],
    [14, 'tp', 'TypeProto'],
    [7, 'floats', 'float', 'repeated'],
    [8, 'ints', 'int64', 'repeated'],
    [9, 'strings', 'bytes', 'repeated'],
    [10, 'tensors', 'TensorProto', 'repeated'],
    [11, 'graphs', 'GraphProto', 'repeated'],
    [23, 'sparseTensors', 'SparseTensorProto', 'repeated'],
    [15, 'typeProtos', 'TypeProto', 'repeated'],
  ],
  ValueInfoProto: [
    [1, 'name', 'string'],
    [2, 'type', 'TypeProto'],
    [4, 'metadataProps', 'StringStringEntryProto', 'repeated'],
  ],
  NodeProto: [
    [1, 'input', 'string', 'repeated'],
    [2, 'output', 'string', 'repeated'],
    [3, 'name', 'string'],
    [4, 'opType', 'string'],
    [7, 'domain', 'string'],
    [8, 'overload', 'string'],
    [5, 'attribute', 'AttributeProto', 'repeated'],
    [9, 'metadataProps', 'StringStringEntryProto', 'repeated'],
  ],
  ModelProto: [
    [1, 'irVersion', 'int64'],
    [8, 'opsetImport', 'OperatorSetIdProto', 'repeated'],
    [2, 'producerName', 'string'],
    [3, 'producerVersion', 'string'],
    [7, 'graph', 'GraphProto'],
    [14, 'metadataProps', 'StringStringEntryProto', 'repeated'],
    [25, 'functions', 'bytes', 'repeated'],
  ],
  StringStringEntryProto: [
    [1, 'key', 'string'],
    [2, 'value', 'string'],
  ],
  TensorAnnotation: [
    [1, 'tensorName', 'string'],
    [2, 'quantParameterTensorNames', 'StringStringEntryProto', 'repeated'],
  ],
  GraphProto: [
    [1, 'node', 'NodeProto', 'repeated'],
    [2, 'name', 'string'],
    [5, 'initializer', 'TensorProto', 'repeated'],
    [15, 'sparseInitializer', 'SparseTensorProto', 'repeated'],
    [11, 'input', 'ValueInfoProto', 'repeated'],
    [12, 'output', 'ValueInfoProto', 'repeated'],
    [13, 'valueInfo', 'ValueInfoProto', 'repeated'],
    [14, 'quantizationAnnotation', 'TensorAnnotation', 'repeated'],
  ],
  TensorProto: [
    [1, 'dims', 'int64', 'repeated'],
    [2, 'dataType', 'int32'],
    [4, 'floatData', 'bytes'],
    [5, 'int32Data', 'bytes'],
    [6, 'stringData', 'bytes', 'repeated'],
    [7, 'int64Data', 'bytes'],
    [8, 'name', 'string'],
    [9, 'rawData', 'bytes'],
    [13, 'externalData', 'StringStringEntryProto', 'repeated'],
    [14, 'dataLocation', 'TensorProto.DataLocation'],
    [10, 'doubleData', 'bytes'],
    [11, 'uint64Data', 'bytes'],
  ],
  SparseTensorProto: [
    [1, 'values', 'TensorProto'],
    [2, 'indices', 'TensorProto'],
    [3, 'dims', 'int64', 'repeated'],
  ],
  TensorShapeProto: [
    [1, 'dim', 'TensorShapeProto.Dimension', 'repeated'],
  ],
  'TensorShapeProto.Dimension': [
    [1, 'dimValue', 'int64', 'value'],
    [2, 'dimParam', 'string', 'value'],
  ],
  TypeProto: [
    [1, 'tensorType', 'TypeProto.Tensor', 'value'],
    [4, 'sequenceType', 'TypeProto.Sequence', 'value'],
    [5, 'mapType', 'TypeProto.Map', 'value'],
    [9, 'optionalType', 'TypeProto.Optional', 'value'],
    [8, 'sparseTensorType', 'TypeProto.SparseTensor', 'value'],
  ],
  'TypeProto.Tensor': [
    [1, 'elemType', 'int32'],
    [2, 'shape', 'TensorShapeProto'],
  ],
  'TypeProto.Sequence': [
    [1, 'elemType', 'TypeProto'],
  ],
  'TypeProto.Map': [
    [1, 'keyType', 'int32'],
    [2, 'valueType', 'TypeProto'],
  ],
  'TypeProto.Optional': [
    [1, 'elemType', 'TypeProto'],
  ],
  'TypeProto.SparseTensor': [
    [1, 'elemType', 'int32'],
    [2, 'shape', 'TensorShapeProto'],
  ],
  OperatorSetIdProto: [
    [1, 'domain', 'string'],
    [2, 'version', 'int64'],
  ],
  FunctionProto: [
    [1, 'name', 'string'],
    [4, 'input', 'string', 'repeated'],
    [5, 'output', 'string', 'repeated'],
    [6, 'attribute', 'string', 'repeated'],
    [11, 'attributeProto', 'AttributeProto', 'repeated'],
    [7, 'node', 'NodeProto', 'repeated'],
    [9, 'opsetImport', 'OperatorSetIdProto', 'repeated'],
    [10, 'domain', 'string'],
    [13, 'overload', 'string'],
    [12, 'valueInfo', 'ValueInfoProto', 'repeated'],
    [14, 'metadataProps', 'StringStringEntryProto', 'repeated'],
  ],
};

/** The numbers that each enum has. */
export const enums: Readonly<Record<string, readonly number[]>> = {
  'AttributeProto.AttributeType': [0, 1, 2, 3, 4, 5, 11, 13, 6, 7, 8, 9, 10, 12, 14],
  'TensorProto.DataLocation': [0, 1],
};
