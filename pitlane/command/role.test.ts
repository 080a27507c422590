import { expect, test } from 'vitest';
import { covers, type Role } from './role.ts';

test('covers: each role includes those before it', () => {
  expect([covers('admin', 'operator'), covers('operator', 'operator'), covers('viewer', 'operator')]).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  ['viewer', 'boss'],
  ['boss', 'boss'],
  ['boss', 'viewer'],
  ['none', 'viewer'],
])('covers: %s does not include %s', (role, needed) => {
  expect(covers(role as Role, needed as Role)).toBe(false);
});
