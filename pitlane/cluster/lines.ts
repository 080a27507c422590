interface Options {
  /** Called with the size of each piece that arrives. */
  readonly onChunk: (bytes: number) => void;
  /** Called once, however the stream ends. */
  readonly onEnd: () => void;
  /** What to throw instead of the transport's own error. */
  readonly explain: (error: unknown) => unknown;
}

/** A response body as lines. Leaving the loop early closes the connection. */
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
