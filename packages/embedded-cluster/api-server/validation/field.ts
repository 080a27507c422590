import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { fieldError, forbiddenField, invalidValue, notSupported, required, shown } from './field-error.ts';

/** A field of an object, to be checked. Each check returns the errors, none for a valid field. */
export class Field {
  readonly value: Json;
  /** As messages name it, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;

  constructor(value: Json, path: string) {
    this.value = value;
    this.path = path;
  }

  /** A field of this one, such as `template.spec`. `zero` stands for an unset value where Go has no null. */
  at(path: string, zero?: Json): Field {
    const value = path.split('.').reduce((outer, name) => outer?.[name], this.value);
    return new Field(value ?? zero, this.path === '' ? path : `${this.path}.${path}`);
  }

  /** Checks the items of a list. */
  each(check: (item: Field, index: number) => Cause[]): Cause[] {
    const items: Json[] = this.value ?? [];
    return items.flatMap((item, index) => check(new Field(item, `${this.path}[${index}]`), index));
  }

  /** Checks the values of a map. */
  eachValue(check: (value: Field, key: string) => Cause[]): Cause[] {
    return Object.entries(this.value ?? {}).flatMap(([key, value]) =>
      check(new Field(value, `${this.path}[${key}]`), key),
    );
  }

  invalidIf(isWrong: unknown, detail: string, value: Json = this.value): Cause[] {
    return isWrong ? [invalidValue(this.path, value, detail)] : [];
  }

  requiredIf(isMissing: unknown, detail?: string): Cause[] {
    return isMissing ? [required(this.path, detail)] : [];
  }

  forbiddenIf(isWrong: unknown, detail: string): Cause[] {
    return isWrong ? [forbiddenField(this.path, detail)] : [];
  }

  notFoundIf(isMissing: unknown): Cause[] {
    return isMissing ? [fieldError('NotFound', this.path, `Not found: ${shown(this.value)}`)] : [];
  }

  /** Zero values count as missing. */
  given(detail?: string): Cause[] {
    return this.requiredIf(!this.value, detail);
  }

  oneOf(choices: readonly string[]): Cause[] {
    return choices.includes(this.value) ? [] : [notSupported(this.path, this.value, choices)];
  }

  /** Checks numbers in it. */
  notNegative(...names: string[]): Cause[] {
    return names.flatMap((name) => this.at(name).invalidIf(this.value[name] < 0, 'must be greater than or equal to 0'));
  }

  /** Checks the value, or a part of it, by a rule of text.ts. An unset value breaks no rule. */
  follows(errorsOf: (value: Json) => string[], value: Json = this.value): Cause[] {
    return value === undefined ? [] : errorsOf(value).map((error) => invalidValue(this.path, value, error));
  }

  /** The value may not be among those that were seen, which it joins. Unset values are no duplicates. */
  uniqueAmong(seen: Set<Json>): Cause[] {
    const causes = this.duplicateIf(this.value !== undefined && seen.has(this.value));
    seen.add(this.value);
    return causes;
  }

  duplicateIf(isTaken: boolean, value: Json = this.value): Cause[] {
    return isTaken ? [fieldError('Duplicate', this.path, `Duplicate value: ${shown(value)}`)] : [];
  }

  unchangedFrom(old: Json, detail = 'field is immutable'): Cause[] {
    return this.invalidIf(!isEqual(this.value, old), detail);
  }

  maxBytes(bytes: number, max: number): Cause[] {
    return bytes > max ? [fieldError('TooLong', this.path, `Too long: may not be more than ${max} bytes`)] : [];
  }

  maxItems(max: number): Cause[] {
    const actual = this.value?.length ?? 0;
    return actual > max
      ? [fieldError('TooMany', this.path, `Too many: ${actual}: must have at most ${max} items`)]
      : [];
  }
}

/** The errors of the first check that has any. */
export function firstOf(...checks: Cause[][]): Cause[] {
  return checks.find((causes) => causes.length > 0) ?? [];
}
