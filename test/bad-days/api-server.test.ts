import { beforeEach, describe, expect, test } from 'vitest';
import { type Asked, denied, FAULTS, giveUpSoonAt, isRead, isService, saysDenied, type Verdict } from './faults.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();

beforeEach(() => {
  rng.isHurried = true;
});

describe.each(FAULTS)('an API server that %s', (_, verdict, says) => {
  const said = says.replace('TRIED', 'get Service rng in namespace ns');
  beforeEach(() => giveUpSoonAt(verdict, rng));

  test.each(['/rng list', '/rng drain rng-a'])('%s', async (line) => {
    rng.breakDown((request) => isRead(request) && isService(request), verdict);
    const you = `That did not work\n${said}\nNothing was changed.\n  reference R`;
    expect(await rng.type(line)).toEqual({ you, ops: '', wrote: [] });
    expect(rng.touched()).toEqual([]);
  });

  test('a runbook', async () => {
    rng.breakDown((request) => isRead(request) && isService(request), verdict);
    expect(await rng.runbook({ command: 'list' })).toEqual({
      ok: false,
      outcome: 'failed',
      message: said,
      notes: [],
      undo: [],
    });
  });
});

test.each(FAULTS.filter(([name]) => name !== 'does not know us'))(
  'an API server that %s for a while is waited for, and then it is done',
  async (_, verdict) => {
    giveUpSoonAt(verdict, rng);
    rng.disturb((request) => isRead(request) && isService(request), verdict, verdict);
    expect((await rng.type('/rng drain rng-a')).ops).toMatch(/^Drained rng-a\n/);
  },
);

describe('an API server at whose address nothing listens', () => {
  beforeEach(() => {
    rng.server = 'https://127.0.0.254:6443';
  });

  test.each(['/rng list', '/rng drain rng-a', '/rng inspect rng-a', '/rng logs rng-a'])('%s', async (line) => {
    const { you, ops, wrote } = await rng.type(line);
    expect({ ops, wrote }).toEqual({ ops: '', wrote: [] });
    expect(you).toMatch(
      /^That did not work\nCan't .* in namespace ns: connection refused\.\nNothing was changed\.\n {2}reference R$/,
    );
  });
});

describe('a right that is missing is named, and nothing is changed', () => {
  test.each([
    ['to read the service', isService, () => denied(rng, 'get', 'services'), 'get services', ''],
    [
      'to take the lease',
      ({ path, method }: Asked) => method === 'POST' && path.endsWith('/leases'),
      () => denied(rng, 'create', 'leases', 'coordination.k8s.io'),
      'create leases.coordination.k8s.io',
      'Draining rng-a failed',
    ],
    ['to write the pod', rng.isPodPatch, () => denied(rng, 'patch', 'pods'), 'patch pods', 'Draining rng-a failed'],
  ])('%s', async (_, fits, verdict, permission, title) => {
    rng.breakDown(fits, verdict());
    const { you, ops } = await rng.type('/rng drain rng-a');
    const said = `${title || 'That did not work'}\n${saysDenied(permission)}\nNothing was changed.\n  reference R`;
    expect({ you, ops }).toEqual(title === '' ? { you: said, ops: '' } : { you: '', ops: said });
    expect(rng.touched()).toEqual([]);
  });

  test('an admission webhook is quoted', async () => {
    const message = 'admission webhook "policy.example" denied the request: no <!channel> labels';
    rng.breakDown(rng.isPodPatch, { status: 403, body: { kind: 'Status', message } });
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops).toBe(
      `Draining rng-a failed\nPitlane's user is not allowed to patch pods in namespace ns (403). Reason: ${message}.\nNothing was changed.\n  reference R`,
    );
  });
});

describe('the command line ends with 1', () => {
  test.each([
    [
      'list',
      () => ({ status: 401 }) as Verdict,
      /^Can't get Service rng .*: Pitlane's credentials are missing, invalid or expired/,
    ],
    [
      'drain',
      () => denied(rng, 'get', 'services'),
      /^User pitlane is not allowed to get services .*\nNothing was changed\.$/,
    ],
    ['list', (): Verdict => 'drop', /^Can't .* in namespace ns: connection reset\. The kubeconfig points to http:/],
  ])('%s, %#', async (command, verdict, printed) => {
    rng.breakDown(() => true, verdict());
    const args = command === 'drain' ? ['rng-a'] : [];
    expect(await rng.cli('rng', command, ...args)).toEqual({ code: 1, printed: expect.stringMatching(printed) });
    expect(rng.touched()).toEqual([]);
  });
});
