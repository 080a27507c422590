interface Options {
  readonly onChunk: (bytes: number) => void;
  /** Called once, also if the stream breaks or the reader leaves early. */
  readonly onEnd: () => void;
  /** Replaces the transport's error. */
  readonly explain: (error: unknown) => unknown;
}

/** Reads a response body line by line. Leaving the loop early closes the connection. */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array>,
  { onChunk, onEnd, explain }: Options,
): AsyncGenerator<string> {
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
    if (rest !== '') yield rest;
  } catch (error) {
    throw explain(error);
  } finally {
    onEnd();
  }
}
