import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeHeaderValue, identityOf } from './identity.ts';

test.each([
  ['U042', 'U042'],
  ['deploy-bot (runbook)', 'deploy-bot (runbook)'],
  ['Zoë', 'Zo%C3%AB'],
  ['a\r\nImpersonate-Group: system:masters', 'a%0D%0AImpersonate-Group: system:masters'],
  ['100%', '100%25'],
  [' x ', '%20x%20'],
  ['\ud800', '%EF%BF%BD'],
])('encodes %j as %s', (by, want) => {
  expect(encodeHeaderValue(by)).toBe(want);
});

test('encodes any name as a valid header that decodes to the same name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (by) => {
      const text = encodeHeaderValue(by);
      expect(text).toMatch(/^[!-~]?[ -~]*$/);
      expect(decodeURIComponent(text)).toBe(by.toWellFormed());
    }),
  );
});

test('impersonates the group of the role, no group without a role, and the tick without a person', () => {
  expect(identityOf({ by: 'U042', role: 'operator' })).toEqual({
    user: 'pitlane',
    group: 'pitlane:operator',
    extra: { 'pitlane-person': 'U042' },
  });
  expect(identityOf({ by: 'U042', role: 'none' })).toEqual({ user: 'pitlane', extra: { 'pitlane-person': 'U042' } });
  expect(identityOf(undefined)).toEqual({ user: 'pitlane', group: 'pitlane:tick' });
});
