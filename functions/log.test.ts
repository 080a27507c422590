import { expect, test, vi } from 'vitest';
import { logJson } from './log.ts';

test('a line of the log is the same data, and can not act on the screen of who reads it', () => {
  const written = vi.spyOn(console, 'log').mockImplementation(() => {});
  logJson('error', { door: 'tick', event: 'failed', error: new Error('\u001b[2J\u009b31m \u202etxet') });
  const [line] = written.mock.calls[0] ?? [];
  written.mockRestore();
  expect(line).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  expect(JSON.parse(line)).toMatchObject({ error: 'Error: \u001b[2J\u009b31m \u202etxet' });
});
