import type { Evidence } from '../../evidence/evidence.ts';
import type { Report } from '../../rotation/plan.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from '../slack/api.ts';
import { directMessages, type FilePlace, uploadText } from '../slack/files.ts';
import {
  evidenceComment,
  evidenceFile,
  inlineEvidence,
  NO_CONVERSATION,
  type Place,
  type Shared,
} from '../views/evidence-view.ts';

/** Who gets the evidence: by the report, by the person, or both. */
export interface Audience {
  readonly slack: SlackApi;
  /** The report of the change: the evidence goes into its thread. */
  readonly report?: Report | undefined;
  /** Who asked, and where. Without a channel, only their direct messages are an option. */
  readonly person?: (Pick<Person, 'userId'> & Partial<Pick<Person, 'channel' | 'thread'>>) | undefined;
  /** For the log: the next place may work. */
  readonly onError?: (what: string, error: unknown) => void;
}

/** Shares evidence with an audience that the caller has settled. Never rejects. */
export type Share = (evidence: Evidence, report: Audience['report']) => Promise<Shared>;

/** The bot can't post in this place, so the next one is tried. Other refusals concern the file: a message may still work. */
const NOT_THERE = new Set([
  'not_in_channel',
  'channel_not_found',
  'invalid_channel',
  'is_archived',
  'restricted_action',
  'thread_not_found',
  'message_not_found',
]);

/**
 * Posts evidence where the people of the incident look: in the thread of the report, else in the thread or channel of
 * the request, else in direct messages. As a file, or as a message if Slack accepts no file. Never rejects.
 */
export async function shareEvidence(evidence: Evidence, { slack, report, person, onError }: Audience): Promise<Shared> {
  let trouble = 'there is no channel and no person to send it to';
  for (const place of placesFor(report, person)) {
    try {
      return { kind: 'shared', ...(await put(evidence, place, slack)), place };
    } catch (error) {
      onError?.('shareEvidence', error);
      trouble = error instanceof SlackRefused ? `Slack answered ${error.code}` : 'Slack did not answer';
    }
  }
  return { kind: 'notShared', why: `Pitlane could not post the evidence of ${evidence.pod.name}: ${trouble}.` };
}

function placesFor(report: Audience['report'], person: Audience['person']): readonly Place[] {
  const place = (channel: string, thread?: string): Place =>
    thread === undefined ? { kind: 'channel', channel } : { kind: 'thread', channel, thread };
  const root = report?.thread ?? report?.ts;
  const isReply = report !== undefined && root !== undefined;
  return [
    ...(isReply ? [place(report.channel, root)] : []),
    ...(person?.channel !== undefined ? [place(person.channel, person.thread)] : []),
    ...(person?.channel === undefined && report !== undefined && !isReply ? [place(report.channel)] : []),
    ...(person === undefined ? [] : [{ kind: 'directMessage' as const, userId: person.userId }]),
  ];
}

/** Rejects if Slack accepts neither a file nor a message there. */
async function put(evidence: Evidence, place: Place, slack: SlackApi): Promise<{ readonly isFile: boolean }> {
  const target = await targetOf(place, slack);
  const refused = await upload(evidence, target, slack);
  if (refused === undefined) return { isFile: true };
  if (NOT_THERE.has(refused)) throw new SlackRefused('files.completeUploadExternal', refused);
  const { channel, thread } = target;
  await slack.call('chat.postMessage', {
    channel,
    thread_ts: thread,
    ...inlineEvidence(evidence, refused),
  });
  return { isFile: false };
}

/** Undefined if the file was posted; else Slack's error code, or one of ours. */
async function upload(evidence: Evidence, target: FilePlace, slack: SlackApi): Promise<string | undefined> {
  // Slack accepts a user's id for a message, but not for a file.
  if (target.channel.startsWith('U') || target.channel.startsWith('W')) return NO_CONVERSATION;
  try {
    return await uploadText(slack, evidenceFile(evidence), target, evidenceComment(evidence));
  } catch (error) {
    // The file may have arrived, but evidence twice is better than none.
    return error instanceof Error ? 'no_answer' : String(error);
  }
}

async function targetOf(place: Place, slack: SlackApi): Promise<FilePlace> {
  if (place.kind !== 'directMessage') return place;
  try {
    return { channel: await directMessages(slack, place.userId) };
  } catch (error) {
    if (error instanceof SlackRefused) return { channel: place.userId };
    throw error;
  }
}
