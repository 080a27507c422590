import { expect } from 'vitest';

/** No text of a user or of the cluster notifies people or becomes a link. */
export function expectHarmless(sent: unknown): void {
  expect(JSON.stringify(sent) ?? '').not.toMatch(/<!(?!date\^)|<http/);
}

/** No stack trace and no raw JSON reaches a person, except in kubectl lines and in the lines of a manifest that change. */
export function isReadable(text: string): boolean {
  const prose = text.replace(/^\s*(kubectl|[-+] \w+:) .*$/gm, '');
  return !/^\s+at .*(:\d+:\d+|<anonymous>)|\{"|Error:|\[object |undefined|\bnull\b/m.test(prose);
}

export function expectReadable(texts: readonly string[]): void {
  expect(texts.filter((text) => !isReadable(text))).toEqual([]);
}
