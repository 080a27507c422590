import type { types } from '@slack/bolt';
import type { Message } from '../../pitlane/chat/blocks/blocks.ts';
import { buttonValue } from '../../pitlane/chat/blocks/button-value.ts';
import { reasonModal } from '../../pitlane/chat/blocks/reason-modal.ts';
import { follow, startReport } from '../../pitlane/chat/views/change-report.ts';
import { progressView } from '../../pitlane/chat/views/change-view.ts';
import { homeNotice, homeView } from '../../pitlane/chat/views/drained-view.ts';
import { gateWarningView } from '../../pitlane/chat/views/gate-view.ts';
import { listFile } from '../../pitlane/chat/views/list-view.ts';
import { outageView } from '../../pitlane/chat/views/outage-view.ts';
import {
  digestView,
  MOST_REMINDED,
  recordClosedView,
  reminderAnsweredView,
  reminderView,
  spentView,
} from '../../pitlane/chat/views/reminder-view.ts';
import type { Setting } from '../../pitlane/chat/views/setting.ts';
import { outcomeView } from '../../pitlane/chat/views/views.ts';
import { DEFAULT_POLICY } from '../../pitlane/config/config.ts';
import type { DrainedList, Outcome } from '../../pitlane/operate/outcome.ts';
import type { Overview } from '../../pitlane/operate/overview.ts';
import type { GateWarning } from '../../pitlane/operate/tick/courier.ts';
import { everyOutcome, saying } from './every-outcome.ts';
import { drained, EXTEND_PLAN, NOW, POD, RECORD } from './outcomes.ts';

const OFFER = { at: NOW, requestId: '13345224609.738474920.8088930838d88f008e0' };
export const KINDS = Object.keys(everyOutcome(1)) as Outcome['kind'][];

/** Texts that could break a message. */
export const NASTY: Readonly<Record<string, string>> = {
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
export function views(outcome: Outcome): readonly Message[] {
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
export function reminders(text: string): readonly Message[] {
  const { pod } = drained(2);
  // Names that Kubernetes takes: they always fit into the buttons.
  const named = { service: 's'.repeat(63), pod: { ...saying(text, pod), name: 'p'.repeat(253) } };
  const reminder = { ...named, ...saying(text, { record: RECORD, reason: 'why' }), now: NOW };
  const shown = reminderView(reminder, { address: '/rng' });
  return [
    shown,
    outageView({ cluster: text, channel: '', services: [text], since: 0, reason: text, retryMinutes: 5 }, NOW),
    digestView(Array.from({ length: MOST_REMINDED }, () => reminder)),
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

/** The window that asks for a reason to drain the named pod. Undefined: the name is too long to carry. `carried`: its button. */
export function reasonWindow(text: string): {
  readonly window: types.ModalView | undefined;
  readonly carried: string | undefined;
} {
  const request = { command: 'drain', service: 's'.repeat(31), pods: [text], dryRun: false, force: false } as const;
  const named = { userId: 'U0ADA00000', teamId: '', channel: OFFER.requestId, isDirectMessage: false, thread: '1.1' };
  const asker = { ...named, requestId: OFFER.requestId, address: `@pitlane ${request.service}` };
  const pod = { name: text, uid: POD.uid };
  return {
    window: reasonModal({ kind: 'choose', request, pod, asker }),
    carried: buttonValue({ request, pod, address: asker.address }),
  };
}
