// In the place of protobufjs's conversions of floats, which have ways for engines without typed arrays: as much as its reader takes.
const view = (bytes, at) => new DataView(bytes.buffer, bytes.byteOffset + at);

exports.readFloatLE = (bytes, at) => view(bytes, at).getFloat32(0, true);
exports.readDoubleLE = (bytes, at) => view(bytes, at).getFloat64(0, true);
