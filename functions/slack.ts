import { AwsLambdaReceiver } from '@slack/bolt';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type Answers, answersTo } from '../pitlane/chat/conversation/acknowledge.ts';
import type { Job } from '../pitlane/chat/job.ts';
import type { WriteLog } from '../pitlane/chat/log-line.ts';
import { signJob } from '../pitlane/chat/signed-job.ts';
import type { SigningSecrets } from '../pitlane/chat/signing-secrets.ts';
import { loggingColdStart } from './cold-start.ts';
import { lambdaHandOver, type SendJob } from './hand-over.ts';
import { listen, quiet } from './listen.ts';
import { type Log, logJson, logOf } from './log.ts';
import { type HttpEvent, verify } from './slack-request.ts';
import { slackSecrets } from './slack-secrets.ts';

export interface SlackDoor {
  readonly signingSecrets: SigningSecrets;
  readonly handOver: SendJob;
  readonly log: Log;
  readonly now: () => number;
}

type SlackHandler = (event: HttpEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** Verifies and acknowledges what Slack sends, and hands the work over. Never throws, and never calls a cluster. */
export function slackHandler(door: SlackDoor): SlackHandler {
  const log = logOf('slack', door.log);
  const { now, signingSecrets } = door;
  const handOver = async (job: Job) => {
    const [newest = ''] = await signingSecrets();
    return door.handOver(signJob(job, newest, now()));
  };
  const bolt = boltHandler(answersTo({ handOver, log, now }), log);
  // Exactly two parameters: Node 24 on Lambda refuses a handler with three.
  return async (event, context) => {
    try {
      const request = await verify(event, signingSecrets, now());
      if (request.kind === 'refused') {
        log('warn', { event: 'refused', status: request.status, why: request.why });
        return { statusCode: request.status, body: '' };
      }
      // bolt compares the content type exactly and decodes base64 as ASCII, so it gets plain ones.
      const answer = await bolt({
        rawPath: event.rawPath ?? '/',
        isBase64Encoded: false,
        body: request.body,
        headers: { 'content-type': request.contentType },
      });
      // Pitlane does not use this kind of interaction. Slack would show the person an error for a 404.
      return answer.statusCode === 404 ? { statusCode: 200, body: '' } : answer;
    } catch (error) {
      // A signed body that can't be parsed, or a missing secret.
      const isUnreadable = error instanceof SyntaxError;
      log('error', { event: 'failed', reference: context.awsRequestId, error });
      return { statusCode: isUnreadable ? 400 : 500, body: '' };
    }
  };
}

type BoltHandler = (event: object) => Promise<APIGatewayProxyStructuredResultV2>;

function boltHandler(answers: Answers, log: WriteLog): BoltHandler {
  const logger = quiet(log);
  // The signature is verified already.
  const receiver = new AwsLambdaReceiver({ signingSecret: '', signatureVerification: false, logger });
  listen(receiver, answers, logger);
  const handler = receiver.toHandler() as unknown as (event: object, context: object) => ReturnType<BoltHandler>;
  return (event) => handler(event, {});
}

const secrets = slackSecrets({
  onStale: (error) => logJson('warn', { door: 'slack', event: 'secretNotRenewed', error }),
});
/** Slack waits 3 s for the acknowledgement; the rest of them is for the cold start and the hand-over. */
const SECRET_MS = 900;

export const handler: SlackHandler = loggingColdStart(
  'slack',
  slackHandler({
    signingSecrets: (refused) => secrets.signingSecrets(Date.now() + SECRET_MS, refused),
    handOver: lambdaHandOver(),
    log: logJson,
    now: Date.now,
  }),
);
