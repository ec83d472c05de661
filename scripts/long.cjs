// In the place of the package `long` in bundles: as much of a 64-bit integer as protobufjs makes and src/onnx/proto.ts reads.
module.exports = class Long {
  constructor(low, high, unsigned) {
    this.low = low;
    this.high = high;
    this.unsigned = unsigned;
  }

  static isLong(value) {
    return value instanceof Long;
  }

  static fromBits(low, high, unsigned) {
    return new Long(low, high, unsigned);
  }

  /** In decimal digits, exactly. */
  toString() {
    // Most are sizes.
    if (this.high === 0) return String(this.low >>> 0);
    const value = (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
    return String(this.unsigned ? BigInt.asUintN(64, value) : value);
  }
};
