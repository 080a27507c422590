import { expect, test } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';

test.each([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', []],
  ['{"spec": {"replicas": 1, "replicas": 2}}', ['spec.replicas']],
  ['{"a": [{"x": 1}, {"b": {"c": "\\"", "c": ":"}}]}', ['a[1].b.c']],
  ['{"a": {}, "a": [1, "a", {}], "a": null}', ['a', 'a']],
])('%s repeats %j', (text, twice) => {
  expect(duplicateFields(text)).toEqual(twice);
});
