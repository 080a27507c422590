import { describe, expect, test } from 'vitest';
import { withCalls } from './json-patch-literals.ts';

describe('withCalls', () => {
  test.each([
    ['JSONPatch{}', 'newJSONPatch({})'],
    ["[JSONPatch{op: 'add'}, JSONPatch {op: 'test'}]", "[newJSONPatch({op: 'add'}), newJSONPatch({op: 'test'})]"],
    ['JSONPatch{value: {"a": {"b": 1}}}', 'newJSONPatch({value: {"a": {"b": 1}}})'],
    ['JSONPatch{value: JSONPatch{}}', 'newJSONPatch({value: newJSONPatch({})})'],
    ['"JSONPatch{" + \'}\'', '"JSONPatch{" + \'}\''],
    ['JSONPatch{op: "\\"}"}', 'newJSONPatch({op: "\\"}"})'],
    ["JSONPatch{op: r'\\', path: ''' '} '''}", "newJSONPatch({op: r'\\', path: ''' '} '''})"],
    ["JSONPatch{op: r'\\'} + '}'", "newJSONPatch({op: r'\\'}) + '}'"],
    ['myJSONPatch{}', 'myJSONPatch{}'],
    ['JSONPatch', 'JSONPatch'],
    ['{}}', '{}}'],
  ])('%s becomes %s', (expression, called) => {
    expect(withCalls(expression)).toBe(called);
  });
});
