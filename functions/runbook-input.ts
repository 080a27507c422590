import * as z from 'zod';
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
  return most === undefined ? text : text.min(1, { error }).max(most, { error });
}

const A_SERVICE = 'the key of a service in pitlane.yaml, such as rng';
const SERVICE = textOf(A_SERVICE)
  .min(1, { error: `expected ${A_SERVICE}` })
  .describe('The key of a service in pitlane.yaml.');
const BY = textOf('who asks, in at most 100 characters', 100)
  .default('runbook')
  .describe('Who asks: a claim, recorded as such.');
const CHANGE = {
  requestId: textOf('1 to 200 characters', 200)
    .optional()
    .describe(
      'The same for each attempt of one step of a runbook, and for no other step. The step is carried out once; the id is remembered for 24 hours after it ended. Absent: the id of the invocation.',
    ),
  confirm: z
    .union([z.literal(true), z.string().min(1)], { error: 'expected true, or the fingerprint of a plan' })
    .optional()
    .describe('Confirms a plan with warnings. true: any plan; a fingerprint: only the plan that had it.'),
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

function formOf({ form, about, isRequired }: Value): z.ZodType {
  const described = schemaOf(form).describe(about);
  return isRequired || form.type === 'flag' || form.type === 'number' ? described : described.optional();
}

function schemaOf(form: Form): z.ZodType {
  switch (form.type) {
    case 'flag':
      return z.boolean({ error: 'expected true or false' }).default(false);
    case 'names': {
      const error = `expected 1 to ${form.most} ${form.expected}`;
      return z.array(schemaOf(form.of), { error }).min(1, { error }).max(form.most, { error });
    }
    case 'name': {
      const error = `expected ${form.expected}`;
      return z.string({ error }).regex(form.pattern, { error });
    }
    case 'selector':
      return textOf('a label selector, such as app=rng,enabled!=yes').superRefine((text, context) => {
        const parsed = parseSelector(text);
        if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: `can't be read ${parsed.message}` });
      });
    case 'duration': {
      const error = 'expected a duration from 1m to 7d, such as 30m';
      return z.string({ error }).refine((text) => parseDuration(text).kind === 'duration', { error });
    }
    case 'text':
      return textOf(form.expected).max(form.most, { error: `expected at most ${form.most} characters` });
    case 'number': {
      const error = `expected a whole number from ${form.least} to ${form.most}`;
      return z.int({ error }).min(form.least, { error }).max(form.most, { error }).default(form.otherwise);
    }
  }
}

/** The input for a command. */
export function formOfCommand(spec: Spec) {
  const service = spec.isAboutAll
    ? SERVICE.default('').describe('The answer is about all services, whichever is given.')
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

const STEP_NAME = textOf('a name, in at most 60 characters', 60).optional();
const MOST_STEPS = 20;

/** A command as a step of a list: without the values that are given once for the whole list. */
function formOfStep(spec: Spec) {
  const { dryRun: _, ...values } = valueForms(spec);
  const { pod } = values;
  return z.strictObject({
    command: z.literal(spec.name),
    service: SERVICE.optional().describe('Absent: the service of the list.'),
    ...values,
    name: STEP_NAME.describe('The name of the step. Absent: its command.'),
    if: z
      .enum(['success', 'failure', 'always'], { error: 'expected success, failure or always' })
      .default('success')
      .describe('When the step runs: all steps before were done, one of them was not, or in either case.'),
    ...(pod && {
      pod: pod.optional(),
      podsOf: STEP_NAME.describe('The name of an earlier step: the pods that it has changed, instead of names.'),
    }),
  });
}

/** What is given once for the whole list. */
const HEAD = z.strictObject({
  service: SERVICE.optional().describe('The service of all steps that name none.'),
  by: BY,
  requestId: CHANGE.requestId,
  dryRun: z.boolean({ error: 'expected true or false' }).default(false).describe('Plan every step; change nothing.'),
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

/** Only for the schema: built at load, it would make each cold start slower. */
function formOfList() {
  const forms = SPECS.map(formOfStep) as unknown as [ReturnType<typeof formOfStep>];
  const step = z.discriminatedUnion('command', forms);
  const steps = z.array(step).min(1).max(MOST_STEPS).describe('Commands, carried out in order.');
  return z.strictObject({ steps, ...HEAD.shape });
}

const FORMS = new Map(SPECS.map((spec) => [spec.name as string, formOfCommand(spec)]));
const INPUT = z.discriminatedUnion('command', [...FORMS.values()] as unknown as [ReturnType<typeof formOfCommand>]);

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
    return invalid([fault, ...(others.error?.issues ?? []).flatMap((issue) => sentences(issue, event))]);
  }
  const read = INPUT.safeParse(event);
  if (!read.success) return invalid(read.error.issues.flatMap((issue) => sentences(issue, event)));
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
  const faults = head.success ? [] : head.error.issues.flatMap((issue) => listSentences(issue, list));
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

function listSentences(issue: z.core.$ZodIssue, list: object): readonly string[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => unknown('field', key, ['steps', ...Object.keys(HEAD.shape)]))
    : sentences(issue, list);
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
function unknown(what: string, word: string, known: readonly string[] = [...FORMS.keys()]): string {
  const nearest = nearestWord(word, known);
  const fault = `Unknown ${what} ${quote(word)}`;
  return nearest === undefined ? expectedOne(fault, known) : `${fault}. Did you mean ${nearest}?`;
}

function expectedOne(fault: string, known: readonly string[] = [...FORMS.keys()]): string {
  return `${fault}: expected ${alternatives(known)}.`;
}

function sentences(issue: z.core.$ZodIssue, event: object): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(FORMS.get((event as RunbookInput).command)?.shape ?? {});
    return issue.keys.map((key) => unknown('field', key, known));
  }
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
    ...z.toJSONSchema(z.union([INPUT, formOfList()]), { io: 'input', unrepresentable: 'any' }),
    title: 'Input of the pitlane runbook function',
  };
}
