/** One answered request, for tests and benches that count requests. */
export interface RequestRecord {
  method: string;
  /** Includes the query. */
  path: string;
  /** 0 when the connection ended without an answer. */
  status: number;
}

/** Only the newest requests are kept; `count` includes all. */
const maxRecords = 10_000;

export class RequestLog {
  #records: RequestRecord[] = [];
  #count = 0;

  get records(): readonly RequestRecord[] {
    return this.#records;
  }

  get count(): number {
    return this.#count;
  }

  add(record: RequestRecord): void {
    this.#count += 1;
    this.#records.push(record);
    if (this.#records.length >= maxRecords * 2) this.#records.splice(0, maxRecords);
  }

  clear(): void {
    this.#records = [];
    this.#count = 0;
  }
}
