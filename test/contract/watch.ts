import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { until } from './until.ts';

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** A watch that records its events. */
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

  /** Waits for an event that is right, and returns the first one; events of the past count too. */
  async event(what: string, isRight: (event: WatchEvent<T>) => boolean): Promise<WatchEvent<T>> {
    await this.untilEvents(what, (events) => events.some(isRight));
    return this.events.find(isRight) as WatchEvent<T>;
  }

  untilEvents(what: string, isRight: (events: WatchEvent<T>[]) => boolean): Promise<WatchEvent<T>[]> {
    return until(`${what} in the watch of ${this.#path}`, () => this.events, isRight);
  }

  /** Waits until the server ends the watch. */
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
      // `close` or the server cut the connection: the events until then remain.
    }
    this.isOver = true;
  }
}
