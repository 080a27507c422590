import type { Evidence } from '../../evidence/evidence.ts';
import { foremost } from '../../evidence/finding.ts';
import { printableFile } from '../../text/printable.ts';
import { count, upTo } from '../../text/words.ts';
import { context, type Message, message, section, sentence, takeFitting } from '../blocks/blocks.ts';
import { channel, code, codeBlock, escapeInline, escapeText } from '../blocks/mrkdwn.ts';
import type { TextFile } from '../slack/files.ts';
import { lastLines } from './inspect-view.ts';

export type Place =
  | { readonly kind: 'thread' | 'channel'; readonly channel: string; readonly thread?: string }
  | { readonly kind: 'directMessage'; readonly userId: string };

export type Shared =
  /** `isFile`: as a file; else as a message with an excerpt. */
  | { readonly kind: 'shared'; readonly isFile: boolean; readonly place: Place }
  /** `why`: one sentence for people. */
  | { readonly kind: 'notShared'; readonly why: string };

/** Stands in for Slack's error code if the direct messages with the person can't be opened. */
export const NO_CONVERSATION = 'no_conversation';

/** The limit of a section, less the three backticks at each end and a title. */
const BLOCK_CHARACTERS = 2800;
/** The summary holds the others. */
const MOST_NOTES = 3;
/** Of a finding: a quoted message of the cluster may be long. */
const MOST_CHARACTERS = 300;

/** The bundle as one file: Slack has no folders. */
export function evidenceFile({ pod, files }: Evidence): TextFile {
  const parts = files.map(
    ({ name, text, isCut }) => `===== ${name}${isCut ? ' (cut)' : ''} =====\n${printableFile(name, text)}`,
  );
  return { name: `${pod.name}-evidence.txt`, text: parts.join('\n') };
}

export function evidenceComment(evidence: Evidence): string {
  const logs = count(evidence.files.filter(isLog).length, 'log');
  const title = `Evidence of ${code(evidence.pod.name)}: summary, pod, events, ${logs}.`;
  return [title, ...findings(evidence), ...notes(evidence)].join('\n');
}

/** The summary and the end of a log, for a place where Slack accepts no file. `refused`: Slack's error code. */
export function inlineEvidence(evidence: Evidence, refused: string): Message {
  const [summary] = evidence.files;
  const log = evidence.files.find((file) => isLog(file) && file.text !== '');
  return message('evidence', `Evidence of ${escapeInline(evidence.pod.name)}`, [
    section([`Evidence of ${code(evidence.pod.name)}`, ...findings(evidence), ...notes(evidence)].join('\n')),
    summary && section(codeBlock(firstLines(summary.text))),
    log && section(`*${escapeInline(log.name)}*, last lines`),
    log && section(codeBlock(lastLines(log.text, BLOCK_CHARACTERS))),
    context(`This is an excerpt. To get the whole file, ${remedy(refused)}.`),
  ]);
}

function remedy(refused: string): string {
  if (refused === 'missing_scope') return 'give the Slack app the scope files:write';
  if (refused === NO_CONVERSATION) return 'invite Pitlane to the channel, or give the Slack app the scope im:write';
  return `try again later: Slack refused the upload (${code(refused)})`;
}

export function sharedView({ pod, service }: Evidence, shared: Shared): Message {
  if (shared.kind === 'notShared') {
    const line = `pitlane ${service.key} evidence ${pod.name}`;
    return sentence('evidenceNotShared', `${shared.why} To save it to disk, run in a terminal: ${code(line)}`);
  }
  const form = shared.isFile ? '' : ', as a message';
  return sentence('evidence', `The evidence of ${code(pod.name)} is ${whereText(shared.place)}${form}.`);
}

function whereText(place: Place): string {
  if (place.kind === 'directMessage') return 'in your direct messages with Pitlane';
  if (place.kind === 'thread') return `in a thread in ${channel(place.channel)}`;
  return place.channel.startsWith('D') ? 'in this conversation' : `in ${channel(place.channel)}`;
}

function isLog({ name }: Evidence['files'][number]): boolean {
  return name.startsWith('logs/');
}

function findings({ findings }: Evidence): readonly string[] {
  return foremost(findings).map(({ text }) => `• ${escapeText(upTo(MOST_CHARACTERS, text))}`);
}

function notes({ notes }: Evidence): readonly string[] {
  const shown = notes.slice(0, MOST_NOTES).map(escapeText);
  return notes.length > shown.length ? [...shown, `The summary has ${notes.length - shown.length} more.`] : shown;
}

/** As many whole lines from the beginning as fit after escaping. */
function firstLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  const fitting = takeFitting(lines.map(escapeText), BLOCK_CHARACTERS).length;
  return [...lines.slice(0, fitting), ...(fitting < lines.length ? ['…'] : [])].join('\n');
}
