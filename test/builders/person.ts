import type { Person } from '../../pitlane/chat/job.ts';

/** Ada, typing `/rng …` in the channel of the incident. */
export function ada(changes: Partial<Person> = {}): Person {
  return {
    userId: 'U0ADA00000',
    teamId: 'T0SANDBOX0',
    channel: 'C0OPS00000',
    isDirectMessage: false,
    requestId: '13345224609.738474920.8088930838d88f008e0',
    address: '/rng',
    ...changes,
  };
}
