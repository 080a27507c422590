import { expect, test } from 'vitest';
import type { Call, Connection } from './connection.ts';
import { Forbidden } from './errors.ts';
import { fromOnePage } from './one-page.ts';
import { PODS, SERVICES } from './resource.ts';

const NAMESPACE = 'dockercoins';
const place = { resource: PODS, namespace: NAMESPACE };
const selected = (labelSelector: string): Call => ({ verb: 'list', place, query: { labelSelector }, form: 'table' });
const FORBIDDEN = new Forbidden({ verb: 'list', place }, { verb: 'list', resource: 'pods', namespace: NAMESPACE }, {});

/** A server with these pods. `answer`: to a list without a selector. */
function server(pods: Readonly<Record<string, object>>, answer: (table: object) => object = (table) => table) {
  const sent: (string | undefined)[] = [];
  const rows = Object.entries(pods).map(([name, labels]) => ({ cells: [], object: { metadata: { name, labels } } }));
  const table = { kind: 'Table', metadata: { resourceVersion: '7' }, columnDefinitions: [], rows };
  const connection = {
    async send({ query }: Call) {
      const selector = query?.labelSelector as string | undefined;
      sent.push(selector);
      return { body: selector === undefined ? answer(table) : { ...table, rows: [] }, warnings: [] };
    },
  } as unknown as Connection;
  return { sent, connection: fromOnePage(connection, NAMESPACE) };
}

const PODS_OF = { 'rng-a': { app: 'rng' }, 'rng-b': { app: 'rng', track: 'canary' }, web: { app: 'web' }, bare: {} };

test.each([
  ['app=rng', ['rng-a', 'rng-b']],
  ['app=rng,track!=canary', ['rng-a']],
  ['app notin (rng)', ['web', 'bare']],
  ['track in (canary)', ['rng-b']],
])('answers %s from the page', async (labelSelector, names) => {
  const { sent, connection } = server(PODS_OF);
  const { body } = await connection.send<{ rows: { object: { metadata: { name: string } } }[] }>(
    selected(labelSelector),
  );
  expect(body.rows.map(({ object }) => object.metadata.name)).toEqual(names);
  expect(body).toMatchObject({ kind: 'Table', metadata: { resourceVersion: '7' } });
  expect(sent).toEqual([undefined]);
});

test.each<[string, (table: object) => object]>([
  ['has more pods than a page', (table) => ({ ...table, metadata: { resourceVersion: '7', continue: 'more' } })],
  ['is not a table', () => ({ kind: 'PodList', items: [] })],
  [
    'may not be listed as a whole',
    () => {
      throw FORBIDDEN;
    },
  ],
])('asks the server where the namespace %s', async (_, answer) => {
  const { sent, connection } = server(PODS_OF, answer);
  await connection.send(selected('app=rng'));
  expect(sent).toEqual([undefined, 'app=rng']);
});

test.each<[string, Call]>([
  ['other objects', { ...selected('app=rng'), place: { resource: SERVICES, namespace: NAMESPACE } }],
  ['another namespace', { ...selected('app=rng'), place: { resource: PODS, namespace: 'other' } }],
  ['whole pods', { verb: 'list', place, query: { labelSelector: 'app=rng' } }],
  ['one pod', { ...selected('app=rng'), verb: 'get', place: { ...place, name: 'rng-a' } }],
  ['a next page', { ...selected('app=rng'), query: { labelSelector: 'app=rng', continue: 'token' } }],
])('asks the server for %s', async (_, call) => {
  const { sent, connection } = server(PODS_OF);
  await connection.send(call);
  expect(sent).toEqual([undefined, 'app=rng']);
});
