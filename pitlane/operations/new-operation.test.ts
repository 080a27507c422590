import { describe, expect, test } from 'vitest';
import { formOfCommand, type RunbookInput, requestOf } from '../../functions/runbook-input.ts';
import { findings, planned } from '../../test/builders/plan.ts';
import { NOW, rng } from '../../test/builders/snapshot.ts';
import { couldBeTyped, dryRunField, durationField, flagField, textField } from '../command/fields.ts';
import { formatter } from '../command/format.ts';
import { grammarOf } from '../command/grammar.ts';
import { helpOf } from '../command/help.ts';
import { MisreadError } from '../command/misread.ts';
import { podsField } from '../command/pod-fields.ts';
import type { ChangeRequest, Request } from '../command/request.ts';
import type { CommandSyntax, Field } from '../command/syntax.ts';
import { EMPTY_JOURNAL, type JournalEntry } from '../journal/entry.ts';
import { begin } from '../journal/journal.ts';
import { foresee } from '../rotation/foresee.ts';
import { leaveOut } from '../rotation/leave-out.ts';
import { makePlan } from '../rotation/make-plan.ts';
import { milestone, type Operation, type Plan, subjectText, writesOf } from '../rotation/plan.ts';
import { checkInStages, warning } from '../rotation/safety.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { FOLLOW, PATCH_PODS, rule } from './rights.ts';
import type { OperationSpec, Planner } from './spec.ts';
import { roleFor, roleToUndo } from './table.ts';

// An operation that does not exist, on a service, with what the existing ones do not have: two words, a word key=value,
// a role by request, repeated flags, and writes of several kinds. It shows that a folder and two lines are enough.

const LABEL = { type: 'name', pattern: /^[\w./-]+=[\w.-]*$/, expected: 'a label, such as enabled=yes' } as const;

/** One word that has the form. */
function wordField(key: string, form: typeof LABEL, usage: string): Field {
  return {
    flags: [],
    usage,
    isPositional: true,
    values: [{ key, name: key, form, about: 'A label.' }],
    read({ words: [word, ...others] }) {
      if (word !== undefined && !form.pattern.test(word.text)) throw new MisreadError(`Expected ${form.expected}.`);
      return { values: { [key]: word?.text }, words: others };
    },
    format: (request) => (typeof request[key] === 'string' ? request[key] : undefined),
  };
}

function choiceField(key: string, name: string, choices: readonly string[], short?: string): Field {
  const pattern = new RegExp(`^(${choices.join('|')})$`);
  const flag = { name, value: choices[0] ?? '', ...(short !== undefined && { short }) };
  return textField(key, flag, { type: 'name', pattern, expected: choices.join(' or ') }, 'A choice.');
}

const envField: Field = {
  flags: [{ name: 'env', value: 'K=V', isRepeatable: true }],
  usage: '[--env K=V]',
  values: [
    {
      key: 'env',
      name: 'env',
      form: { type: 'names', of: LABEL, most: 9, expected: 'variables' },
      about: 'Variables.',
    },
  ],
  read: ({ allValues }) => ({ values: { env: allValues.get('env') } }),
  format: ({ env }) => (Array.isArray(env) ? env.map((each) => `--env ${each}`).join(' ') : undefined),
};

interface GateRequest extends ChangeRequest {
  readonly label?: string;
  readonly via?: string;
}

const WORDS = { ask: 'Gate', doing: 'Setting up the gate of', done: 'Gated', event: 'Gated', was: 'was gated' };

const gateOn: OperationSpec = {
  name: 'gate on',
  fields: [
    wordField('label', LABEL, '[key=value]'),
    choiceField('via', 'via', ['admission', 'template']),
    choiceField('newPods', 'new-pods', ['in', 'out']),
    envField,
    durationField('20m', 'How long.'),
    dryRunField,
  ],
  help: { summary: 'Set up a gate.', description: 'Sets up a gate.', examples: [['Set it up', 'gate on enabled=yes']] },
  role: (request) => ('via' in request && request.via === 'template' ? 'admin' : 'operator'),
  rights: { operator: [...FOLLOW, ...PATCH_PODS], admin: [rule('apps', ['deployments'], ['patch'])] },
  words: WORDS,
  subject: 'service',
  needs: { members: 'summary' },
  meets: 'independent',
};

