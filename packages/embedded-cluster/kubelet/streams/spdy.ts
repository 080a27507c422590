import { Duplex } from 'node:stream';
import { createDeflate, createInflate, constants as zlib } from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';

const control = 0x80030000;
const [synStream, synReply, rstStream, ping, goAway] = [1, 2, 3, 6, 7];
const fin = 1;
const cancel = 5;

/** A stream that the client opened; its headers say what it is for. Its halves close one by one. */
export type Stream = Duplex & { headers: Readonly<Record<string, string>> };

export type OnStream = (stream: Stream) => void;

/**
 * Serves a SPDY/3.1 connection, as far as Kubernetes uses it. Like moby/spdystream it has no flow control and no
 * priorities.
 */
export async function serveSpdy(wire: Duplex, onStream: OnStream): Promise<void> {
  const streams = new Map<number, Stream>();
  const inflate = createInflate({ dictionary: spdyDictionary });
  const deflate = createDeflate({ dictionary: spdyDictionary });
  const close = () => {
    wire.destroy();
    inflate.close();
    deflate.close();
    for (const stream of streams.values()) stream.destroy();
  };
  inflate.on('error', close);
  wire.on('error', close).on('close', close);

  const send = (first: number, flags: number, body: Buffer, done = () => {}) => {
    if (wire.destroyed || wire.writableEnded) done();
    else wire.write(Buffer.concat([numbers(first, flags * 2 ** 24 + body.length), body]), () => done());
  };
  const open = async (id: number, block: Buffer) => {
    await new Promise<void>((resolve) => inflate.write(block, () => resolve()));
    const stream: Stream = Object.assign(
      new Duplex({
        read() {},
        write: (chunk: Buffer, _, done) => send(id, 0, chunk, done),
        final: (done) => send(id, fin, Buffer.alloc(0), done),
        destroy: (error, done) => {
          const isOver = stream.readableEnded && stream.writableFinished;
          // One that the client has reset is no longer known.
          if (streams.delete(id) && !isOver) send(control + rstStream, 0, numbers(id, cancel));
          done(error);
        },
      }),
      { headers: headersIn(inflate.read()) },
    );
    // A reset is an end like others; readers see `close`.
    stream.on('error', () => {});
    streams.set(id, stream);
    deflate.write(numbers(0));
    await new Promise<void>((resolve) => deflate.flush(zlib.Z_SYNC_FLUSH, resolve));
    send(control + synReply, 0, Buffer.concat([numbers(id), deflate.read()]));
    onStream(stream);
  };
  try {
    for await (const { first, flags, body } of framesOf(wire)) {
      const type = first < control ? 'data' : first - control;
      const id = type === 'data' ? first : body.readUInt32BE();
      if (type === synStream) await open(id, body.subarray(10));
      if (type === 'data' && body.length > 0) streams.get(id)?.push(body);
      if ((type === 'data' || type === synStream) && (flags & fin) !== 0) streams.get(id)?.push(null);
      if (type === ping) send(first, 0, body);
      if (type === goAway) wire.end();
      if (type !== rstStream) continue;
      const stream = streams.get(id);
      streams.delete(id);
      stream?.destroy();
    }
  } catch {
    // The connection was cut.
  }
  close();
}

async function* framesOf(wire: Duplex) {
  let unread = Buffer.alloc(0);
  for await (const chunk of wire) {
    unread = Buffer.concat([unread, chunk as Buffer]);
    while (unread.length >= 8 && unread.length >= 8 + unread.readUIntBE(5, 3)) {
      const end = 8 + unread.readUIntBE(5, 3);
      yield { first: unread.readUInt32BE(), flags: unread.readUInt8(4), body: unread.subarray(8, end) };
      unread = unread.subarray(end);
    }
  }
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** A number of names and values, each after its length. Names in lower case; of several values the first. */
function headersIn(block: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 4;
  const text = () => {
    const start = at + 4;
    at = start + block.readUInt32BE(at);
    return block.toString('utf8', start, at);
  };
  while (at < block.length) {
    const name = text().toLowerCase();
    headers[name] = text().split('\0')[0] as string;
  }
  return headers;
}
