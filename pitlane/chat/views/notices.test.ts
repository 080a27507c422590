import { expect, test } from 'vitest';
import { render } from '../../../sandbox/slack/terminal.ts';
import { DRAIN, OPERATION } from '../../../test/builders/outcomes.ts';
import { stateOfMessage } from '../blocks/state.ts';
import * as notices from './notices.ts';

const POD = OPERATION.pod.name;
const WHAT = { command: 'drain', pod: POD };
const REFERENCE = '1a2b3c4d5e';

const MESSAGES = [
  notices.wrongChannelView('rng', ['C0OPS00000', 'C0DEV00000']),
  notices.notYoursView(WHAT, 'U0ADA00000', DRAIN),
  notices.dismissedView(WHAT),
  notices.expiredView(WHAT),
  notices.podGoneView(POD),
  notices.confirmedView(WHAT),
  notices.confirmedView(WHAT, 'C0OPS00000'),
  notices.elsewhereView(WHAT, 'C0OPS00000'),
  notices.planChangedView(POD),
  notices.reminderReplacedView(POD),
  notices.reminderClosedView(POD),
  notices.configUnusableView('pitlane.yaml:3:5: services.rng.minRedy is unknown.', REFERENCE),
  notices.internalErrorView('/rng', REFERENCE),
  notices.notHandedOverView(REFERENCE),
  notices.handOverUnknownView('/rng', REFERENCE),
];

test('each notice reads as in the golden file', async () => {
  const texts = MESSAGES.map(
    (message) => `${stateOfMessage(message)}\n  ${render(message.blocks).lines.join('\n  ')}\n`,
  );
  await expect(texts.join('\n')).toMatchFileSnapshot('golden/notices.golden.txt');
});
