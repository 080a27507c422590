import { expect, test } from 'vitest';
import { strictErrors } from './strict-errors.ts';

test.each([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', [], []],
  ['{"spec": {"replicas": 1, "replicas": 2}}', [], ['duplicate field "spec.replicas"']],
  ['{"a": [{"x": 1}, {"b": {"c": "\\"", "c": ":"}}]}', [], ['duplicate field "a[1].b.c"']],
  ['{"a": {}, "a": [1, "a", {}], "a": null}', [], ['duplicate field "a"']],
  [
    '{"b": 1, "x": 1, "b": 2, "spec": {"y": 1, "y": 2}}',
    ['spec.y', 'x', 'z'],
    ['unknown field "x"', 'duplicate field "b"', 'unknown field "spec.y"', 'unknown field "z"'],
  ],
])('%s with the unknown fields %j: %j', (text, unknown, errors) => {
  expect(strictErrors(text, unknown)).toEqual(errors);
});
