import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { Prompt } from './prompt.ts';

const COLUMNS = 40;
/** One of readline's control sequences, or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const SEQUENCE = /\u001b\[(\d*)([A-Z])|./gs;

/** A prompt at a terminal of 40 columns; `screen` is what it shows. */
function open() {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns: COLUMNS });
  const onLeave = vi.fn();
  const prompt = new Prompt({ input, output, isTerminal: true, onLeave });
  prompt.ask('\n> ');
  let written = '';
  output.on('data', (chunk: string) => {
    written += chunk;
  });
  const type = async (text: string) => {
    input.write(text);
    await new Promise(setImmediate);
  };
  return { prompt, type, screen: () => screenOf(written), onLeave };
}

/** The rows of a terminal that was written to, as far as readline uses its control sequences. */
function screenOf(written: string): readonly string[] {
  const rows = [''];
  let [row, column] = [0, 0];
  for (const [token, count, command] of written.matchAll(SEQUENCE)) {
    if (command === 'A') row -= Number(count);
    else if (command === 'G') column = Number(count) - 1;
    else if (command === 'J') rows.splice(row, rows.length, (rows[row] ?? '').slice(0, column));
    else if (command !== undefined) throw new Error(`unknown sequence ${JSON.stringify(token)}`);
    else if (token === '\r') column = 0;
    else if (token === '\n') [row, column] = [row + 1, 0];
    else {
      if (column === COLUMNS) [row, column] = [row + 1, 0];
      rows[row] = (rows[row] ?? '').padEnd(column).slice(0, column) + token + (rows[row] ?? '').slice(column + 1);
      column += 1;
    }
    rows[row] ??= '';
  }
  return rows;
}

test('output appears above a typed line that is wider than the terminal, and leaves it whole', async () => {
  const { prompt, type, screen } = open();
  const typed = '/rng drain b85tm because of errors since the rollout of today';
  await type(typed);
  const asked = ['', `> ${typed}`.slice(0, COLUMNS), `> ${typed}`.slice(COLUMNS)];
  expect(screen()).toEqual(asked);
  prompt.write('#ops');
  prompt.write('  Restored rng-a');
  expect(screen()).toEqual(['#ops', '  Restored rng-a', ...asked]);
  await type('!');
  expect(screen()).toEqual(['#ops', '  Restored rng-a', '', asked[1], `${asked[2]}!`]);
});

test('Ctrl-C drops the typed line, and leaves without one', async () => {
  const { type, screen, onLeave } = open();
  await type('/rng drain');
  await type('\u0003');
  expect(screen()).toEqual(['', '> ']);
  expect(onLeave).not.toHaveBeenCalled();
  await type('\u0003');
  expect(onLeave).toHaveBeenCalledOnce();
});

test('keeps the lines from before the iteration, and leaves at Ctrl-D', async () => {
  const { prompt, type, onLeave } = open();
  await type('/rng list\r');
  await type('\u0004');
  const lines: string[] = [];
  for await (const line of prompt.lines) lines.push(line);
  expect(lines).toEqual(['/rng list']);
  expect(onLeave).toHaveBeenCalledOnce();
});

test('breaks long lines between words, but not commands', async () => {
  const { prompt, type, screen } = open();
  await type('7');
  prompt.write('  ✓ Replacement created: rng-57474bc599-tm5v7, on node-1');
  prompt.write('      kubectl -n dockercoins label pod rng-57474bc599-zmz5t app=rng');
  expect(screen().slice(0, -2)).toEqual([
    '  ✓ Replacement created:',
    '    rng-57474bc599-tm5v7, on node-1',
    '      kubectl -n dockercoins label pod r',
    'ng-57474bc599-zmz5t app=rng',
  ]);
});
