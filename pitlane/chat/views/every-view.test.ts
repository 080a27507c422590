import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageFaults, viewFaults } from '../../../sandbox/slack/limits.ts';
import { everyOutcome, saying } from '../../../test/builders/every-outcome.ts';
import { drained, EXTEND_PLAN, NOW, POD, RECORD } from '../../../test/builders/outcomes.ts';
import { codePoint, propertyRuns } from '../../../test/builders/property-runs.ts';
import { DEFAULT_POLICY } from '../../config/config.ts';
import type { DrainedList, Outcome } from '../../operate/outcome.ts';
import type { Overview } from '../../operate/overview.ts';
import type { GateWarning } from '../../operate/tick/courier.ts';
import { isUnprintable } from '../../text/printable.ts';
import type { Block, Message } from '../blocks/blocks.ts';
import { buttonValue } from '../blocks/button-value.ts';
import { reasonModal } from '../blocks/reason-modal.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { follow, startReport } from './change-report.ts';
import { progressView } from './change-view.ts';
import { gateWarningView } from './gate-view.ts';
import { homeNotice, homeView } from './home-view.ts';
import { listFile } from './list-file.ts';
import { recordClosedView, reminderAnsweredView, reminderView, spentView } from './reminder-view.ts';
import type { Setting } from './setting.ts';
import { outcomeView } from './views.ts';

const OFFER = { at: NOW, requestId: '13345224609.738474920.8088930838d88f008e0' };
const KINDS = Object.keys(everyOutcome(1)) as Outcome['kind'][];

const NASTY: Readonly<Record<string, string>> = {
  'an ordinary name': 'rng-7c5d9f8b6-dkvzv',
  'a name of 253 characters': `${'long-name.'.repeat(25)}end`,
  'mentions of channels and people':
    '<!channel> <!here|here> <!everyone> <@U0ADA00000> <#C0OPS00000> <!subteam^S0123456789>',
  'a disguised link': '<https://evil.example|rng> [rng](https://evil.example) &lt;https://evil.example|rng&gt;',
  backticks: '` `` ``` ```` `drain` ```\nkubectl delete ns x\n```',
  'mrkdwn marks': '*bold* _italics_ ~struck~ > quote',
  'entities and quotes': '&lt;!channel&gt; &amp;lt; "\'\\ \\u003c',
  emoji: '👩‍🚒🐢 :fire: 🇩🇪'.repeat(40),
  'right to left': 'שלום \u202egnirtser\u202c عربى \u2066x\u2069 \u200f\u200e\u061c',
  'line breaks and controls': 'a\r\nb\u0000\u0007\u001b[31mc\td\u2028e\u009b2J\u007f',
  'a long log line': `${'x'.repeat(4_000)}&`,
  'a long line of ampersands': '&'.repeat(1_500),
  nothing: '',
};

/** Each view of the outcome: plain, with every button, and on the way. */
function views(outcome: Outcome): readonly Message[] {
  const plain: Setting = { address: '/rng' };
  const views = [outcomeView(outcome, plain)];
  if (outcome.kind === 'refusal') {
    views.push(outcomeView(outcome, { ...plain, offer: OFFER, mayForce: true }));
  }
  if (outcome.kind === 'listed') {
    views.push(outcomeView(outcome, { ...plain, file: listFile(outcome).name }));
    views.push(outcomeView(outcome, { ...plain, service: 'rng', role: 'operator' }));
  }
  if (outcome.kind === 'manifest') views.push(outcomeView(outcome, { ...plain, file: 'daemonset-rng.yaml' }));
  if (outcome.kind === 'drainedList') views.push(homeNotice(views[0] as Message), homeView(overviewOf(outcome)));
  if (outcome.kind === 'proposal') {
    views.push(outcomeView(outcome, { ...plain, offer: OFFER }));
  }
  if (outcome.kind === 'done') {
    const report = [
      { kind: 'wrote', key: 'it', title: outcome.notes[0] ?? 'it' } as const,
      { kind: 'progress', proof: outcome.proof } as const,
      { kind: 'retrying', why: outcome.notes[0] ?? 'it' } as const,
    ].reduce((before, event) => follow(before, event, NOW), startReport(outcome.plan, 'U0GRACE000'));
    views.push(progressView(report, plain), outcomeView(outcome, { ...plain, report, reference: '1a2b3c4d' }));
  }
  return views;
}

/** As many schedules as pods are drained, in their words. */
function overviewOf(list: DrainedList): Overview {
  const schedules = list.drained.map(({ pod, record }) => ({
    key: pod.name,
    schedule: { id: '3f2a9c', cron: pod.name, tz: pod.name, does: 'enable', because: record?.because } as never,
    next: pod.name,
  }));
  return { kind: 'overview', services: list.drained.map(({ key }) => key), list, schedules };
}

/** The views that belong to no outcome. */
function reminders(text: string): readonly Message[] {
  const { pod } = drained(2);
  // Names that Kubernetes takes: they always fit into the buttons.
  const named = { service: 's'.repeat(63), pod: { ...saying(text, pod), name: 'p'.repeat(253) } };
  const reminder = { ...named, ...saying(text, { record: RECORD, reason: 'why' }), now: NOW };
  const shown = reminderView(reminder, { address: '/rng' });
  return [
    shown,
    spentView(shown, { request: EXTEND_PLAN.operation.request, by: text }),
    reminderAnsweredView(text, { command: 'extend', by: text }),
    recordClosedView(
      { pod: { name: text, uid: '' }, by: text, at: NOW },
      'rng',
      { sentence: text, left: text },
      { address: '/rng' },
    ),
    gateWarningView(gateWarning(text), { address: '/rng' }),
  ];
}

/** As many troubles as a gate can have, in the words of others. */
function gateWarning(text: string): GateWarning {
  const note = { label: text, via: 'admission', newPods: 'in', id: 'op-gate', by: text, at: NOW } as const;
  const service = { key: text, cluster: '', namespace: '', service: text, policy: DEFAULT_POLICY };
  const troubles = Array.from({ length: 5 }, () => ({ code: 'GateRuleGone', message: text, first: text }));
  return { note, service, troubles, canRepair: true };
}

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
  const request = { command: 'drain', service: 's'.repeat(31), pods: [text], dryRun: false, force: false };
  const named = { userId: 'U0ADA00000', teamId: '', channel: OFFER.requestId, isDirectMessage: false, thread: '1.1' };
  const asker = { ...named, requestId: OFFER.requestId, address: `@pitlane ${request.service}` };
  const window = reasonModal({ kind: 'choose', request, pod: { name: text, uid: POD.uid }, asker });
  const { text: heading, blocks } = { text: 'window', blocks: (window?.blocks ?? []) as Block[] };
  expect(window === undefined ? [] : viewFaults(window)).toEqual([]);
  expect(mrkdwnOf({ text: heading, blocks }).filter((each) => /[<>]/.test(each.replace(TOKEN, '')))).toEqual([]);
  expect(window === undefined).toBe(
    buttonValue({ request, pod: { name: text, uid: POD.uid }, address: asker.address }) === undefined,
  );
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
