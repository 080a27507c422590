import * as z from 'zod/mini';
import { POD_FORM } from '../pitlane/command/fields.ts';
import type { HelpRequest, Request } from '../pitlane/command/request.ts';
import { type Form, hasField, type Value } from '../pitlane/command/syntax.ts';
import { READS } from '../pitlane/operations/reads.ts';
import type { CommandSpec, OperationSpec, ReadSpec } from '../pitlane/operations/spec.ts';
import { OPERATIONS } from '../pitlane/operations/table.ts';
import { undo } from '../pitlane/operations/undo.ts';
import { parseSelector } from '../pitlane/rotation/selector.ts';
import { parseDuration } from '../pitlane/text/duration.ts';
import { nearestWord } from '../pitlane/text/nearest.ts';
import { oneLine } from '../pitlane/text/printable.ts';
import { alternatives, quote } from '../pitlane/text/words.ts';

/** `most`: characters; absent: any text. */
function textOf(expected: string, most?: number) {
  const error = `expected ${expected}`;
  const text = z.string({ error });
  return most === undefined ? text : text.check(z.minLength(1, { error }), z.maxLength(most, { error }));
}

const A_SERVICE = 'the key of a service in pitlane.yaml, such as rng';
const SERVICE = textOf(A_SERVICE).check(
  z.minLength(1, { error: `expected ${A_SERVICE}` }),
  z.describe('The key of a service in pitlane.yaml.'),
);
const BY = z
  ._default(textOf('who asks, in at most 100 characters', 100), 'runbook')
  .check(z.describe('Who asks: a claim, recorded as such.'));
const CHANGE = {
  requestId: z
    .optional(textOf('1 to 200 characters', 200))
    .check(
      z.describe(
        'The same for each attempt of one step of a runbook, and for no other step. The step is carried out once; the id is remembered for 24 hours after it ended. Absent: the id of the invocation.',
      ),
    ),
  confirm: z
    .optional(
      z.union([z.literal(true), z.string().check(z.minLength(1))], {
        error: 'expected true, or the fingerprint of a plan',
      }),
    )
    .check(z.describe('Confirms a plan with warnings. true: any plan; a fingerprint: only the plan that had it.')),
};

/** The input of a runbook, with its defaults filled in. The fields of the command define the other values. */
export interface RunbookInput {
  readonly command: string;
  readonly service: string;
  readonly by: string;
  readonly requestId?: string;
  readonly confirm?: true | string;
  readonly [value: string]: unknown;
}

type Spec = CommandSpec | OperationSpec | ReadSpec;

const SPECS: readonly Spec[] = [...Object.values(READS), ...OPERATIONS, undo].filter(
  (spec) => !('isForPeople' in spec && spec.isForPeople),
);

function isChange(spec: Spec): boolean {
  return hasField(spec, 'dryRun');
}

/** The values that programs send. A single pod may also be sent by its name alone. */
function valuesOf({ fields }: Spec): readonly Value[] {
  const values = fields.flatMap((field) => field.values).filter(({ name }) => name !== undefined);
  const isMany = values.some(({ key }) => key === 'pods');
  const pod: Value = { key: 'pod', name: 'pod', form: POD_FORM, about: 'The full name of the only pod.' };
  return isMany ? [pod, ...values] : values;
}

/** Exactly one of them names the pods. */
function oneOf(spec: Spec): readonly string[] {
  if ('oneOf' in spec && spec.oneOf !== undefined) return spec.oneOf;
  return 'subject' in spec && spec.subject === 'pods' ? ['pod', 'pods', 'selector', 'node'] : [];
}

function formOf({ form, about, isRequired }: Value): z.ZodMiniType {
  const described = schemaOf(form).check(z.describe(about));
  return isRequired || form.type === 'flag' || form.type === 'number' ? described : z.optional(described);
}

function schemaOf(form: Form): z.ZodMiniType {
  switch (form.type) {
    case 'flag':
      return z._default(z.boolean({ error: 'expected true or false' }), false);
    case 'names': {
      const error = `expected 1 to ${form.most} ${form.expected}`;
      return z.array(schemaOf(form.of), { error }).check(z.minLength(1, { error }), z.maxLength(form.most, { error }));
    }
    case 'name': {
      const error = `expected ${form.expected}`;
      return z.string({ error }).check(z.regex(form.pattern, { error }));
    }
    case 'selector':
      return textOf('a label selector, such as app=rng,enabled!=yes').check(
        z.superRefine((text, context) => {
          const parsed = parseSelector(text);
          if (parsed.kind === 'invalid')
            context.addIssue({ code: 'custom', message: `can't be read ${parsed.message}` });
        }),
      );
    case 'duration': {
      const error = 'expected a duration from 1m to 7d, such as 30m';
      return z.string({ error }).check(z.refine((text) => parseDuration(text).kind === 'duration', { error }));
    }
    case 'text':
      return textOf(form.expected).check(z.maxLength(form.most, { error: `expected at most ${form.most} characters` }));
    case 'number': {
      const error = `expected a whole number from ${form.least} to ${form.most}`;
      const number = z.int({ error }).check(z.minimum(form.least, { error }), z.maximum(form.most, { error }));
      return z._default(number, form.otherwise);
    }
  }
}

