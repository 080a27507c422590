import { expect } from 'vitest';

/** Nothing that somebody typed, or that stands in the cluster, pings people or becomes a link. */
export function expectHarmless(sent: unknown): void {
  expect(JSON.stringify(sent) ?? '').not.toMatch(/<!(?!date\^)|<http/);
}

/** No stack trace and no raw JSON reaches a person. */
export function expectReadable(texts: readonly string[]): void {
  // A record stands as it is in the line that writes it back.
  for (const text of texts.map((text) => text.replace(/^\s*kubectl .*$/gm, '')))
    expect(text).not.toMatch(/^\s+at .*(:\d+:\d+|<anonymous>)|\{"|Error:|\[object |undefined|\bnull\b/m);
}
