import { expect, test } from 'vitest';
import { NOW } from '../../../test/builders/outcomes.ts';
import { type Reading, readAction, readCommand, readMention } from './deliveries.ts';

const COMMAND = { user_id: 'U0ADA00000', team_id: 'T0', channel_id: 'C0OPS00000', response_url: '', trigger_id: '1' };
const MENTION = { event_id: 'Ev1', event_time: NOW / 1000 - 300 };
const PRESS = {
  user: { id: 'U0ADA00000' },
  trigger_id: '1',
  actions: [{ action_id: 'pitlane.confirm', value: '{"v":9}' }],
};

test('each delivery that is not carried out is answered as in the golden file', async () => {
  const readings: readonly (Reading | undefined)[] = [
    readCommand({ ...COMMAND, command: '/pitlane', text: 'drain b85tm because slow' }),
    readMention({ ...MENTION, event: { text: '<@U1> rng drain b85tm', user: 'U0ADA00000', channel: 'C1' } }, NOW),
    readAction(PRESS),
  ];
  const texts = readings.map((reading) => {
    if (reading?.kind !== 'answer' || reading.outcome.kind !== 'notUnderstood') throw new Error('it is carried out');
    const { message, instead } = reading.outcome;
    return [message, ...instead.map((line) => `  ${line}`)].join('\n');
  });
  await expect(`${texts.join('\n')}\n`).toMatchFileSnapshot('golden/not-carried-out.golden.txt');
});
