import { type ChangeRequest, isChange, type ReadRequest, type Request } from '../command/request.ts';
import { covers, type Role } from '../command/role.ts';
import type { Operation, Plan } from '../rotation/plan.ts';
import type { Needs } from '../rotation/snapshot.ts';
import { canaryStart, canaryStop } from './canary/canary.ts';
import { debug } from './debug/debug.ts';
import { disable } from './disable/disable.ts';
import { drain } from './drain/drain.ts';
import { enable } from './enable/enable.ts';
import { extend } from './extend/extend.ts';
import { finish } from './finish/finish.ts';
import { gateOff, gateOn } from './gate/gate.ts';
import { READS } from './reads.ts';
import { restore } from './restore/restore.ts';
import { scheduleAdd, scheduleRemove } from './schedule/schedule.ts';
import type { CommandSpec, OperationSpec, PodChoice, ReadSpec } from './spec.ts';
import { spread, spreadBack, spreadFinish } from './spread/spread.ts';
import { switchTo } from './switch/switch.ts';
import { undo } from './undo.ts';

/** Every operation by its name, in the order of the help. A new one is its folder, a line here and one in planners.ts. */
const TABLE = {
  drain,
  restore,
  disable,
  enable,
  extend,
  finish,
  debug,
  'gate on': gateOn,
  'gate off': gateOff,
  'canary start': canaryStart,
  'canary stop': canaryStop,
  'schedule add': scheduleAdd,
  'schedule remove': scheduleRemove,
  switch: switchTo,
  spread,
  'spread back': spreadBack,
  'spread finish': spreadFinish,
} as const satisfies Readonly<Record<string, OperationSpec>>;

export type OperationName = keyof typeof TABLE;
export const OPERATIONS: readonly OperationSpec[] = Object.values(TABLE);

const BY_NAME: ReadonlyMap<string, OperationSpec> = new Map(Object.entries(TABLE));

/** The operation of that name. Check names from records with `isOperation` first: they may be of another version. */
export function operationNamed(name: string): OperationSpec {
  const spec = BY_NAME.get(name);
  if (spec === undefined) throw new Error(`unknown operation ${name}`);
  return spec;
}

export function isOperation(name: unknown): name is string {
  return typeof name === 'string' && BY_NAME.has(name);
}

export function specOf(request: Request): CommandSpec | OperationSpec | ReadSpec {
  return BY_NAME.get(request.command) ?? (isUndo(request) ? undo : READS[request.command as ReadRequest['command']]);
}

/** It is not an operation of its own: it becomes the request for the opposite of another operation. */
export function isUndo({ command }: Pick<Request, 'command'>): boolean {
  return command === undo.name;
}

/** The name of an operation, or of the command that becomes one. */
export function isChangeCommand(name: string): boolean {
  return isOperation(name) || isUndo({ command: name as Request['command'] });
}

/** The request changes the cluster or an operation in progress. */
export function makesChanges(request: Request): boolean {
  return isChange(request) || specOf(request).makesChanges === true;
}

/** The least role that may run the request. Only admins may override refusals. */
export function roleFor(request: Request, { role } = specOf(request)): Role {
  if ('force' in request && request.force) return 'admin';
  return typeof role === 'function' ? role(request) : role;
}

/** The pods that the request accepts. */
export function podsFor(request: Request): PodChoice {
  return specOf(request).pods ?? { includes: () => true, none: (service) => `${service} has no pods.` };
}

/** The parts of the cluster that the operation or the answer needs. */
export function needsOf(request: Request): Needs {
  const spec = specOf(request);
  const found = 'needs' in spec ? spec.needs : undefined;
  const needs = typeof found === 'function' ? found(request as ChangeRequest) : found;
  return needs ?? { members: 'summary' };
}

/** What the reason and the time of the request are about; undefined: the operation does not take both. */
export function asksWhy(request: ChangeRequest): { readonly because: string; readonly forSeconds: string } | undefined {
  const values = specOf(request).fields.flatMap((field) => field.values);
  const about = (key: string) => values.find((value) => value.key === key)?.about;
  const [because, forSeconds] = [about('because'), about('forSeconds')];
  return because === undefined || forSeconds === undefined ? undefined : { because, forSeconds };
}

/** What a list of pods offers to do with one of them. */
export function offeredInList(service: string): ChangeRequest | undefined {
  const offered = OPERATIONS.find(({ isOfferedInList }) => isOfferedInList);
  return offered && { command: offered.name, service, dryRun: false, force: false };
}

/** Its pods wait to be debugged: put back unrestarted, what was wrong with them may still be. */
export function waitsForDebugging(command: string): boolean {
  const { subject, lookAfter, lookedAfter } = operationNamed(command);
  return subject === 'pods' && lookAfter === 'begins' && lookedAfter === undefined;
}

/** The operation as a verb in the middle of a sentence: `drain`, `set up the gate of`. */
export function askText({ command }: Pick<ChangeRequest, 'command'>): string {
  const ask = BY_NAME.get(command)?.words.ask ?? command;
  return ask.charAt(0).toLowerCase() + ask.slice(1);
}

/** The request that undoes a change of those pods, or of those that it created; undefined: no command does. */
export function oppositeOf(
  undone: Pick<Operation, 'request'> & Pick<Plan, 'opposite'>,
  pods: readonly string[],
): ChangeRequest | undefined {
  const { command, service } = undone.request;
  const { opposite, subject } = operationNamed(command);
  if (opposite === undefined) return undefined;
  const values: Readonly<Record<string, unknown>> = { ...(subject === 'pods' && { pods }), ...undone.opposite };
  const other = operationNamed(opposite);
  if (other.subject === 'pods' && values.pods === undefined) return undefined;
  const required = other.fields.flatMap((field) => field.values.filter((value) => value.isRequired));
  if (required.some(({ key }) => values[key] === undefined)) return undefined;
  return { command: opposite, service, ...values, dryRun: false, force: false };
}

/** It changes what earlier operations on the same objects have changed. */
export function overwrites(command: string): boolean {
  const { meets, opposite } = operationNamed(command);
  return meets === 'supersedes' || (opposite !== undefined && !createsPods(command));
}

/** What undoes it is about pods that it has created, and leaves its own subject alone. */
export function createsPods(command: string): boolean {
  const { subject, opposite } = operationNamed(command);
  return subject === 'service' && opposite !== undefined && operationNamed(opposite).subject === 'pods';
}

/** The request to undo the operation with that id. */
export function undoOf({ id, request }: Pick<Operation, 'id' | 'request'>): ChangeRequest {
  return { command: undo.name, service: request.service, operation: id, dryRun: false, force: false };
}

/** The request that a person repeats to reach the same operation: its opposite is found anew. */
export function asTyped(request: ChangeRequest): ChangeRequest {
  const { undoes, service, dryRun, force } = request;
  return undoes === undefined ? request : { command: undo.name, service, operation: undoes.id, dryRun, force };
}

/** The least role that may undo an operation with that request: an admin's operation takes an admin. */
export function roleToUndo(opposite: ChangeRequest, asked: Role): Role {
  const needed = roleFor(opposite);
  return covers(needed, asked) ? needed : asked;
}
