import fs from 'node:fs';
import { vi } from 'vitest';

/** The lines that the packaged functions log in this process from now on, until `vi.restoreAllMocks`. */
export function captureLog(): readonly string[] {
  const logged: string[] = [];
  const { writeSync } = fs;
  vi.spyOn(fs, 'writeSync').mockImplementation((...given: unknown[]) => {
    const [, text] = given;
    if (!String(text).startsWith('{"timestamp"')) return Reflect.apply(writeSync, fs, given);
    logged.push(String(text));
    return Buffer.byteLength(String(text));
  });
  return logged;
}
