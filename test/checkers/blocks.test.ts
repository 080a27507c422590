import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../pitlane/chat/blocks/blocks.ts';
import { homeOf } from '../../pitlane/chat/views/drained-view.ts';
import { everyOutcome, saying } from '../builders/every-outcome.ts';
import { KINDS, NASTY, reasonWindow, reminders, views } from '../builders/every-view.ts';
import { checkersPython } from './programs.ts';

/** Each message, window and Home tab of test/builders/every-view.ts against the models of Slack's SDK for Python. */
const python = await checkersPython("Slack's SDK for Python");

type Given = { readonly name: string } & (Pick<Message, 'blocks'> | { readonly view: object });

interface Checked {
  readonly blocks: number;
  readonly faults: readonly { readonly name: string; readonly fault: string }[];
}

async function check(given: readonly Given[]): Promise<Checked> {
  const child = spawn(python ?? '', [join(import.meta.dirname, 'blocks.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(given.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const lines = (await text(child.stdout)).trim().split('\n');
  return { blocks: Number(lines.pop()), faults: lines.map((line) => JSON.parse(line)) };
}

function everyMessage(size: number): readonly Given[] {
  return Object.entries(NASTY).flatMap(([saysWhat, says]) => {
    const outcomes = saying(says, everyOutcome(size));
    const messages = [
      ...KINDS.flatMap((kind) => views(outcomes[kind]).map((message) => ({ name: kind, ...message }))),
      ...reminders(says).map((message) => ({ name: 'reminder', ...message })),
    ];
    return messages.map(({ name, blocks }) => ({ name: `${name} with ${saysWhat}`, blocks }));
  });
}

function everyView(): readonly Given[] {
  return Object.entries(NASTY).flatMap(([name, says]) => {
    const { window } = reasonWindow(says);
    const homes = views(saying(says, everyOutcome(7)).drainedList).map((message) => homeOf(message));
    return [...(window === undefined ? [] : [window]), ...homes].map((view) => ({ name: `view with ${name}`, view }));
  });
}

describe.skipIf(python === undefined)("Slack's SDK", () => {
  test.each([1, 30, 300])('accepts every message with %d of everything, and finds all of its fields', async (size) => {
    const { blocks, faults } = await check(everyMessage(size));
    expect(faults).toEqual([]);
    expect(blocks).toBeGreaterThan(1000);
  });

  test('accepts every window and Home tab, and finds all of their fields', async () => {
    const { blocks, faults } = await check(everyView());
    expect(faults).toEqual([]);
    expect(blocks).toBeGreaterThan(100);
  });

  test.each([
    ['a text that is too long', { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }],
    ['a field that does not exist', { type: 'section', text: { type: 'mrkdwn', text: 'x', verbatin: true } }],
  ])('refuses %s', async (name, block) => {
    const { faults } = await check([{ name, blocks: [block] as never }]);
    expect(faults).toMatchObject([{ name }]);
  });
});
