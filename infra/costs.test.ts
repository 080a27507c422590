import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../functions/metrics.ts';
import { alarmResources } from './alarms.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/costs.md'), 'utf8');

interface Row {
  readonly what: string;
  readonly count: number;
  readonly seconds: number;
  readonly gbSeconds: number;
  readonly dollars: number;
}

const number = (text = '') => Number(text.replaceAll(/[,*]/g, ''));
const rows = [...page.matchAll(/^\| (.+?) \| ([\d,]*) ?\| ([\d.]*) ?\| ([\d,]*) ?\| ([\d.*]+) \|$/gm)].map(
  ([, what = '', count, seconds, gbSeconds, dollars]): Row => ({
    what,
    count: number(count),
    seconds: number(seconds),
    gbSeconds: number(gbSeconds),
    dollars: number(dollars),
  }),
);
const cents = (dollars: number) => Number(dollars.toFixed(2));
const row = (start: string) => rows.find(({ what }) => what.startsWith(start));
const sum = (...of: readonly (Row | undefined)[]) =>
  cents(of.reduce((all, each) => all + (each?.dollars ?? Number.NaN), 0));

test('the GB-seconds and dollars of each function follow from its count and seconds', () => {
  const compute = rows.filter(({ gbSeconds }) => gbSeconds > 0);
  expect(compute).toHaveLength(4);
  for (const { count, seconds, gbSeconds, dollars } of compute) {
    expect(gbSeconds).toBe(count * seconds * 0.5);
    expect(dollars).toBe(cents(gbSeconds * 0.0000133334 + (count * 0.2) / 1e6));
  }
});

test('the metrics and alarms that are paid for are those that there are', () => {
  const count = Object.keys(METRICS).length;
  expect(row('metrics')).toMatchObject({ count, dollars: cents(count * 0.3) });
  const resources = Object.values(alarmResources({ stage: 'prod', alarms: { topic: 'arn' } }));
  expect(page).toContain(`${(resources.length * 0.1).toFixed(2)}: ${resources.length} alarms`);
});

test('the sum is that of the rows, and the text has the sums of some of them', () => {
  const [total, ...others] = rows.toReversed();
  expect(total?.dollars).toBe(sum(...others));
  const secret = [row('Secrets Manager'), row('its reads')];
  expect(page).toContain(`up to ${sum(row('`tick`'), row('metrics'), ...secret)},`);
  expect(page).toContain(`add ${sum(row('`slack`'), row('`worker`: op'), row('`worker`: li'))}.`);
  expect(page).toContain(`so ${sum(...secret)} remains.`);
});
