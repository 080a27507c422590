import { expect, test } from 'vitest';
import { noFault, parseFault } from './fault.ts';

test.each([
  ['nothing wrong', '', {}],
  ['a failing share', 'failing=0.3', { failingShare: 0.3 }],
  ['a failing share of 1', 'failing=1', { failingShare: 1 }],
  ['a share without a leading zero', 'failing=.25', { failingShare: 0.25 }],
  ['slow in milliseconds', 'slow=800ms', { slowMs: 800 }],
  ['slow in seconds', 'slow=1.5s', { slowMs: 1500 }],
  ['not ready', 'not-ready', { isNotReady: true }],
  ['not live', 'not-live', { isNotLive: true }],
  ['one crash', 'crash', { crash: 'once' }],
  ['a crash loop', 'crash-loop', { crash: 'loop' }],
  ['several, with spaces', 'failing=0.3, slow=800ms,not-ready', { failingShare: 0.3, slowMs: 800, isNotReady: true }],
])('parses %s', (_, text, want) => {
  expect(parseFault(text)).toEqual({ fault: { ...noFault, ...want } });
});

test.each([
  ['an unknown word', 'sleepy', 'sleepy'],
  ['a share above 1', 'failing=1.1', 'failing=1.1'],
  ['a share in per cent', 'failing=30%', 'failing=30%'],
  ['a time without unit', 'slow=800', 'slow=800'],
  ['a valid and an invalid part', 'crash,nto-ready', 'nto-ready'],
])('refuses a fault with %s and names the part', (_, text, part) => {
  expect(parseFault(text)).toEqual({
    problem: `unknown fault "${part}", expected failing=<0 to 1>, slow=<n>ms or slow=<n>s, not-ready, not-live, crash or crash-loop, several joined by commas`,
  });
});
