import { expect, test } from 'vitest';
import { afterProbe, freshTally, type ProbeKind } from './probes.ts';

test.each<[string, ProbeKind, object, string, string]>([
  ['is ready after the first success', 'readiness', {}, '+', '+'],
  ['is not ready before the first success', 'readiness', {}, '--', '--'],
  ['stays ready after two of three allowed failures', 'readiness', {}, '+--', '+++'],
  ['becomes unready with the third failure in a row', 'readiness', {}, '+---', '+++-'],
  ['counts failures anew after a success', 'readiness', {}, '+--+--', '++++++'],
  ['needs two successes in a row with successThreshold 2', 'readiness', { successThreshold: 2 }, '+-++', '---+'],
  ['becomes unready at once with failureThreshold 1', 'readiness', { failureThreshold: 1 }, '+-', '+-'],
  ['is alive until the third failure', 'liveness', {}, '---', '++-'],
  ['is not started before the first success', 'startup', { failureThreshold: 30 }, '--+', '--+'],
])('%s', (_, kind, probe, answers, want) => {
  let tally = freshTally(kind);
  const verdicts = [...answers].map((answer) => {
    tally = afterProbe(tally, answer === '+', probe);
    return tally.isPassing ? '+' : '-';
  });
  expect(verdicts.join('')).toBe(want);
});
