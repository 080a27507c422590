interface Options {
  /** Called with the size of each chunk. */
  readonly onChunk: (bytes: number) => void;
  /** Called once when the stream ends, for any reason. */
  readonly onEnd: () => void;
  /** Replaces the transport's error. */
  readonly explain: (error: unknown) => unknown;
}

/** Reads a response body line by line. Leaving the loop early closes the connection. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array> | null,
  { onChunk, onEnd, explain }: Options,
): AsyncGenerator<string> {
  if (stream === null) {
    onEnd();
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of stream) {
      onChunk(chunk.byteLength);
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    rest += decoder.decode();
    if (rest !== '') {
      yield rest;
    }
  } catch (error) {
    throw explain(error);
  } finally {
    onEnd();
  }
}