/** The input for a command. */
export function formOfCommand(spec: Spec) {
  const service = spec.isAboutAll
    ? z._default(SERVICE, '').check(z.describe('The answer is about all services, whichever is given.'))
    : SERVICE;
  return z.strictObject({
    command: z.literal(spec.name),
    service,
    by: BY,
    ...valueForms(spec),
    ...(isChange(spec) ? CHANGE : {}),
  });
}

function valueForms(spec: Spec) {
  return Object.fromEntries(valuesOf(spec).map((value) => [value.name ?? value.key, formOf(value)]));
}

const STEP_NAME = z.optional(textOf('a name, in at most 60 characters', 60));
const MOST_STEPS = 20;

/** A command as a step of a list: without the values that are given once for the whole list. */
function formOfStep(spec: Spec) {
  const { dryRun: _, ...values } = valueForms(spec);
  const { pod } = values;
  return z.strictObject({
    command: z.literal(spec.name),
    service: z.optional(SERVICE).check(z.describe('Absent: the service of the list.')),
    ...values,
    name: STEP_NAME.check(z.describe('The name of the step. Absent: its command.')),
    if: z
      ._default(z.enum(['success', 'failure', 'always'], { error: 'expected success, failure or always' }), 'success')
      .check(z.describe('When the step runs: all steps before were done, one of them was not, or in either case.')),
    ...(pod && {
      pod: z.optional(pod),
      podsOf: STEP_NAME.check(
        z.describe('The name of an earlier step: the pods that it has changed, instead of names.'),
      ),
    }),
  });
}

/** What is given once for the whole list. */
const HEAD = z.strictObject({
  service: z.optional(SERVICE).check(z.describe('The service of all steps that name none.')),
  by: BY,
  requestId: CHANGE.requestId,
  dryRun: z
    ._default(z.boolean({ error: 'expected true or false' }), false)
    .check(z.describe('Plan every step; change nothing.')),
  confirm: CHANGE.confirm,
});

/** A list of commands, with its defaults filled in. */
export interface StepsInput extends Pick<RunbookInput, 'by' | 'requestId' | 'confirm'> {
  readonly dryRun: boolean;
  readonly steps: readonly StepInput[];
}

interface StepInput {
  readonly name: string;
  readonly when: 'success' | 'failure' | 'always';
  readonly podsOf?: string;
  readonly input: RunbookInput;
}

/** Only for the schema. */
function formOfAny() {
  const forms = SPECS.map(formOfCommand) as unknown as [ReturnType<typeof formOfCommand>];
  return z.union([z.discriminatedUnion('command', forms), formOfList()]);
}

function formOfList() {
  const forms = SPECS.map(formOfStep) as unknown as [ReturnType<typeof formOfStep>];
  const step = z.discriminatedUnion('command', forms);
  const steps = z
    .array(step)
    .check(z.minLength(1), z.maxLength(MOST_STEPS), z.describe('Commands, carried out in order.'));
  return z.strictObject({ steps, ...HEAD.shape });
}

const COMMANDS = SPECS.map(({ name }) => name as string);

export type ReadInput =
  | { readonly kind: 'input'; readonly input: RunbookInput }
  | { readonly kind: 'steps'; readonly list: StepsInput }
  /** A sentence for each mistake, with the path of the field. */
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

export function readInput(event: unknown): ReadInput {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return invalid(['The input is not an object with a command and a service.']);
  const { command, steps } = event as { command?: unknown; steps?: unknown };
  if (steps !== undefined) return readSteps(event);
  const spec = SPECS.find(({ name }) => name === command);
  if (spec === undefined) {
    const others = z.object({ service: SERVICE, by: BY }).safeParse(event);
    const fault = command === undefined ? expectedOne('command is missing') : unknown('command', String(command));
    return invalid([fault, ...(others.error?.issues ?? []).flatMap((issue) => sentences(issue, event, []))]);
  }
  // The forms of the other commands are not built: that would make each cold start slower.
  const form = formOfCommand(spec);
  const read = form.safeParse(event);
  if (!read.success)
    return invalid(read.error.issues.flatMap((issue) => sentences(issue, event, Object.keys(form.shape))));
  const input = read.data as RunbookInput;
  const ways = oneOf(spec);
  const isOne = ways.length === 0 || ways.filter((way) => input[way] !== undefined).length === 1;
  return isOne ? { kind: 'input', input } : invalid([`Expected exactly one of ${alternatives(ways, 'and')}.`]);
}

/** Stands for the pods of an earlier step while the other values are read. */
const LATER = 'pods-of-an-earlier-step';
const OF_LIST = ['by', 'requestId', 'confirm', 'dryRun'];

