import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';

/** Field errors in the words of apimachinery's field package. */

export function invalidValue(field: string, value: Json, detail: string): Cause {
  return fieldError('Invalid', field, `Invalid value: ${shown(value)}: ${detail}`);
}

export function required(field: string, detail = ''): Cause {
  return fieldError('Required', field, detail === '' ? 'Required value' : `Required value: ${detail}`);
}

export function forbiddenField(field: string, detail: string): Cause {
  return fieldError('Forbidden', field, `Forbidden: ${detail}`);
}

export function notSupported(field: string, value: Json, supported: readonly string[]): Cause {
  const choices = supported.map((choice) => JSON.stringify(choice)).join(', ');
  return fieldError('NotSupported', field, `Unsupported value: ${shown(value)}: supported values: ${choices}`);
}

/** `reason`: without the `FieldValue` that all begin with. */
export function fieldError(reason: string, field: string, message: string): Cause {
  return { reason: `FieldValue${reason}`, message, field };
}

/** An object as Go prints it: internal types have no JSON names. */
export function asGo(object: object): Json {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name[0]?.toUpperCase() + name.slice(1), value]),
  );
}

export function shown(value: Json): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
