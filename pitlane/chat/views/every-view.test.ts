import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageFaults, viewFaults } from '../../../sandbox/slack/limits.ts';
import { everyOutcome, saying } from '../../../test/builders/every-outcome.ts';
import { KINDS, NASTY, reasonWindow, reminders, views } from '../../../test/builders/every-view.ts';
import { POD } from '../../../test/builders/outcomes.ts';
import { codePoint, propertyRuns } from '../../../test/builders/property-runs.ts';
import { isUnprintable } from '../../text/printable.ts';
import type { Block, Message } from '../blocks/blocks.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { listFile } from './list-view.ts';

/** All text that Slack reads as mrkdwn. */
function mrkdwnOf({ text, blocks }: Message): readonly string[] {
  const ofBlock = (block: Block): readonly string[] => {
    if (block.type === 'section') return [block.text?.text ?? ''];
    if (block.type !== 'context') return [];
    return block.elements.flatMap((element) => ('text' in element ? [element.text] : []));
  };
  return [text, ...blocks.flatMap(ofBlock)];
}

/** The tokens that Pitlane's own sentences may contain ("Formatting text for app surfaces"). */
const TOKEN =
  /<(@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^-?\d+\^\{[a-z_]+\}( \{time\})?\|[-0-9: TUCZ+.]+)>/g;

/** Text objects of which Slack would make links and mentions of its own ("Text object", verbatim). */
function parsedOf({ blocks }: Message): readonly unknown[] {
  const texts = blocks.flatMap((block) =>
    block.type === 'section' ? [block.text, ...(block.fields ?? [])] : block.type === 'context' ? block.elements : [],
  );
  return texts.filter((text) => text?.type === 'mrkdwn' && text.verbatim !== true);
}

function faultsOf(message: Message): readonly string[] {
  const mrkdwn = mrkdwnOf(message);
  return [
    ...parsedOf(message).map((text) => `Slack parses it: ${JSON.stringify(text)}`),
    ...messageFaults(message),
    ...(stateOfMessage(message) === undefined ? ['it carries no state'] : []),
    ...mrkdwn.filter((text) => /[<>]/.test(text.replace(TOKEN, ''))).map((text) => `a live token: ${text}`),
    ...mrkdwn.filter((text) => /&(?!(amp|lt|gt);)/.test(text)).map((text) => `a bare &: ${text}`),
    ...mrkdwn.filter((text) => text.split('```').length % 2 === 0).map((text) => `a code block stays open: ${text}`),
    // Zero-width spaces are Pitlane's own.
    ...mrkdwn.filter((text) => isUnprintable(text.replaceAll('\u200b', ''))).map((text) => `acts on a screen: ${text}`),
  ];
}

describe.each([1, 30, 300])('with %d of everything', (size) => {
  describe.each(Object.entries(NASTY))('and %s in all places', (_, text) => {
    const outcomes = saying(text, everyOutcome(size));

    test.each(KINDS)('%s is a message that Slack accepts, without unintended mentions', (kind) => {
      expect(views(outcomes[kind]).flatMap(faultsOf)).toEqual([]);
    });
  });
});

test.each(Object.entries(NASTY))('a reminder with %s in all places is a message that Slack accepts', (_, text) => {
  expect(reminders(text).flatMap(faultsOf)).toEqual([]);
});

test.each(Object.entries(NASTY))('a window about %s is one that Slack accepts, or there is none', (_, text) => {
  const { window, carried } = reasonWindow(text);
  const blocks = (window?.blocks ?? []) as Block[];
  expect(window === undefined ? [] : viewFaults(window)).toEqual([]);
  expect(mrkdwnOf({ text: 'window', blocks }).filter((each) => /[<>]/.test(each.replace(TOKEN, '')))).toEqual([]);
  expect(window === undefined).toBe(carried === undefined);
});

test('each view is a message that Slack accepts, whatever people, labels, logs and records say', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.string({ unit: codePoint, maxLength: 400 }),
    fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '&',
          '`',
          '```',
          '*',
          '|',
          '!channel',
          '@',
          '\n',
          ' ',
          'U0ADA00000',
          '🐢',
          ';',
          'by ',
        ),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom(...KINDS), fc.constantFrom(1, 7), (text, kind, size) => {
      expect(views(saying(text, everyOutcome(size)[kind])).flatMap(faultsOf)).toEqual([]);
      expect(reminders(text).flatMap(faultsOf)).toEqual([]);
    }),
    propertyRuns(40),
  );
});

describe('the file of a list', () => {
  test.each([1, 30, 300])('of %d has one line for each pod, whatever its name', (size) => {
    const { listed } = everyOutcome(size);
    for (const text of Object.values(NASTY)) {
      const { name, text: file } = listFile(saying(text, { ...listed, notes: [] }));
      expect(name).not.toContain('\n');
      expect(file.trimEnd().split('\n')).toHaveLength(size + 4);
    }
    expect(listFile(listed).name).toBe('rng-pods-20261124-031207.txt');
  });

  test('names each pod once', () => {
    const file = listFile(everyOutcome(30).listed).text;
    expect(file).toContain(POD.name);
    expect(file.split(POD.name)).toHaveLength(2);
  });
});
