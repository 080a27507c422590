import { isChange, type Request } from '../../command/request.ts';
import { isCommand } from '../../operations/commands.ts';
import { isChangeCommand } from '../../operations/table.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { jsonEscape } from '../../text/printable.ts';
import { isText, parseObject, shape } from '../../text/shape.ts';
import type { Offer } from '../job.ts';

/** The data of a button. */
export interface ButtonData {
  readonly request: Request;
  /** How the person addresses the service. */
  readonly address: string;
  readonly pod?: PodRef;
  readonly offer?: Offer;
}

/** Block Kit reference: "Button element", value. */
const LONGEST_VALUE = 2000;

const isPod = shape<PodRef>({ name: isText, uid: isText });

/** The data as JSON, version 2. Undefined if it is too long for a button. */
export function buttonValue(data: ButtonData): string | undefined {
  const value = escapedJson({ v: 2, ...data }, /[&<>]/g);
  return value.length > LONGEST_VALUE ? undefined : value;
}

/** The data of a pressed button. Undefined: another version of Pitlane wrote it. */
export function readButtonValue(value: string): ButtonData | undefined {
  const { v, request, address, pod, offer } = parseObject(value) ?? {};
  const isKnown = v === 2 && isRequest(request) && typeof address === 'string' && isOffer(offer);
  if (!isKnown || (pod !== undefined && !isPod(pod))) return undefined;
  return { request, address, pod, offer };
}

/** JSON with these characters as `\uXXXX`, since Slack may return `&`, `<` and `>` as entities. */
export function escapedJson(value: unknown, escaped: RegExp): string {
  return JSON.stringify(value).replace(escaped, jsonEscape);
}

/** True for a command that this version has. */
export function isRequest(value: unknown): value is Request {
  const { command, service } = (value ?? {}) as Partial<Request>;
  if (typeof command !== 'string' || typeof service !== 'string') return false;
  return isChange(value as Request) ? isChangeCommand(command) : isCommand(command);
}

function isOffer(value: unknown): value is Offer | undefined {
  if (value === undefined) return true;
  const { by, at, requestId, fingerprint, codes } = (value ?? {}) as Partial<Offer>;
  const isAbout = codes === undefined ? typeof fingerprint === 'string' : Array.isArray(codes);
  return typeof by === 'string' && typeof at === 'number' && typeof requestId === 'string' && isAbout;
}
