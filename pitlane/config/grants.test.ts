import { describe, expect, test } from 'vitest';
import type { Config, Grant } from './config.ts';
import { decide, type Facts, type Group, runbookRole } from './grants.ts';

const NOBODY: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };
const ADA = 'U0ADA00000';
const ON_CALL = 'S0ONCALL00';
const LEADS = 'S0LEADS000';

function access(grants: Partial<Record<keyof Config['access'], Partial<Grant>>>): Config['access'] {
  return {
    viewer: { ...NOBODY, ...grants.viewer },
    operator: { ...NOBODY, ...grants.operator },
    admin: { ...NOBODY, ...grants.admin },
  };
}

const members = (...users: string[]): Group => ({ kind: 'members', users: new Set(users) });
const unknown = (why: string) => ({ kind: 'unknown', why }) as const;
const known = (more: Partial<Facts> = {}): Facts => ({ groups: {}, ...more });
const role = (role: string, why?: string) => ({ kind: 'standing', standing: { role, ...(why && { why }) } });
const MEMBER = { kind: 'member' } as const;
const GUEST = { kind: 'outsider', why: 'Guests have none.' } as const;

const TYPICAL = access({
  viewer: { everyone: true },
  operator: { userGroups: [ON_CALL] },
  admin: { users: ['U0BOSS0000'], userGroups: [LEADS] },
});

describe('who is named', () => {
  test('has the highest role that names them, and nothing is asked', () => {
    const twice = access({ viewer: { everyone: true, users: [ADA] }, admin: { users: [ADA], userGroups: [LEADS] } });
    expect(decide(twice, ADA, known())).toEqual(role('admin'));
  });

  test('has it as a guest too, and no more', () => {
    const grants = access({ operator: { users: [ADA] }, admin: { userGroups: [LEADS] } });
    expect(decide(grants, ADA, known({ membership: GUEST }))).toEqual(role('operator', GUEST.why));
    expect(decide(grants, ADA, known())).toEqual({ kind: 'askGroups', groups: [LEADS] });
  });
});

describe('who is not named', () => {
  test('is looked for in the groups of the highest role first, then in those below', () => {
    expect(decide(TYPICAL, ADA, known())).toEqual({ kind: 'askGroups', groups: [LEADS] });
    const noLead = { [LEADS]: members('U0OTHER000') };
    expect(decide(TYPICAL, ADA, known({ groups: noLead }))).toEqual({ kind: 'askGroups', groups: [ON_CALL] });
    const onCall = { ...noLead, [ON_CALL]: members(ADA) };
    expect(decide(TYPICAL, ADA, known({ groups: onCall }))).toEqual({ kind: 'askMembership' });
    expect(decide(TYPICAL, ADA, known({ groups: onCall, membership: MEMBER }))).toEqual(role('operator'));
  });

  test('has what everyone has, for which only the membership is asked', () => {
    const grants = access({ viewer: { everyone: true, userGroups: [ON_CALL] } });
    expect(decide(grants, ADA, known())).toEqual({ kind: 'askMembership' });
    expect(decide(grants, ADA, known({ membership: MEMBER }))).toEqual(role('viewer'));
  });

  test('has nothing as a guest, and is told so', () => {
    const groups = { [LEADS]: members(ADA), [ON_CALL]: members(ADA) };
    expect(decide(TYPICAL, ADA, known({ groups, membership: GUEST }))).toEqual(role('none', GUEST.why));
    expect(decide(TYPICAL, ADA, known({ membership: GUEST }))).toEqual(role('none', GUEST.why));
  });

  test('has nothing where nothing is given, and nothing is asked', () => {
    expect(decide(access({}), ADA, known())).toEqual(role('none'));
  });
});

describe('what Slack could not tell', () => {
  test('keeps the role that is sure, and says why it is not more', () => {
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: members(ADA) };
    expect(decide(TYPICAL, ADA, known({ groups, membership: MEMBER }))).toEqual(role('operator', 'No answer.'));
  });

  test('gives no role, whatever else it is', () => {
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: unknown('No answer.') };
    expect(decide(TYPICAL, ADA, known({ groups, membership: unknown('Who are you?') }))).toEqual(
      role('none', 'No answer. Who are you?'),
    );
  });

  test('of one group is no matter where another one has the person', () => {
    const grants = access({ operator: { userGroups: [LEADS, ON_CALL] } });
    const groups = { [LEADS]: unknown('No answer.'), [ON_CALL]: members(ADA) };
    expect(decide(grants, ADA, known({ groups, membership: MEMBER }))).toEqual(role('operator'));
  });
});

test('runbooks have the highest role that is given to them', () => {
  expect(runbookRole(access({}))).toBe('none');
  expect(runbookRole(access({ viewer: { runbooks: true }, operator: { runbooks: true } }))).toBe('operator');
});
