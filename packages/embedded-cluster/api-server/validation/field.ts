import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';

/** The errors that the check adds to the object's fields. */
export function errorsIn(object: Json, check: (object: Field) => void): Cause[] {
  const causes: Cause[] = [];
  check(new Field(object, '', causes));
  return causes;
}

/** A field of an object that is checked. Each check adds the errors, and returns whether there is none. */
export class Field {
  readonly value: Json;
  /** As messages name it, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly #causes: Cause[];

  constructor(value: Json, path: string, causes: Cause[]) {
    this.value = value;
    this.path = path;
    this.#causes = causes;
  }

  /** A field of this one, such as `template.spec`. `zero` stands for an unset value where Go has no null. */
  at(path: string, zero?: Json): Field {
    const value = path.split('.').reduce((outer, name) => outer?.[name], this.value);
    // Some times are null on purpose, and stay so.
    return this.as(value ?? zero ?? value, this.path === '' ? path : `${this.path}.${path}`);
  }

  /** Another value, or the same by another path, in the same object. */
  as(value: Json, path = this.path): Field {
    return new Field(value, path, this.#causes);
  }

  /** The items of a list. */
  items(): Field[] {
    const items: Json[] = this.value ?? [];
    return items.map((item, index) => this.as(item, `${this.path}[${index}]`));
  }

  /** The keys and values of a map. */
  entries(): [key: string, value: Field][] {
    return Object.entries(this.value ?? {}).map(([key, value]) => [key, this.as(value, `${this.path}[${key}]`)]);
  }

  /** `value`: the one that the message shows. */
  invalid(detail: string, value: Json = this.value): void {
    this.#causes.push(invalidValue(this.path, value, detail));
  }

  required(detail?: string): void {
    this.#causes.push(required(this.path, detail));
  }

  forbidden(detail: string): void {
    this.#causes.push(forbiddenField(this.path, detail));
  }

  /** `reason`: without the `FieldValue` that all begin with. */
  wrong(reason: string, message: string): void {
    this.#causes.push(fieldError(reason, this.path, message));
  }

  /** Zero values and empty lists count as missing. */
  given(detail?: string): boolean {
    const isGiven = Array.isArray(this.value) ? this.value.length > 0 : Boolean(this.value);
    if (!isGiven) this.required(detail);
    return isGiven;
  }

  oneOf(choices: readonly string[]): boolean {
    const isOne = choices.includes(this.value);
    if (!isOne) this.#causes.push(notSupported(this.path, this.value, choices));
    return isOne;
  }

  /** Checks a number in it. */
  notNegative(...names: string[]): void {
    for (const name of names) if (this.value[name] < 0) this.at(name).invalid('must be greater than or equal to 0');
  }

  /** Checks the value, or a part of it, by a rule of text.ts. An unset value breaks no rule. */
  follows(errorsOf: (value: Json) => string[], value: Json = this.value): boolean {
    const errors = value === undefined ? [] : errorsOf(value);
    for (const error of errors) this.invalid(error, value);
    return errors.length === 0;
  }

  /** The value may not be among those that were seen, which it joins. Unset values are no duplicates. */
  uniqueAmong(seen: Set<Json>): boolean {
    const isTaken = this.value !== undefined && seen.has(this.value);
    if (isTaken) this.duplicate();
    seen.add(this.value);
    return !isTaken;
  }

  duplicate(value: Json = this.value): void {
    this.wrong('Duplicate', `Duplicate value: ${shown(value)}`);
  }

  notFound(): void {
    this.wrong('NotFound', `Not found: ${shown(this.value)}`);
  }

  unchangedFrom(old: Json): void {
    if (!isEqual(this.value, old)) this.invalid('field is immutable');
  }

  maxBytes(bytes: number, max: number): void {
    if (bytes > max) this.wrong('TooLong', `Too long: may not be more than ${max} bytes`);
  }

  maxItems(max: number): boolean {
    const actual = this.value?.length ?? 0;
    if (actual > max) this.wrong('TooMany', `Too many: ${actual}: must have at most ${max} items`);
    return actual <= max;
  }
}

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
function fieldError(reason: string, field: string, message: string): Cause {
  return { reason: `FieldValue${reason}`, message, field };
}

/** An object as Go prints it: internal types have no JSON names. */
export function asGo(object: object): Json {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name[0]?.toUpperCase() + name.slice(1), value]),
  );
}

function shown(value: Json): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
