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
  const values = Object.fromEntries(valuesOf(spec).map((value) => [value.name ?? value.key, formOf(value)]));
  const service = spec.isAboutAll
    ? SERVICE.default('').describe('The answer is about all services, whichever is given.')
    : SERVICE;
  return z.strictObject({
    command: z.literal(spec.name),
    service,
    by: BY,
    ...values,
    ...(isChange(spec) ? CHANGE : {}),
  });
}

const FORMS = new Map(SPECS.map((spec) => [spec.name as string, formOfCommand(spec)]));
const INPUT = z.discriminatedUnion('command', [...FORMS.values()] as unknown as [ReturnType<typeof formOfCommand>]);

export type ReadInput =
  | { readonly kind: 'input'; readonly input: RunbookInput }
  /** A sentence for each mistake, with the path of the field. */
  | { readonly kind: 'invalid'; readonly faults: readonly string[] };

export function readInput(event: unknown): ReadInput {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return invalid(['The input is not an object with a command and a service.']);
  const { command } = event as { command?: unknown };
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
    ...z.toJSONSchema(INPUT, { io: 'input', unrepresentable: 'any' }),
    title: 'Input of the pitlane runbook function',
  };
}
