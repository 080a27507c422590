import { describe, expect, test } from 'vitest';
import { scheduleId } from '../../pitlane/rotation/schedule.ts';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { OPS, SECRET } from '../bad-days/rng-in-slack.ts';
import { installGatePolicy } from '../gate-policy.ts';
import { GoldenFile } from '../golden.ts';
import { RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

/** Names of canaries are made from the id of the request, and durations are the machine's. */
function stable(text: string): string {
  return text
    .replaceAll(/rng-canary-[a-z]{5}/g, 'rng-canary-xxxxx')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC/g, 'TIME')
    .replaceAll(/[\d.]+ m?s ago/g, 'WHILE ago')
    .replaceAll(/\(?after [\d.]+ m?s\)?/g, 'after WHILE')
    .replaceAll(/[0-9a-f]{10}/g, 'ID')
    .replaceAll(/(Mon|Tue|Wed|Thu|Fri) \d{4}-\d\d-\d\d/g, 'DAY')
    .replaceAll(/\bnode-\d/g, 'node-N');
}

const canary = () => rng.inRotation().find((name) => name.startsWith('rng-canary-')) ?? '';
const others = () =>
  rng
    .inRotation()
    .filter((name) => !name.startsWith('rng-canary-'))
    .map((name) => rng.withAliases(name))
    .sort();
const selector = () => rng.cluster.api.get('services', rng.namespace, 'rng')?.spec?.selector;

/** Two pods of another version, which the gate can switch to. */
function makeGreen(): void {
  for (const name of ['rng-a', 'rng-b']) rng.edit(name, { labels: { version: 'green' } });
}

const SCHEDULE = scheduleId({
  cron: '0 9 * * 1-5',
  tz: 'Europe/Zurich',
  does: 'enable',
  forSeconds: 28_800,
  selector: 'track=none',
});

interface Said {
  readonly isDone: boolean;
  /** The codes of the warnings that it has asked about. */
  readonly asked: readonly string[];
}

/** Each door carries out the same commands, in its own form. A command line knows of no tick. */
async function carryOutAll(say: (command: string) => Promise<Said>, hasTick = true): Promise<void> {
  const expectDone = async (command: string, ...asked: readonly string[]) =>
    expect(await say(command)).toEqual({ isDone: true, asked });
  await installGatePolicy(rng);
  await expectDone('gate on');
  expect(selector()).toEqual({ app: 'rng', enabled: 'yes' });
  await expectDone('disable');
  expect(others()).toEqual(['rng-b', 'rng-c', 'rng-d']);
  await expectDone('enable');
  expect(others()).toHaveLength(4);
  await expectDone('canary start');
  expect(canary()).not.toBe('');
  await expectDone('canary stop', 'DeletedForGood');
  expect(canary()).toBe('');
  await expectDone('schedule add', 'MatchesNothing', ...(hasTick ? [] : ['NoTick']));
  await expectDone('schedule remove');
  makeGreen();
  await expectDone('switch', 'NewPodsJoin');
  expect(others()).toEqual(['rng-a', 'rng-b']);
  await expectDone('gate off', 'DisabledPodsReturn');
  expect([others().length, selector()]).toEqual([4, { app: 'rng' }]);
}

/** The command as people type it. */
const lineOf = (command: string) => LINES[command]?.() ?? '';

const LINES: Readonly<Record<string, () => string>> = {
  'gate on': () => 'gate on',
  disable: () => 'disable rng-a for 30m because load test',
  enable: () => 'enable rng-a',
  'canary start': () => 'canary start --env LOG_LEVEL=debug for 30m',
  'canary stop': () => `canary stop ${canary()}`,
  'schedule add': () => 'schedule add 0 9 * * 1-5 enable -l track=none for 8h tz Europe/Zurich',
  'schedule remove': () => `schedule remove ${SCHEDULE}`,
  switch: () => 'switch version=green --force',
  'gate off': () => 'gate off',
};

/** The report. The order of the steps before it is the cluster's. */
function lastPart(printed: string): string {
  const lines = printed.split('\n');
  return lines
    .slice(lines.findLastIndex((line) => /^(Set up|Removed|Disabled|Enabled|Started|Stopped|Switched)/.test(line)))
    .join('\n');
}

describe('a gate, its pods, a canary and a switch', () => {
  test('as mentions', async () => {
    let events = 0;
    await carryOutAll(async (command) => {
      events += 1;
      const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
      const body = mentionBody(rng.withRealNames(`rng ${lineOf(command)}`), place, `Ev0DOOR${events}`, Date.now());
      const first = await rng.deliver(signedRequest(SECRET, body, Date.now(), 'application/json'));
      const isAsking = first.states.at(-1) === 'you proposal';
      const last = isAsking ? await rng.press(1) : first;
      golden.expect(stable(`# ${command}\n${isAsking ? `${first.you}\n---\n` : ''}${last.ops}`));
      const { accepted = [] } = rng.journal.operations.at(-1);
      return { isDone: last.states.includes('ops done'), asked: accepted };
    });
  });

  test('as steps of a runbook', async () => {
    const steps: Readonly<Record<string, () => object>> = {
      disable: () => ({ pod: 'rng-a', for: '30m', because: 'load test' }),
      enable: () => ({ pods: ['rng-a'] }),
      'canary start': () => ({ env: ['LOG_LEVEL=debug'], for: '30m' }),
      'canary stop': () => ({ pod: canary() }),
      'schedule add': () => ({
        cron: '0 9 * * 1-5',
        does: 'enable',
        selector: 'track=none',
        for: '8h',
        tz: 'Europe/Zurich',
      }),
      'schedule remove': () => ({ schedule: SCHEDULE }),
      switch: () => ({ label: 'version=green', force: true }),
    };
    await carryOutAll(async (command) => {
      const step = { command, ...steps[command]?.(), requestId: `step ${command}` };
      const first = await rng.runbook(step);
      const isAsking = first.outcome === 'proposal';
      const last = isAsking ? await rng.runbook({ ...step, confirm: first.fingerprint }) : first;
      const warnings = (first.checks ?? []).filter(({ level }) => level === 'warning');
      const sentences = [...(isAsking ? [first.message, ...warnings.map(({ message }) => message)] : []), last.message];
      golden.expect(stable(`# ${command}\n${sentences.join('\n')}`));
      return { isDone: last.ok && last.outcome === 'done', asked: warnings.map(({ code }) => code) };
    });
  });

  test('on the command line', async () => {
    await carryOutAll(async (command) => {
      const line = [
        'rng',
        ...lineOf(command)
          .replace(/ because .*/, '')
          .split(' '),
      ];
      const first = await rng.cli(...line);
      const isAsking = first.code === 3;
      const last = isAsking ? await rng.cli(...line, '--yes') : first;
      golden.expect(stable(`# ${command}\n${isAsking ? `${first.printed}\n---\n` : ''}${lastPart(last.printed)}`));
      const { accepted = [] } = rng.journal.operations.at(-1);
      return { isDone: last.code === 0, asked: accepted };
    }, false);
  });
});
