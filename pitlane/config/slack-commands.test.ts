import { expect, test } from 'vitest';
import { slackCommandFaults } from './slack-commands.ts';

const services = (count: number) => Array.from({ length: count }, (_, index) => `service-${index}`);

test('accepts 49 services, which with /pitlane are the 50 commands that Slack allows', () => {
  expect(slackCommandFaults(services(49))).toEqual([]);
  expect(slackCommandFaults(services(50))).toHaveLength(1);
});

test('names each service whose command Slack has itself, and what to change', () => {
  expect(slackCommandFaults(['rng', 'remind', 'status'])).toEqual([
    '/remind is a command of Slack itself: give the service another key in pitlane.yaml, and name the Kubernetes Service below it (service: remind).',
    '/status is a command of Slack itself: give the service another key in pitlane.yaml, and name the Kubernetes Service below it (service: status).',
  ]);
});

test('reports both mistakes at once', () => {
  expect(slackCommandFaults([...services(60), 'join'])).toHaveLength(2);
});
