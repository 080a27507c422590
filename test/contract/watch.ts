import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** A watch that remembers all that it was told. */
export class Watch<T> {
  readonly events: WatchEvent<T>[] = [];
  isOver = false;
  readonly #path: string;
  readonly #response: IncomingMessage;

  constructor(path: string, response: IncomingMessage) {
    this.#path = path;
    this.#response = response;
    void this.#read();
  }

  /** Waits until some event is right, seen before or not yet, and returns the first such. */
  async event(what: string, isRight: (event: WatchEvent<T>) => boolean): Promise<WatchEvent<T>> {
    await this.untilEvents(what, (events) => events.some(isRight));
    return this.events.find(isRight) as WatchEvent<T>;
  }

  untilEvents(what: string, isRight: (events: WatchEvent<T>[]) => boolean): Promise<WatchEvent<T>[]> {
    return until(`${what} in the watch of ${this.#path}`, () => this.events, isRight);
  }

  /** Waits for the server to end it. */
  async end(): Promise<WatchEvent<T>[]> {
    await until(
      `watch of ${this.#path} ended by the server`,
      () => ({ isOver: this.isOver, events: this.events }),
      (seen) => seen.isOver,
    );
    return this.events;
  }

  close(): void {
    this.#response.destroy();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of createInterface(this.#response)) {
        if (line !== '') this.events.push(JSON.parse(line) as WatchEvent<T>);
      }
    } catch {
      // Cut, by `close` or by the server: what was told until then stands.
    }
    this.isOver = true;
  }
}
