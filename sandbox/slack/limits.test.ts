import type { types } from '@slack/bolt';
import { expect, test } from 'vitest';
import { blockFaults, messageFaults } from './limits.ts';

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

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });
const asking = (title: string, text: string, confirm: string, deny: string): types.KnownBlock => ({
  type: 'actions',
  elements: [
    {
      type: 'button',
      action_id: 'a',
      value: 'v',
      text: plain('Finish'),
      confirm: { title: plain(title), text: plain(text), confirm: plain(confirm), deny: plain(deny) },
    },
  ],
});
const context = (texts: readonly string[]): types.KnownBlock => ({
  type: 'context',
  elements: texts.map((text) => ({ type: 'mrkdwn', text })),
});
const fields = (count: number, text = 'x'): types.KnownBlock => ({
  type: 'section',
  fields: Array.from({ length: count }, () => ({ type: 'mrkdwn', text })),
});
const placeholder = (length: number): types.KnownBlock => ({
  type: 'actions',
  elements: [
    {
      type: 'static_select',
      action_id: 'a',
      placeholder: plain('x'.repeat(length)),
      options: [{ value: 'v', text: plain('t') }],
    },
  ],
});

test.each<[string, types.KnownBlock[], string[]]>([
  ['50 blocks', Array.from({ length: 50 }, () => section('x')), []],
  ['51 blocks', Array.from({ length: 51 }, () => section('x')), ['51 blocks, at most 50']],
  ['a section of 3000 characters', [section('x'.repeat(3000))], []],
  [
    'a section of 3001 characters',
    [section('x'.repeat(3001))],
    ['blocks[0] (section): text has 3001 characters, at most 3000'],
  ],
  ['an empty section', [section('')], ['blocks[0] (section): text is empty']],
  ['a button value of 2000 characters', [button('x'.repeat(2000))], []],
  [
    'a button value of 2001 characters',
    [button('x'.repeat(2001))],
    ['blocks[0] (actions): button value has 2001 characters, at most 2000'],
  ],
  [
    'a button text of 76 characters',
    [button('v', 'x'.repeat(76))],
    ['blocks[0] (actions): button text has 76 characters, at most 75'],
  ],
  ['100 options', [menu(100)], []],
  ['101 options', [menu(101)], ['blocks[0] (actions): 101 options, 1 to 100']],
  ['no option', [menu(0)], ['blocks[0] (actions): 0 options, 1 to 100']],
  [
    'an option with text and value too long',
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
    ['duplicate block_id'],
  ],
  [
    'the same action_id twice in one block',
    [
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'a', value: '1', text: plain('one') },
          { type: 'button', action_id: 'a', value: '2', text: plain('two') },
        ],
      },
    ],
    ['blocks[0] (actions): duplicate action_id'],
  ],
  ['the same action_id in two blocks', [button('1'), button('2')], []],
  [
    'a block_id of 256 characters',
    [{ ...section('x'), block_id: 'i'.repeat(256) }],
    ['blocks[0] (section): block_id has 256 characters, at most 255'],
  ],
  ['a dialog at all limits', [asking('t'.repeat(100), 'x'.repeat(300), 'c'.repeat(30), 'd'.repeat(30))], []],
  [
    'a dialog beyond all limits',
    [asking('t'.repeat(101), 'x'.repeat(301), 'c'.repeat(31), 'd'.repeat(31))],
    [
      'blocks[0] (actions): confirm title has 101 characters, at most 100',
      'blocks[0] (actions): confirm text has 301 characters, at most 300',
      'blocks[0] (actions): confirm button has 31 characters, at most 30',
      'blocks[0] (actions): deny button has 31 characters, at most 30',
    ],
  ],
  ['10 elements', [context(Array(10).fill('x'))], []],
  ['11 elements', [context(Array(11).fill('x'))], ['blocks[0] (context): 11 elements, 1 to 10']],
  ['an empty context', [context([])], ['blocks[0] (context): 0 elements, 1 to 10']],
  ['10 fields', [fields(10, 'x'.repeat(1200))], []],
  ['11 fields', [fields(11)], ['blocks[0] (section): 11 fields, 1 to 10']],
  ['a field of 2001', [fields(1, 'x'.repeat(2001))], ['blocks[0] (section): field has 2001 characters, at most 2000']],
  ['a header of 150', [{ type: 'header', text: plain('x'.repeat(150)) }], []],
  [
    'a header of 151',
    [{ type: 'header', text: plain('x'.repeat(151)) }],
    ['blocks[0] (header): text has 151 characters, at most 150'],
  ],
  [
    'mrkdwn in a header',
    [{ type: 'header', text: { type: 'mrkdwn', text: '*x*' } as unknown as types.PlainTextElement }],
    ['blocks[0] (header): text is mrkdwn, expected plain_text'],
  ],
  ['a placeholder of 150', [placeholder(150)], []],
  ['a placeholder of 151', [placeholder(151)], ['blocks[0] (actions): placeholder has 151 characters, at most 150']],
  ['an unpaired surrogate', [section('\ud83d')], ['blocks[0] (section): text has an unpaired surrogate']],
  [
    '13,000 characters together',
    Array.from({ length: 5 }, () => section('x'.repeat(2600))),
    ['msg_blocks_too_long: 13271 characters'],
  ],
])('%s', (_, blocks, want) => {
  expect(blockFaults(blocks)).toEqual(want);
});

test('requires a text for notifications beside the blocks', () => {
  expect(messageFaults({ text: ' ', blocks: [section('x')] })).toEqual(['top-level text is empty']);
  expect(messageFaults({ text: 'x', blocks: [section('x')] })).toEqual([]);
});
