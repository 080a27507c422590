import type { ChangeRequest } from '../../command/request.ts';
import { isOperation } from '../../operations/table.ts';

/** Block Kit reference: "Button element", value. */
const LONGEST_VALUE = 2000;

/** The data of a button, version 2, as JSON. Undefined if it is too long. */
export function buttonValue(data: object): string | undefined {
  const value = escapedJson({ v: 2, ...data }, /[&<>]/g);
  return value.length > LONGEST_VALUE ? undefined : value;
}

/** The data of a pressed button. Undefined for another version. The caller checks each field. */
export function readButtonValue(value: string): Record<string, unknown> | undefined {
  const read = parseObject(value);
  return read?.v === 2 ? read : undefined;
}

/** JSON with these characters as `\uXXXX`, since Slack may return `&`, `<` and `>` as entities. */
export function escapedJson(value: unknown, escaped: RegExp): string {
  return JSON.stringify(value).replace(escaped, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** True for a pod in the form that buttons carry. */
export function isPod(value: unknown): value is { name: string; uid: string } {
  const pod = value as { name?: unknown; uid?: unknown } | null | undefined;
  return typeof pod?.name === 'string' && typeof pod.uid === 'string';
}

/** A change as buttons carry it: of an operation that this version has. */
export function isChangeRequest(value: unknown): value is ChangeRequest {
  const request = value as Partial<ChangeRequest> | null | undefined;
  return isOperation(request?.command) && typeof request?.service === 'string';
}
