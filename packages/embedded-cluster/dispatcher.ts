import type { Ask, Asked } from './ask.ts';

/** The part of undici's dispatch options that fetch sets. */
interface DispatchOptions {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array> | null;
}

/** The part of undici's handlers that fetch has. */
interface DispatchHandler {
  onRequestStart(controller: Controller, context: object): void;
  onResponseStart(controller: Controller, status: number, headers: object, statusText: string): void;
  onResponseData(controller: Controller, chunk: Buffer): void;
  onResponseEnd(controller: Controller, trailers: object): void;
  onResponseError(controller: Controller, error: Error): void;
}

/** undici's DispatchController. The answers of this process need no pauses: whole chunks are in memory anyway. */
class Controller {
  aborted = false;
  readonly paused = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] = [];
  readonly rawTrailers: Buffer[] = [];
  readonly #onAbort: (reason: Error) => void;

  constructor(onAbort: (reason: Error) => void) {
    this.#onAbort = onAbort;
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#onAbort(reason);
  }

  pause(): void {}

  resume(): void {}
}

/** A dispatcher for undici's fetch that reaches an API server of this process without sockets. */
export function dispatcherTo(ask: Ask): { dispatch(options: object, handler: object): boolean } {
  return {
    dispatch(options, handler) {
      send(ask, options as DispatchOptions, handler as DispatchHandler).catch((error) =>
        (handler as DispatchHandler).onResponseError(new Controller(() => {}), error),
      );
      return true;
    },
  };
}

async function send(ask: Ask, { method, path, headers, body }: DispatchOptions, handler: DispatchHandler) {
  let cancel = () => {};
  let isOver = false;
  const fail = (error: Error) => {
    if (isOver) return;
    isOver = true;
    handler.onResponseError(controller, error);
  };
  const controller = new Controller((reason) => {
    cancel();
    fail(reason);
  });
  handler.onRequestStart(controller, {});
  const asked: Asked = { method, url: path, headers: lowerCased(headers), body: await bytesOf(body) };
  if (controller.aborted) return;
  cancel = ask(asked, {
    onHead(status, sent) {
      controller.rawHeaders = rawOf(sent);
      handler.onResponseStart(controller, status, sent, '');
    },
    onData: (chunk) => handler.onResponseData(controller, chunk),
    onEnd() {
      isOver = true;
      handler.onResponseEnd(controller, {});
    },
    onCut: fail,
  });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function bytesOf(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function rawOf(headers: Readonly<Record<string, string | string[]>>): Buffer[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [Buffer.from(name), Buffer.from(value, 'latin1')]),
  );
}
