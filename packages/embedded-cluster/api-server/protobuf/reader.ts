/** The value of a field on the wire. */
export type WireValue = bigint | Buffer;

/** A truncated message, or a wire type that Kubernetes does not use. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** The fields of a protobuf message in order. */
export function* wireFields(message: Buffer): Generator<[number: number, value: WireValue]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new ProtobufError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        yield [number, varint()];
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > message.length) throw new ProtobufError('unexpected EOF');
        yield [number, message.subarray(at, at + length)];
        at += length;
        break;
      }
      default:
        throw new ProtobufError(`illegal wireType ${tag & 7n}`);
    }
  }
}

/** A varint as a signed number. */
export function signed(value: WireValue): number {
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
}

/** The embedded message or the bytes; empty when there are none. */
export function embedded(value: WireValue): Buffer {
  return typeof value === 'bigint' ? Buffer.alloc(0) : value;
}

/** The field's last value, which counts in protobuf; zero when there is none. */
export function fieldOf(message: Buffer, wanted: number): WireValue {
  let found: WireValue = 0n;
  for (const [number, value] of wireFields(message)) if (number === wanted) found = value;
  return found;
}

export function text(value: WireValue): string {
  return embedded(value).toString('utf8');
}