function readSteps(event: object): ReadInput {
  const { steps: given, ...list } = event as { readonly steps: unknown };
  const head = HEAD.safeParse(list);
  const known = ['steps', ...Object.keys(HEAD.shape)];
  const faults = head.success ? [] : head.error.issues.flatMap((issue) => sentences(issue, list, known));
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_STEPS)
    return invalid([...faults, `steps: expected 1 to ${MOST_STEPS} steps.`]);
  const steps: StepInput[] = [];
  for (const [index, step] of given.entries()) {
    const read = readStep(step, 'service' in list ? { service: list.service } : {}, steps);
    if (Array.isArray(read)) faults.push(...read.map((fault) => `Step ${index + 1}: ${fault}`));
    else steps.push(read as StepInput);
  }
  if (!head.success || faults.length > 0) return invalid(faults);
  const { by, requestId, confirm, dryRun } = head.data;
  const more = { ...(requestId !== undefined && { requestId }), ...(confirm !== undefined && { confirm }) };
  return { kind: 'steps', list: { by, dryRun, steps, ...more } };
}

/** The step, or what is wrong with it. */
function readStep(
  given: unknown,
  defaults: { readonly service?: unknown },
  before: readonly StepInput[],
): StepInput | readonly string[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return ['expected an object with a command.'];
  const { name: named, if: when = 'success', podsOf, ...rest } = given as Readonly<Record<string, unknown>>;
  const ofList = OF_LIST.filter((key) => key in rest).map((key) => `${key} is given once for all steps.`);
  if (ofList.length > 0) return ofList;
  if (podsOf !== undefined && 'pod' in rest) return ['Expected only one of pod and podsOf.'];
  const read = readInput({
    ...defaults,
    ...rest,
    ...(podsOf !== undefined && { pod: LATER }),
  });
  if (read.kind === 'invalid') return read.faults;
  if (read.kind === 'steps') return ['a step has no steps.'];
  const faults = [
    ...(['success', 'failure', 'always'].includes(String(when)) ? [] : ['if: expected success, failure or always.']),
    ...(podsOf === undefined || before.some(({ name }) => name === podsOf)
      ? []
      : [`podsOf: no step before it has the name ${quote(String(podsOf))}.`]),
    ...(named === undefined || STEP_NAME.safeParse(named).success ? [] : ['name: expected at most 60 characters.']),
  ];
  const name = typeof named === 'string' ? named : freeName(read.input.command, before);
  if (before.some((each) => each.name === name)) faults.push(`name: ${quote(name)} is given twice.`);
  if (faults.length > 0) return faults;
  const more = typeof podsOf === 'string' && { podsOf };
  return { name, when: when as StepInput['when'], input: read.input, ...more };
}

/** `evidence`, and `evidence 2` for the second one. */
function freeName(command: string, before: readonly StepInput[]): string {
  const number = before.filter(({ input }) => input.command === command).length;
  return number === 0 ? command : `${command} ${number + 1}`;
}

function invalid(faults: readonly string[]): ReadInput {
  return { kind: 'invalid', faults };
}

/** `Unknown command "drian". Did you mean drain?` */
function unknown(what: string, word: string, known: readonly string[] = COMMANDS): string {
  const nearest = nearestWord(word, known);
  const fault = `Unknown ${what} ${quote(word)}`;
  return nearest === undefined ? expectedOne(fault, known) : `${fault}. Did you mean ${nearest}?`;
}

function expectedOne(fault: string, known: readonly string[] = COMMANDS): string {
  return `${fault}: expected ${alternatives(known)}.`;
}

function sentences(issue: z.core.$ZodIssue, event: object, known: readonly string[]): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknown('field', key, known));
  const isMissing = !(String(issue.path[0]) in event);
  return [`${issue.path.join('.')}${isMissing ? ' is missing' : ''}: ${issue.message}.`];
}

/** The request as every other door makes it. */
export function requestOf(
  input: RunbookInput,
  spec = SPECS.find(({ name }) => name === input.command),
): Exclude<Request, HelpRequest> {
  const { command, service } = input;
  if (spec === undefined) throw new Error(`there is no command ${command}`);
  const values = valuesOf(spec).flatMap(({ key, name = key, form }) => {
    const given = input[name];
    const value = typeof given === 'string' ? parsedValue(form, given) : given;
    if (value === undefined) return [];
    return key === 'pod' && isChange(spec) ? [['pods', [value]]] : [[key, value]];
  });
  const fixed = 'fixed' in spec ? spec.fixed : {};
  const defaults = isChange(spec) ? { dryRun: false, force: false } : fixed;
  return { command, service, ...defaults, ...Object.fromEntries(values) } as unknown as Exclude<Request, HelpRequest>;
}

/** The value of a text in a request. Undefined: the same as none. */
function parsedValue({ type }: Form, text: string): string | number | undefined {
  if (type === 'text') return oneLine(text) || undefined;
  if (type !== 'duration') return text;
  const parsed = parseDuration(text);
  return parsed.kind === 'duration' ? parsed.seconds : undefined;
}

/** For the authors of runbooks, and for tools that check their steps. */
export function runbookSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(formOfAny(), { io: 'input', unrepresentable: 'any' }),
    title: 'Input of the pitlane runbook function',
  };
}
