import { describe, expect, test } from 'vitest';
import type { Config, Grant } from './config.ts';
import { decide, type Facts, type Group, runbookRole } from './grants.ts';

const NO_GRANT: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };
const ADA = 'U0ADA00000';
const ON_CALL = 'S0ONCALL00';
const LEADS = 'S0LEADS000';

function access(grants: Partial<Record<keyof Config['access'], Partial<Grant>>>): Config['access'] {
  return {
    viewer: { ...NO_GRANT, ...grants.viewer },
    operator: { ...NO_GRANT, ...grants.operator },
    admin: { ...NO_GRANT, ...grants.admin },
  };
}

const members = (...users: string[]): Group => ({ kind: 'members', users: new Set(users) });
const unknown = (why: string) => ({ kind: 'unknown', why }) as const;
const known = (more: Partial<Facts> = {}): Facts => ({ groups: {}, ...more });
const role = (role: string, why?: string) => ({ kind: 'standing', standing: { role, ...(why && { why }) } });
const MEMBER = { kind: 'member' } as const;
const GUEST = { kind: 'outsider', why: 'Guests have none.' } as const;

const typical = access({
  viewer: { everyone: true },
  operator: { userGroups: [ON_CALL] },
  admin: { users: ['U0BOSS0000'], userGroups: [LEADS] },
});

describe('a person whom a grant names', () => {
  test('gets the highest role that names them, without a lookup', () => {
    const twice = access({ viewer: { everyone: true, users: [ADA] }, admin: { users: [ADA], userGroups: [LEADS] } });
    expect(decide(twice, ADA, known())).toEqual(role('admin'));
  });

  test('keeps that role as a guest, but gets no more', () => {
    const grants = access({ operator: { users: [ADA] }, admin: { userGroups: [LEADS] } });
    expect(decide(grants, ADA, known({ membership: GUEST }))).toEqual(role('operator', GUEST.why));
    expect(decide(grants, ADA, known())).toEqual({ kind: 'askGroups', groups: [LEADS] });
  });
});

describe('a person whom no grant names', () => {
  test('is looked up in the groups of the highest role first', () => {
    expect(decide(typical, ADA, known())).toEqual({ kind: 'askGroups', groups: [LEADS] });
    const noLead = { [LEADS]: members('U0OTHER000') };
    expect(decide(typical, ADA, known({ groups: noLead }))).toEqual({ kind: 'askGroups', groups: [ON_CALL] });
    const onCall = { ...noLead, [ON_CALL]: members(ADA) };
    expect(decide(typical, ADA, known({ groups: onCall }))).toEqual({ kind: 'askMembership' });
    expect(decide(typical, ADA, known({ groups: onCall, membership: MEMBER }))).toEqual(role('operator'));
  });

  test('gets what everyone gets, after a lookup of the membership only', () => {
    const grants = access({ viewer: { everyone: true, userGroups: [ON_CALL] } });
    expect(decide(grants, ADA, known())).toEqual({ kind: 'askMembership' });
    expect(decide(grants, ADA, known({ membership: MEMBER }))).toEqual(role('viewer'));
  });

  test('gets no role as a guest, and the reason', () => {
    const groups = { [LEADS]: members(ADA), [ON_CALL]: members(ADA) };
    expect(decide(typical, ADA, known({ groups, membership: GUEST }))).toEqual(role('none', GUEST.why));
    expect(decide(typical, ADA, known({ membership: GUEST }))).toEqual(role('none', GUEST.why));
  });

  test('gets no role from empty grants, without a lookup', () => {
    expect(decide(access({}), ADA, known())).toEqual(role('none'));
  });
});

describe('a lookup that Slack did not answer', () => {
  test('leaves the role that is certain, and the reason why it is not higher', () => {
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: members(ADA) };
    expect(decide(typical, ADA, known({ groups, membership: MEMBER }))).toEqual(role('operator', 'No answer.'));
  });

  test('gives no role', () => {
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: unknown('No answer.') };
    expect(decide(typical, ADA, known({ groups, membership: unknown('Who are you?') }))).toEqual(
      role('none', 'No answer. Who are you?'),
    );
  });

  test('does not matter when another group gives the role', () => {
    const grants = access({ operator: { userGroups: [LEADS, ON_CALL] } });
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: members(ADA) };
    expect(decide(grants, ADA, known({ groups, membership: MEMBER }))).toEqual(role('operator'));
  });
});

test('runbooks get the highest role that a grant gives them', () => {
  expect(runbookRole(access({}))).toBe('none');
  expect(runbookRole(access({ viewer: { runbooks: true }, operator: { runbooks: true } }))).toBe('operator');
});
