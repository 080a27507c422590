import { z } from 'zod';
import { DEFAULT_TAIL, LONGEST_TAIL } from '../pitlane/command/commands.ts';
import { LONGEST_REASON, tidy } from '../pitlane/command/reason.ts';
import type { Request } from '../pitlane/command/request.ts';
import { parseSelector } from '../pitlane/rotation/selector.ts';
import { parseDuration } from '../pitlane/text/duration.ts';
import { nearestWord } from '../pitlane/text/nearest.ts';
import { alternatives } from '../pitlane/text/words.ts';

const SERVICE = z
  .string({ error: 'expected the key of a service in pitlane.yaml, such as rng' })
  .min(1, { error: 'expected the key of a service in pitlane.yaml, such as rng' })
  .describe('The key of a service in pitlane.yaml.');
// Rule: apimachinery, content/dns.go IsDNS1123Subdomain.
const POD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const POD = z
  .string({ error: 'expected the full name of a pod' })
  .regex(POD_NAME, { error: 'expected the full name of a pod' })
  .describe('The full name of a pod. Parts of names are for people.');
const SELECTOR = z
  .string({ error: 'expected a label selector, such as app=rng,enabled!=yes' })
  .superRefine((text, context) => {
    const parsed = parseSelector(text);
    if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: `can't be read ${parsed.message}` });
  })
  .describe('A Kubernetes label selector.');
const flag = (description: string) =>
  z.boolean({ error: 'expected true or false' }).default(false).describe(description);

const COMMON = {
  service: SERVICE,
  by: z
    .string({ error: 'expected who asks, in at most 100 characters' })
    .min(1, { error: 'expected who asks, in at most 100 characters' })
    .max(100, { error: 'expected who asks, in at most 100 characters' })
    .default('runbook')
    .describe('Who asks: a claim, recorded as such.'),
};

const CHANGE = {
  ...COMMON,
  pod: POD,
  dryRun: flag('Say what would happen, and change nothing.'),
  requestId: z
    .string({ error: 'expected 1 to 200 characters' })
    .min(1, { error: 'expected 1 to 200 characters' })
    .max(200, { error: 'expected 1 to 200 characters' })
    .optional()
    .describe(
      'The same for every attempt of one step of a runbook, and of no other: it is carried out once, and known for 24 hours after. Absent: the invocation id.',
    ),
  confirm: z
    .union([z.literal(true), z.string().min(1)], {
      error: 'expected true, or the fingerprint of a plan that was shown',
    })
    .optional()
    .describe('Carry a plan with warnings out: true, any plan; a fingerprint, only the plan that had it.'),
};

const FORCE = flag('Override the refusals that may be overridden.');

const duration = (description: string) =>
  z
    .string({ error: 'expected a duration from 1m to 7d, such as 30m' })
    .refine((text) => parseDuration(text).kind === 'duration', {
      error: 'expected a duration from 1m to 7d, such as 30m',
    })
    .optional()
    .describe(description);

const LIST = z.strictObject({ command: z.literal('list'), ...COMMON, selector: SELECTOR.optional() });

const INSPECT = z.strictObject({ command: z.literal('inspect'), ...COMMON, pod: POD });

const EVIDENCE = z.strictObject({ command: z.literal('evidence'), ...COMMON, pod: POD });

const DRAINED = z.strictObject({
  command: z.literal('drained'),
  ...COMMON,
  service: SERVICE.default('').describe('The answer is about all services, whichever is given.'),
});

const LOGS = z.strictObject({
  command: z.literal('logs'),
  ...COMMON,
  pod: POD.optional(),
  selector: SELECTOR.optional(),
  container: z.string({ error: 'expected the name of a container' }).optional().describe('Absent: all of them.'),
  previous: flag("The log of the container's previous run."),
  tail: z
    .int({ error: `expected a whole number from 1 to ${LONGEST_TAIL}` })
    .min(1, { error: `expected a whole number from 1 to ${LONGEST_TAIL}` })
    .max(LONGEST_TAIL, { error: `expected a whole number from 1 to ${LONGEST_TAIL}` })
    .default(DEFAULT_TAIL)
    .describe('Lines from the end.'),
});

const DRAIN = z.strictObject({
  command: z.literal('drain'),
  ...CHANGE,
  force: FORCE,
  for: duration("How long the pod stays drained, such as 30m. Absent: the service's default."),
  because: z
    .string({ error: 'expected a reason in words' })
    .max(LONGEST_REASON, { error: `expected at most ${LONGEST_REASON} characters` })
    .optional()
    .describe('Why; shown to people and kept with the pod.'),
});

const RESTORE = z.strictObject({ command: z.literal('restore'), ...CHANGE, force: FORCE });

const EXTEND = z.strictObject({
  command: z.literal('extend'),
  ...CHANGE,
  for: duration("How much longer, such as 1h. Absent: as long as the service's drains last by default."),
});

const FINISH = z.strictObject({ command: z.literal('finish'), ...CHANGE, force: FORCE });

const OPERATIONS = z.strictObject({ command: z.literal('operations'), ...COMMON });

