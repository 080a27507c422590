import type { Evidence } from '../../evidence/evidence.ts';
import type { Report } from '../../rotation/plan.ts';
import { type Message, sentence } from '../blocks/blocks.ts';
import { code } from '../blocks/escape.ts';
import type { Person } from '../job.ts';
import { evidenceComment, evidenceFile, inlineEvidence } from '../views/evidence-view.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import { type FilePlace, uploadText } from './files.ts';

/** Who gets evidence. At least one of the two is known. */
export interface Audience {
  readonly slack: SlackApi;
  /** Where the drain, or the change, is reported: evidence goes into its thread. */
  readonly report?: Report;
  /** Who asked, and where; without a channel only that it may go to their direct messages. */
  readonly person?: Pick<Person, 'userId'> & Partial<Pick<Person, 'channel' | 'thread'>>;
  /** For the log: the next place may do. */
  readonly onError?: (what: string, error: unknown) => void;
}

/** As a door passes it on: it knows its Slack and its person, and whoever has evidence where its change is reported. */
export type Share = (evidence: Evidence, report: Audience['report']) => Promise<Shared>;

export type Shared =
  /** `isFile`: as a file; else as a message, with no more than a message holds. */
  | { readonly kind: 'shared'; readonly isFile: boolean; readonly place: Place }
  /** Nobody got it. `why`: one sentence for people. */
  | { readonly kind: 'notShared'; readonly why: string };

type Place =
  | { readonly kind: 'thread' | 'channel'; readonly channel: string; readonly thread?: string }
  | { readonly kind: 'directMessage'; readonly userId: string };

/** The bot can't post there, so the next place is tried; other refusals are of the file, and a message may still do. */
const NOT_THERE = new Set([
  'not_in_channel',
  'channel_not_found',
  'invalid_channel',
  'is_archived',
  'restricted_action',
  'thread_not_found',
  'message_not_found',
]);

/** Instead of a code of Slack's: the direct messages with the person could not be opened. */
const NO_CONVERSATION = 'no_conversation';

/**
 * Puts evidence where the people of the incident look: into the thread of the report, else the thread or channel where
 * it was asked for, else the asker's direct messages. As a file, or where Slack takes none as a message. Never rejects.
 */
export async function shareEvidence(evidence: Evidence, { slack, report, person, onError }: Audience): Promise<Shared> {
  let trouble = 'there is nobody to give it to';
  for (const place of placesFor(report, person)) {
    try {
      return { kind: 'shared', ...(await put(evidence, place, slack)), place };
    } catch (error) {
      onError?.('shareEvidence', error);
      trouble = error instanceof SlackRefused ? `Slack said ${error.code}` : 'Slack did not answer';
    }
  }
  return { kind: 'notShared', why: `The evidence of ${evidence.pod.name} could not be posted in Slack: ${trouble}.` };
}

function placesFor(report: Audience['report'], person: Audience['person']): readonly Place[] {
  const places: Place[] = [];
  const root = report?.thread ?? report?.ts;
  if (report !== undefined && root !== undefined)
    places.push({ kind: 'thread', channel: report.channel, thread: root });
  if (person?.channel !== undefined) {
    const { channel, thread } = person;
    places.push(thread === undefined ? { kind: 'channel', channel } : { kind: 'thread', channel, thread });
  } else if (report !== undefined && root === undefined) {
    places.push({ kind: 'channel', channel: report.channel });
  }
  if (person !== undefined) places.push({ kind: 'directMessage', userId: person.userId });
  return places;
}

/** Rejects when neither a file nor a message can be posted there. */
async function put(evidence: Evidence, place: Place, slack: SlackApi): Promise<{ readonly isFile: boolean }> {
  const target = await targetOf(place, slack);
  const refused = await upload(evidence, target, slack);
  if (refused === undefined) return { isFile: true };
  if (NOT_THERE.has(refused)) throw new SlackRefused('files.completeUploadExternal', refused);
  const { channel, thread } = target;
  await slack.call('chat.postMessage', {
    channel,
    ...(thread !== undefined && { thread_ts: thread }),
    unfurl_links: false,
    unfurl_media: false,
    ...inlineEvidence(evidence, whyInline(refused)),
  });
  return { isFile: false };
}

/** Why there is no file, as a code of Slack's or a word for it; undefined: there is. */
async function upload(evidence: Evidence, target: FilePlace, slack: SlackApi): Promise<string | undefined> {
  // Slack knows no such conversation for a file, but takes a message for a user.
  if (target.channel.startsWith('U') || target.channel.startsWith('W')) return NO_CONVERSATION;
  try {
    const result = await uploadText(slack, evidenceFile(evidence), target, evidenceComment(evidence));
    return result.kind === 'uploaded' ? undefined : result.code;
  } catch (error) {
    // It broke on the way: a message twice is better than none.
    return error instanceof Error ? 'no_answer' : String(error);
  }
}

async function targetOf(place: Place, slack: SlackApi): Promise<FilePlace> {
  if (place.kind !== 'directMessage') return place;
  try {
    const { channel } = await slack.call('conversations.open', { users: place.userId });
    return { channel: (channel as { readonly id: string }).id };
  } catch (error) {
    if (error instanceof SlackRefused) return { channel: place.userId };
    throw error;
  }
}

function whyInline(refused: string): string {
  switch (refused) {
    case 'missing_scope':
      return 'As a file it would be whole: give the Slack app the scope files:write.';
    case NO_CONVERSATION:
      return 'As a file it would be whole: invite pitlane to the channel, or give the Slack app the scope im:write.';
    default:
      return `As a file it would be whole, but Slack did not take one (${code(refused)}).`;
  }
}

/** Tells the asker where it went. */
export function sharedView(evidence: Evidence, shared: Shared): Message {
  const name = code(evidence.pod.name);
  if (shared.kind === 'notShared') {
    return sentence(
      'evidenceNotShared',
      `${shared.why} ${code(`evidence ${evidence.pod.name}`)} in a terminal writes it to the disk.`,
    );
  }
  return sentence(
    'evidence',
    `The evidence of ${name} is ${whereText(shared.place)}${shared.isFile ? '' : ', as a message'}.`,
  );
}

function whereText(place: Place): string {
  switch (place.kind) {
    case 'thread':
      return `in a thread in <#${place.channel}>`;
    case 'channel':
      return place.channel.startsWith('D') ? 'in this conversation' : `in <#${place.channel}>`;
    case 'directMessage':
      return 'in your direct messages with pitlane';
  }
}
