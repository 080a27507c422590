import { App, AwsLambdaReceiver, type Logger, LogLevel } from '@slack/bolt';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type Answers, answersTo, type HandOver } from '../pitlane/chat/conversation/acknowledge.ts';
import type { ActionPayload, CommandPayload, MentionPayload } from '../pitlane/chat/conversation/deliveries.ts';
import { lambdaHandOver } from './hand-over.ts';
import { type Log, logJson } from './log.ts';
import { slackSecret } from './secrets.ts';
import { type HttpEvent, verify } from './slack-request.ts';

export interface SlackDoor {
  readonly signingSecret: () => string;
  readonly handOver: HandOver;
  readonly log: Log;
  readonly now: () => number;
}

type SlackHandler = (event: HttpEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** Verifies, reads and acknowledges what Slack sends, and hands the work on. Never throws, never touches a cluster. */
export function slackHandler(door: SlackDoor): SlackHandler {
  const bolt = listen(
    answersTo({ ...door, log: (level, line) => door.log(level, { door: 'slack', ...line }) }),
    quiet(door.log),
  );
  // Exactly two parameters: Lambda's Node 24 refuses a handler with three, and passes the context as the second.
  return async (event, context) => {
    try {
      const request = verify(event, door.signingSecret(), door.now());
      if (request.kind === 'refused') {
        door.log('warn', { door: 'slack', event: 'refused', status: request.status, why: request.why });
        return { statusCode: request.status, body: '' };
      }
      // bolt compares the content type exactly and would decode base64 as ASCII: it gets neither to see.
      const answer = await bolt({
        rawPath: event.rawPath ?? '/',
        isBase64Encoded: false,
        body: request.body,
        headers: { 'content-type': request.contentType },
      });
      // Nobody listens to this kind of interaction; a 404 would show the person an error of Slack's.
      return answer.statusCode === 404 ? { statusCode: 200, body: '' } : answer;
    } catch (error) {
      // What Slack signed but can't be parsed, or a secret that is missing.
      const isUnreadable = error instanceof SyntaxError;
      door.log('error', { door: 'slack', event: 'failed', reference: context.awsRequestId, error });
      return { statusCode: isUnreadable ? 400 : 500, body: '' };
    }
  };
}

type BoltHandler = (event: object) => Promise<APIGatewayProxyStructuredResultV2>;

function listen(answers: Answers, logger: Logger): BoltHandler {
  // The signature has been verified; `authorize` without a token keeps bolt from calling auth.test at every event.
  const receiver = new AwsLambdaReceiver({ signingSecret: '', signatureVerification: false, logger });
  const app = new App({ receiver, logger, convoStore: false, authorize: async () => ({}) });
  app.command(/^\//, async ({ ack, body }) => ack(await answers.toCommand(body satisfies CommandPayload)));
  app.action(/./, async ({ ack, body }) => {
    await answers.toAction(body as unknown as ActionPayload);
    await ack();
  });
  // bolt has acknowledged an event before this runs, but a rejection still becomes a 500, and Slack delivers it again.
  app.event('app_mention', async ({ body }) => answers.toMention(body as unknown as MentionPayload));
  const handler = receiver.toHandler() as unknown as (event: object, context: object) => ReturnType<BoltHandler>;
  return (event) => handler(event, {});
}

/** bolt's warnings and errors as our log lines. Its debug lines hold whole events, so they go nowhere. */
function quiet(log: Log): Logger {
  const line =
    (level: 'warn' | 'error') =>
    (...parts: unknown[]) =>
      log(level, { door: 'slack', event: 'bolt', why: parts.map(String).join(' ') });
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

export const handler: SlackHandler = slackHandler({
  signingSecret: () => slackSecret('signingSecret'),
  handOver: lambdaHandOver(),
  log: logJson,
  now: Date.now,
});
