import { peopleIn } from '../pitlane/chat/people.ts';
import { type SlackApi, slackApi } from '../pitlane/chat/slack-api.ts';
import { type FunctionHouse, house } from './house.ts';
import { logJson } from './log.ts';
import { slackSecret } from './secrets.ts';
import { workerHandler } from './worker-door.ts';

/** Opened once for each Lambda instance. */
let opened: FunctionHouse | undefined;

const slack = (deadline: number): SlackApi =>
  slackApi({
    token: () => slackSecret('botToken'),
    apiUrl: process.env.SLACK_API_URL ?? 'https://slack.com/api/',
    deadline,
    now: Date.now,
  });

export const handler = workerHandler({
  house() {
    opened ??= house();
    return opened;
  },
  slack,
  people: peopleIn({ slack, now: Date.now }),
  log: logJson,
  now: Date.now,
});
