import { expect, test } from 'vitest';
import { afterProbe, freshTally, type ProbeKind } from './probe-tally.ts';

test.each<[string, ProbeKind, object, string, string]>([
  ['ready after the first good answer', 'readiness', {}, '+', '+'],
  ['not ready before any answer counted', 'readiness', {}, '--', '--'],
  ['two bad answers of three allowed leave it ready', 'readiness', {}, '+--', '+++'],
  ['the third bad answer in a row takes it out', 'readiness', {}, '+---', '+++-'],
  ['a good answer between starts the count anew', 'readiness', {}, '+--+--', '++++++'],
  ['successThreshold 2 asks for two in a row', 'readiness', { successThreshold: 2 }, '+-++', '---+'],
  ['failureThreshold 1 takes it out at once', 'readiness', { failureThreshold: 1 }, '+-', '+-'],
  ['taken for alive until the third bad answer', 'liveness', {}, '---', '++-'],
  ['not started before the first good answer', 'startup', { failureThreshold: 30 }, '--+', '--+'],
])('%s', (_, kind, probe, answers, want) => {
  let tally = freshTally(kind);
  const verdicts = [...answers].map((answer) => {
    tally = afterProbe(tally, answer === '+', probe);
    return tally.isPassing ? '+' : '-';
  });
  expect(verdicts.join('')).toBe(want);
});
