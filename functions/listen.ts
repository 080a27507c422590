import { App, type Logger, LogLevel, type Receiver } from '@slack/bolt';
import type { Answers } from '../pitlane/chat/conversation/acknowledge.ts';
import type {
  ActionPayload,
  CommandPayload,
  HomePayload,
  MentionPayload,
  SubmissionPayload,
} from '../pitlane/chat/conversation/deliveries.ts';
import type { WriteLog } from '../pitlane/chat/log-line.ts';

/** Answers what the receiver takes in, whether by HTTP or by Socket Mode. */
export function listen(receiver: Receiver, answers: Answers, logger: Logger): void {
  // `authorize` keeps bolt from calling auth.test at each event.
  const app = new App({ receiver, logger, convoStore: false, authorize: async () => ({}) });
  app.command(/^\//, async ({ ack, body }) => {
    const answer = await answers.toCommand(body satisfies CommandPayload);
    // By Socket Mode, an empty text would be a message.
    await (answer === undefined ? ack() : ack(answer));
  });
  app.action(/./, async ({ ack, body }) => {
    await answers.toAction(body as unknown as ActionPayload);
    await ack();
  });
  // A rejection becomes a 500, also after bolt has acknowledged the event, so that Slack delivers it again.
  app.event('app_mention', async ({ body }) => answers.toMention(body as unknown as MentionPayload));
  app.event('app_home_opened', async ({ body }) => answers.toHome(body as unknown as HomePayload));
  app.view(/./, async ({ ack, body }) => {
    const answer = await answers.toWindow(body as unknown as SubmissionPayload);
    await (answer === undefined ? ack() : ack(answer));
  });
}

/** Logs bolt's warnings and errors. Its debug lines contain whole events and are dropped. */
export function quiet(log: WriteLog): Logger {
  const line =
    (level: 'warn' | 'error') =>
    (...parts: unknown[]) =>
      log(level, { event: 'bolt', why: parts.map(String).join(' ') });
  return {
    debug: () => {},
    info: () => {},
    warn: line('warn'),
    error: line('error'),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}
