import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';

const HEADING = '=== ';

/**
 * The golden file of a test file, in `golden/` beside it, with a section for each test that expects texts. As with
 * snapshots, `vitest run FILE -u` rewrites it.
 */
export class GoldenFile {
  readonly #path: string;
  readonly #sections = new Map<string, readonly string[]>();
  #texts: string[] = [];

  /** @param url import.meta.url of the test file */
  constructor(url: string) {
    this.#path = fileURLToPath(url).replace(/([^/]+)\.test\.ts$/, 'golden/$1.golden.txt');
    const kept = sectionsOf(existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '');
    let isUpdate = false;
    beforeEach(() => {
      this.#texts = [];
    });
    afterEach(({ task }) => {
      if (this.#texts.length === 0 || task.result?.state === 'fail') return;
      const { currentTestName: name = '', snapshotState } = expect.getState();
      this.#sections.set(name, this.#texts);
      const { snapshotUpdateState: mode } = snapshotState;
      isUpdate ||= mode === 'all' || (mode === 'new' && !existsSync(this.#path));
      if (!isUpdate) expect(this.#texts.join('\n')).toBe(kept.get(name));
    });
    afterAll(() => {
      if (!isUpdate) return;
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(this.#path, [...this.#sections].map(([name, texts]) => section(name, texts)).join('\n'));
    });
  }

  /** The section of the running test has these texts next. */
  expect(...texts: readonly string[]): void {
    this.#texts.push(...texts);
  }
}

function section(name: string, texts: readonly string[]): string {
  return `${HEADING}${name}\n${texts.join('\n')}\n`;
}

function sectionsOf(file: string): ReadonlyMap<string, string> {
  const sections = `\n${file}`.split(`\n${HEADING}`).slice(1);
  return new Map(
    sections.map((text) => {
      const end = text.indexOf('\n');
      return [text.slice(0, end), text.slice(end + 1).replace(/\n+$/, '')];
    }),
  );
}