const planGate: Planner<GateRequest> = (snapshot, operation) => {
  const { request, subject } = operation;
  const [pod] = snapshot.pods;
  if (subject.kind !== 'service' || pod === undefined) throw new Error('the gate is about the service');
  const view = { snapshot, operation, pod: pod as Snapshot['targets'][number], workload: undefined };
  const checks = checkInStages(view, [() => warning('GateWaits', 'New pods wait.')]);
  if ('kind' in checks) return checks;
  const { namespace } = snapshot.service;
  const phases: Plan['phases'] = [
    {
      title: `write the rule ${request.label}`,
      writes: [
        {
          kind: 'create',
          key: 'gate rule',
          title: 'create the rule',
          target: { kind: 'ConfigMap', name: 'pitlane-rng-gate', uid: '', namespace },
          object: { data: { label: request.label } },
        },
        {
          kind: 'patch',
          key: `gate ${subject.service.uid}`,
          title: 'change the selector',
          target: { ...subject.service, namespace },
          patch: [{ op: 'add', path: '/spec/selector/enabled', value: 'yes' }],
          inverse: [{ op: 'remove', path: '/spec/selector/enabled' }],
        },
      ],
      until: [milestone({ kind: 'inRotation', pod }, 'In rotation', 30)],
      lease: 'namespace',
      mayOutliveProcess: true,
    },
  ];
  return makePlan(operation, { checks, phases });
};

const help = { summary: 'Summary.', description: 'Description.', examples: [] } as const;
const command = (name: string, ...fields: readonly Field[]): CommandSyntax => ({
  name,
  fields: [...fields, dryRunField],
  help,
});
const cronField: Field = {
  ...wordField('at', LABEL, '"cron"'),
  read: ({ words: [at, verb, ...others] }) => ({ values: { at: at?.text, verb: verb?.text }, words: others }),
  format: ({ at, verb }) => `"${at}" ${verb}`,
};
const commands: readonly CommandSyntax[] = [
  { name: 'gate', fields: [], help },
  gateOn,
  command('gate off'),
  command(
    'canary start',
    choiceField('from', 'from', ['[a-z]+']),
    choiceField('image', 'image', ['[a-z]+']),
    envField,
    choiceField('count', 'count', ['[0-9]+']),
    durationField('20m', ''),
  ),
  command('schedule add', cronField, wordField('label', LABEL, 'key=value'), durationField('6h', '')),
  command('switch', wordField('label', LABEL, 'key=value'), flagField('widen', { name: 'widen' }, '')),
  command('spread', choiceField('output', 'output', ['yaml'], 'o')),
  command('disable', podsField),
];
const grammar = grammarOf(commands);
const format = formatter(grammar);

function parse(text: string): Request {
  const parsed = grammar.parse(text, 'rng');
  if (parsed.kind === 'misread') throw new Error(parsed.message);
  return parsed.request;
}

const GATE = 'gate on enabled=yes --via template --new-pods in --env A=1 --env B=2 for 20m';

