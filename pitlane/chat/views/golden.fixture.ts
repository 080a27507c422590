import { describe, expect, test } from 'vitest';
import { messageFaults } from '../../../sandbox/slack/limits.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import type { Message } from '../blocks/blocks.ts';
import { stateOfMessage } from '../blocks/state.ts';

/** Each message by the name of its golden file. */
export function testMessages(messages: Readonly<Record<string, Message>>): void {
  describe.each(Object.entries(messages))('the message %s', (name, message) => {
    test('reads as in its golden file', async () => {
      const { lines } = render(message.blocks);
      const text = [...lines, '', `notification: ${message.text}`, `state: ${stateOfMessage(message)}`, ''].join('\n');
      await expect(text).toMatchFileSnapshot(`golden/${name}.golden.txt`);
    });

    test('stays within the limits of Block Kit', () => {
      expect(messageFaults(message)).toEqual([]);
    });

    test('mentions no channel, whatever labels, logs and reasons contain', () => {
      expect(JSON.stringify(message)).not.toMatch(/<!(channel|here|everyone)/);
    });
  });
}
