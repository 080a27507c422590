import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8');

describe('docs/troubleshooting.md', () => {
  const golden = globSync(['{cli,functions,pitlane,test}/**/golden/**/*'], {
    cwd: ROOT,
    exclude: (path) => path.endsWith('.yaml'),
  })
    .filter((path) => /\.(txt|json)$/.test(path))
    .map(read)
    .concat(read('pitlane/cluster/response-error.ts').replaceAll("\\'", "'"))
    .join('\n');
  // Slack's own messages are in no golden file; some of the connection errors are only in the source.
  const messages = read('docs/troubleshooting.md')
    .replace(/## What Slack says.*?(?=\n## )/s, '')
    .split('\n## What is missing')[0]
    ?.matchAll(/^\| `([^`]+)`/gm);

  test.each([...(messages ?? [])].map(([, message = '']) => message))('quotes a message of Pitlane: %s', (message) => {
    const parts = message.split('…').map((part) => part.trim());
    expect(parts.filter((part) => !golden.includes(part))).toEqual([]);
  });
});

test('every link of README and docs leads to a file, and to a heading in it', () => {
  const pages = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })];
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path = '', heading]) => {
      const target = path === '' ? page : fileURLToPath(new URL(path, `file:///${page}`)).slice(1);
      try {
        const text = read(target.replace(/\/$/, '/README.md'));
        return heading === undefined || headings(text).includes(heading) ? [] : [`${page}: ${link}`];
      } catch {
        return [`${page}: ${link}`];
      }
    }),
  );
  expect(broken).toEqual([]);
});

/** The anchors that a Markdown viewer makes of the headings. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
