import { randomUUID } from 'node:crypto';
import { during } from '../../test/virtual-time.ts';
import type { Asker } from './asker.ts';
import { runSteps, type Step, type StepsOptions, type StepsReport } from './steps.ts';
import type { Pitlane } from './use-case.ts';

type Sent = Partial<Asker & StepsOptions>;

/** Sends the list to a process. */
export function send(
  { pitlane }: { readonly pitlane: Pitlane },
  steps: readonly Step[],
  { role = 'admin', requestId = randomUUID(), ...options }: Sent = {},
): Promise<StepsReport> {
  const asker = { by: 'a runbook', role, requestId, payload: JSON.stringify(steps) };
  const time = { deadline: Date.now() + 60_000, now: Date.now };
  return during(
    runSteps(pitlane, steps, asker, { ...time, dryRun: false, reporter: {}, objection: () => undefined, ...options }),
  );
}

export const step = (name: string, request: object, more: Partial<Step> = {}): Step =>
  ({ name, when: 'success', request: { service: 'rng', dryRun: false, force: false, ...request }, ...more }) as Step;
export const drain = (pod: string, more: Partial<Step> = {}): Step =>
  step('drain', { command: 'drain', pods: [pod] }, more);
export const finish = step('finish', { command: 'finish' }, { podsOf: 'drain' });
export const states = ({ steps }: StepsReport) => steps.map(({ state }) => state);
