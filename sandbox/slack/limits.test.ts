import type { types } from '@slack/bolt';
import { expect, test } from 'vitest';
import { blockFaults } from './limits.ts';

const section = (text: string): types.KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (value: string, text = 'Confirm'): types.KnownBlock => ({
  type: 'actions',
  elements: [{ type: 'button', action_id: 'a', value, text: { type: 'plain_text', text } }],
});
const menu = (count: number, value = 'v', text = 't'): types.KnownBlock => ({
  type: 'actions',
  elements: [
    {
      type: 'static_select',
      action_id: 'a',
      options: Array.from({ length: count }, () => ({ value, text: { type: 'plain_text', text } })),
    },
  ],
});

test.each<[string, types.KnownBlock[], string[]]>([
  ['50 blocks', Array.from({ length: 50 }, () => section('x')), []],
  ['51 blocks', Array.from({ length: 51 }, () => section('x')), ['51 blocks, at most 50']],
  ['a section of 3000 characters', [section('x'.repeat(3000))], []],
  ['one of 3001', [section('x'.repeat(3001))], ['blocks[0] (section): text has 3001 characters, at most 3000']],
  ['an empty section', [section('')], ['blocks[0] (section): text is empty']],
  ['a button value of 2000 characters', [button('x'.repeat(2000))], []],
  ['one of 2001', [button('x'.repeat(2001))], ['blocks[0] (actions): button value has 2001 characters, at most 2000']],
  [
    'a button text of 76',
    [button('', 'x'.repeat(76))],
    ['blocks[0] (actions): button text has 76 characters, at most 75'],
  ],
  ['100 options', [menu(100)], []],
  ['101 options', [menu(101)], ['blocks[0] (actions): 101 options, 1 to 100']],
  ['no option', [menu(0)], ['blocks[0] (actions): 0 options, 1 to 100']],
  [
    'an option that is too long in both',
    [menu(1, 'x'.repeat(76), 'x'.repeat(76))],
    [
      'blocks[0] (actions): option text has 76 characters, at most 75',
      'blocks[0] (actions): option value has 76 characters, at most 75',
    ],
  ],
  [
    'the same block_id twice',
    [
      { ...section('x'), block_id: 'b' },
      { ...section('y'), block_id: 'b' },
    ],
    ['a block_id stands twice'],
  ],
])('%s', (_, blocks, want) => {
  expect(blockFaults(blocks)).toEqual(want);
});
