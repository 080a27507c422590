import fc from 'fast-check';
import { expect, test } from 'vitest';
import { couldBeTyped } from '../../command/fields.ts';
import type { Request } from '../../command/request.ts';
import { format, parse } from '../commands.ts';
import { roleFor } from '../table.ts';
import { type CanaryRequest, canaryStart } from './canary.ts';

function read(text: string): Request {
  const parsed = parse(text, 'rng');
  if (parsed.kind === 'misread') throw new Error(parsed.message);
  return parsed.request;
}

test.each<[text: string, want: object]>([
  ['canary start', { command: 'canary start', count: 1, out: false }],
  ['canary start --from deploy/rng --image example.com:5000/rng@sha256:abc', { from: 'deploy/rng' }],
  ['canary start --env A=1 --env "B=two words" --env C=', { env: ['A=1', 'B=two words', 'C='] }],
  ['canary start --args "--verbose --port 8080"', { args: ['--verbose', '--port', '8080'] }],
  ['canary start --args=-v', { args: ['-v'] }],
  ['canary start --count=3 --out for 5m because 5xx', { count: 3, out: true, forSeconds: 300, because: '5xx' }],
  ['canary stop all', { command: 'canary stop', selector: 'pitlane.dev/canary' }],
  ['canary stop rng-canary-bcdfg', { pods: ['rng-canary-bcdfg'] }],
  ['canary stop', { command: 'canary stop' }],
  ['canary list', { command: 'canary list' }],
])('reads %s, and writes it as the same request', (text, want) => {
  const request = read(text);
  expect(request).toMatchObject(want);
  expect(read(format(request))).toEqual(request);
});

test.each([
  'canary start --env 1A=b',
  'canary start --env =b',
  'canary start --args ""',
  'canary start --count 0',
  'canary start --from job/rng',
  'canary start rng',
  'canary start --force',
])('refuses %s', (text) => {
  expect(parse(text, 'rng').kind).toBe('misread');
});

const text = fc.string({ unit: fc.constantFrom(...'ab= "\'-\\“'), minLength: 1, maxLength: 8 });

test('writes any variables and arguments so that they are read as the same', () => {
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(text, { maxLength: 3 }),
      (args, values) => {
        const env = values.map((value, index) => `V${index}=${value}`);
        const request = { ...read('canary start'), args, ...(env.length > 0 && { env }) } as unknown as Request;
        expect(read(format(request))).toEqual(request);
      },
    ),
  );
});

test('has its records checked, and needs an admin for another image', () => {
  const { command: _, service: __, force: ___, ...values } = read('canary start --env A=1') as CanaryRequest;
  expect(couldBeTyped(canaryStart, { ...values })).toBe(true);
  expect(couldBeTyped(canaryStart, { ...values, env: ['A'] })).toBe(false);
  expect(couldBeTyped(canaryStart, { ...values, count: 11 })).toBe(false);
  expect(roleFor(read('canary start --env A=1'))).toBe('operator');
  expect(roleFor(read('canary start --image rng:v2'))).toBe('admin');
});