describe('a new operation', () => {
  test.each<[text: string, want: object]>([
    [GATE, { command: 'gate on', label: 'enabled=yes', via: 'template', newPods: 'in', env: ['A=1', 'B=2'] }],
    ['gate on --new-pods=in --dry-run', { command: 'gate on', newPods: 'in', dryRun: true }],
    ['gate off', { command: 'gate off' }],
    ['gate', { command: 'gate' }],
    [
      'canary start --from x --image y --env K=V --count 2 for 20m',
      { command: 'canary start', from: 'x', image: 'y', env: ['K=V'], count: '2', forSeconds: 1200 },
    ],
    [
      'schedule add "0 9 * * 1-5" enable track=canary for 6h',
      { command: 'schedule add', at: '0 9 * * 1-5', verb: 'enable', label: 'track=canary', forSeconds: 21_600 },
    ],
    ['switch track=blue --widen', { command: 'switch', label: 'track=blue', widen: true }],
    ['spread -o yaml', { command: 'spread', output: 'yaml' }],
  ])('is read from %s, and written as the same request', (text, want) => {
    const request = parse(text);
    expect(request).toMatchObject(want);
    expect(parse(format(request))).toEqual(request);
  });

  test('refuses what its words do not allow', () => {
    expect(grammar.parse('gate on enabled', 'rng')).toMatchObject({ kind: 'misread', instead: ['help gate on'] });
    expect(grammar.parse('gate on --via proxy', 'rng').kind).toBe('misread');
    expect(grammar.parse('gate on --via admission --via template', 'rng').kind).toBe('misread');
  });

  test('has help', () => {
    const text = helpOf(commands)({ command: 'help', service: 'rng', topic: 'gate on' });
    expect(text.split('\n')[0]).toBe(
      '/rng gate on [key=value] [--via via] [--new-pods newPods] [--env K=V] [for 20m] [--dry-run]',
    );
    expect(text).toContain('  /rng gate on enabled=yes');
  });

  test('has a form for runbooks, which makes the same request', () => {
    const input = {
      command: 'gate on',
      service: 'rng',
      label: 'enabled=yes',
      via: 'template',
      newPods: 'in',
      env: ['A=1', 'B=2'],
      for: '20m',
    };
    const form = formOfCommand(gateOn);
    expect(requestOf(form.parse(input) as RunbookInput, gateOn)).toEqual(parse(GATE));
    expect(form.safeParse({ ...input, label: 'enabled' }).success).toBe(false);
    expect(form.safeParse({ ...input, pods: ['rng-b85tm'] }).success).toBe(false);
  });

  test('has its records checked', () => {
    const { command: _, service: __, force: ___, ...values } = parse(GATE) as GateRequest;
    expect(couldBeTyped(gateOn, { ...values })).toBe(true);
    expect(couldBeTyped(gateOn, { ...values, env: ['A'] })).toBe(false);
    expect(couldBeTyped(gateOn, { ...values, pods: ['rng-b85tm'] })).toBe(false);
  });

  test('is not superseded by an operation on pods', () => {
    const entry: JournalEntry = {
      v: 2,
      id: 'op-gate',
      request: parse(GATE) as GateRequest,
      subject: { kind: 'service', service: { kind: 'Service', name: 'rng', uid: 'uid-of-rng' } },
      role: 'admin',
      by: 'bob',
      at: NOW,
      holder: 'a-process',
      heldUntil: 0,
    };
    const drain: JournalEntry = {
      ...entry,
      id: 'op-drain',
      request: { command: 'drain', service: 'rng', dryRun: false, force: false },
      subject: { kind: 'pods', pods: [{ name: 'rng-b85tm', uid: 'uid-of-b85tm' }] },
    };
    const journal = begin({ ...EMPTY_JOURNAL, operations: [entry] }, drain, NOW);
    expect(journal.operations.map(({ id, ended }) => [id, ended])).toEqual([
      ['op-gate', undefined],
      ['op-drain', undefined],
    ]);
  });

  test('needs a role that depends on the request', () => {
    expect(roleFor(parse(GATE), gateOn)).toBe('admin');
    expect(roleFor(parse('gate on'), gateOn)).toBe('operator');
    expect(roleFor({ ...(parse('gate on') as ChangeRequest), force: true }, gateOn)).toBe('admin');
  });

  test.each([
    ['operator', 'operator'],
    ['admin', 'admin'],
  ] as const)("an %s's operation is undone by an %s", (asked, needed) => {
    const restore: ChangeRequest = { command: 'restore', service: 'rng', pods: [], dryRun: false, force: false };
    expect(roleToUndo(restore, asked)).toBe(needed);
  });

  test('is planned on the service, with writes of several kinds in one phase', () => {
    const snapshot = rng().snapshot();
    const { name, uid } = snapshot.service;
    const operation: Operation<GateRequest> = {
      id: 'op-now',
      request: parse(GATE) as GateRequest,
      subject: { kind: 'service', service: { kind: 'Service', name, uid } },
      by: 'bob',
      at: NOW,
    };
    const plan = planned(planGate(snapshot, operation));
    expect(findings(plan)).toEqual(['warning GateWaits']);
    expect(writesOf(plan).map(({ kind }) => kind)).toEqual(['create', 'patch']);
    expect(subjectText(plan.operation.subject)).toBe('Service rng');
    expect(foresee(snapshot, plan)).toEqual(snapshot);
    expect(leaveOut(plan, [])).toBe(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});
