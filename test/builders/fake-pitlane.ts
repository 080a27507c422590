import type { Pitlane } from '../../pitlane/operate/pitlane.ts';

/** The use case with these calls; any other call fails the test. */
export function fakePitlane(calls: Partial<Pitlane>): Pitlane {
  const unexpected = (call: keyof Pitlane) => () => {
    throw new Error(`unexpected call of Pitlane: ${call}`);
  };
  return {
    propose: unexpected('propose'),
    advance: unexpected('advance'),
    resume: unexpected('resume'),
    cancel: unexpected('cancel'),
    tick: unexpected('tick'),
    followLogs: unexpected('followLogs'),
    ...calls,
  };
}
