import { expect, test } from 'vitest';
import { render } from '../../../sandbox/slack/terminal.ts';
import { DRAIN, POD } from '../../../test/builders/outcomes.ts';
import { stateOfMessage } from '../blocks/state.ts';
import * as notices from './notices.ts';
import { notAnsweredView, notRunView, stoppedView } from './notices.ts';

const TASK = `drain ${POD.name}`;
const REFERENCE = '1a2b3c4d5e';

const MESSAGES = [
  notices.wrongChannelView('rng', ['C0OPS00000', 'C0DEV00000']),
  notices.notYoursView(TASK, 'U0ADA00000', DRAIN),
  notices.dismissedView(TASK),
  notices.expiredView(TASK),
  notices.podGoneView(POD.name),
  notices.confirmedView(TASK),
  notices.confirmedView(TASK, 'C0OPS00000'),
  notices.elsewhereView(TASK, 'C0OPS00000'),
  notices.planChangedView(POD.name),
  notices.reminderReplacedView(POD.name),
  notices.reminderClosedView(POD.name),
  notices.configUnusableView('pitlane.yaml:3:5: services.rng.minRedy is unknown.', REFERENCE),
  notices.internalErrorView('/rng', REFERENCE),
  notices.notHandedOverView(REFERENCE),
  notices.handOverUnknownView('/rng', REFERENCE),
  notRunView(`/rng ${TASK}`, 'expired'),
  notRunView(`/rng ${TASK}`, 'stopped'),
  notAnsweredView('/rng list', 'expired'),
  stoppedView(`/rng ${TASK}`, '/rng', 'open'),
  stoppedView(`/rng ${TASK}`, '/rng', 'ended'),
  stoppedView(`/rng ${TASK}`, '/rng', 'unknown'),
];

test('each notice reads as in the golden file', async () => {
  const texts = MESSAGES.map(
    (message) => `${stateOfMessage(message)}\n  ${render(message.blocks).lines.join('\n  ')}\n`,
  );
  await expect(texts.join('\n')).toMatchFileSnapshot('golden/notices.golden.txt');
});