const CANCEL = z.strictObject({
  command: z.literal('cancel'),
  ...COMMON,
  operation: z
    .string({ error: 'expected the id of an operation, or the full name of its pod' })
    .regex(POD_NAME, { error: 'expected the id of an operation, or the full name of its pod' })
    .optional()
    .describe('The id of an operation, or the full name of its pod. Absent: the only one that is under way.'),
});

const FORMS = {
  list: LIST,
  drained: DRAINED,
  inspect: INSPECT,
  evidence: EVIDENCE,
  logs: LOGS,
  drain: DRAIN,
  restore: RESTORE,
  extend: EXTEND,
  finish: FINISH,
  operations: OPERATIONS,
  cancel: CANCEL,
};
const INPUT = z.discriminatedUnion('command', [
  LIST,
  DRAINED,
  INSPECT,
  EVIDENCE,
  LOGS,
  DRAIN,
  RESTORE,
  EXTEND,
  FINISH,
  OPERATIONS,
  CANCEL,
]);

/** What a runbook sends, with its defaults filled in. */
export type RunbookInput = z.output<typeof INPUT>;
/** What a runbook may leave out is optional here. */
export type RunbookEvent = z.input<typeof INPUT>;

export type ReadInput =
  | { readonly kind: 'input'; readonly input: RunbookInput }
  /** A sentence for each mistake, with the path of the field. */
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

export function readInput(event: unknown): ReadInput {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return {
      kind: 'invalid',
      faults: ['The input is not understood, expected an object with a command and a service.'],
    };
  }
  const { command } = event as { command?: unknown };
  const commands = Object.keys(FORMS);
  if (typeof command !== 'string' || !commands.includes(command)) {
    const nearest = command === undefined ? undefined : nearestWord(String(command), commands);
    const expected = `expected ${nearest ?? alternatives(commands)}`;
    const others = z.object(COMMON).safeParse(event);
    return {
      kind: 'invalid',
      faults: [
        `command ${command === undefined ? 'is missing' : 'is not understood'}, ${expected}.`,
        ...(others.error?.issues ?? []).flatMap((issue) => sentences(issue, event)),
      ],
    };
  }
  const read = INPUT.safeParse(event);
  if (!read.success) return { kind: 'invalid', faults: read.error.issues.flatMap((issue) => sentences(issue, event)) };
  const { data } = read;
  if (data.command === 'logs' && (data.pod === undefined) === (data.selector === undefined)) {
    return { kind: 'invalid', faults: ['pod and selector: expected exactly one of them.'] };
  }
  return { kind: 'input', input: data };
}

function sentences(issue: z.core.$ZodIssue, event: object): string[] {
  if (issue.code === 'unrecognized_keys') {
    const form = FORMS[(event as RunbookEvent).command];
    const known = Object.keys(form.shape);
    return issue.keys.map(
      (key) => `${key} is no known field, expected ${nearestWord(key, known) ?? alternatives(known)}.`,
    );
  }
  const path = issue.path.join('.');
  const isMissing = !(String(issue.path[0]) in event);
  return [
    `${path} ${isMissing ? 'is missing, ' : issue.message.startsWith('expected') ? 'is not understood, ' : ''}${issue.message}.`,
  ];
}

/** The request as every other door makes it. */
export function requestOf(input: RunbookInput): Exclude<Request, { command: 'help' }> {
  const { command, service } = input;
  switch (command) {
    case 'list':
      return { command, service, all: true, ...(input.selector !== undefined && { selector: input.selector }) };
    case 'drained':
    case 'operations':
      return { command, service };
    case 'cancel':
      return { command, service, ...(input.operation !== undefined && { operation: input.operation }) };
    case 'inspect':
    case 'evidence':
      return { command, service, pod: input.pod };
    case 'logs':
      return {
        command,
        service,
        previous: input.previous,
        tail: input.tail,
        follow: false,
        ...(input.pod !== undefined && { pod: input.pod }),
        ...(input.selector !== undefined && { selector: input.selector }),
        ...(input.container !== undefined && { container: input.container }),
      };
    case 'drain': {
      const because = tidy(input.because ?? '');
      return {
        command,
        service,
        pod: input.pod,
        ...secondsOf(input.for),
        ...(because !== '' && { because }),
        dryRun: input.dryRun,
        force: input.force,
      };
    }
    case 'restore':
    case 'finish':
      return { command, service, pod: input.pod, dryRun: input.dryRun, force: input.force };
    case 'extend':
      return { command, service, pod: input.pod, ...secondsOf(input.for), dryRun: input.dryRun, force: false };
  }
}

function secondsOf(text: string | undefined): { forSeconds?: number } {
  const parsed = text === undefined ? undefined : parseDuration(text);
  return parsed?.kind === 'duration' ? { forSeconds: parsed.seconds } : {};
}

/** For the authors of runbooks, and for tools that check their steps. */
export function runbookSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(INPUT, { io: 'input', unrepresentable: 'any' }),
    title: 'Input of the pitlane runbook function',
  };
}
