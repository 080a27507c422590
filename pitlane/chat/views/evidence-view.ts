import type { Evidence } from '../../evidence/evidence.ts';
import { context, type Message, message, section } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText } from '../blocks/escape.ts';
import { lastLines } from './inspect-view.ts';

/** What a section takes, less the three backticks at each end and a title. */
const BLOCK_CHARACTERS = 2800;
/** Of what could not be had: the rest stands in the summary. */
const MOST_NOTES = 3;

/** The bundle as one file, for a place that takes no folders. */
export function evidenceFile({ pod, files }: Evidence): { readonly name: string; readonly text: string } {
  const parts = files.map(({ name, text, isCut }) => `===== ${name}${isCut ? ' (cut)' : ''} =====\n${text}`);
  return { name: `${pod.name}-evidence.txt`, text: parts.join('\n') };
}

/** What stands above the file, as mrkdwn. */
export function evidenceComment(evidence: Evidence): string {
  const logs = evidence.files.filter(isLog);
  const parts = ['summary', 'pod', 'events', `${logs.length} ${logs.length === 1 ? 'log' : 'logs'}`];
  return [`Evidence of ${code(evidence.pod.name)}: ${parts.join(', ')}.`, ...notes(evidence)].join('\n');
}

/** Where the file can't go: the summary and the end of a log, which is the part that tells what happened. */
export function inlineEvidence(evidence: Evidence, why: string): Message {
  const [summary] = evidence.files;
  const log = evidence.files.find((file) => isLog(file) && file.text !== '');
  return message('evidence', `Evidence of ${escapeInline(evidence.pod.name)}`, [
    section([`Evidence of ${code(evidence.pod.name)}`, ...notes(evidence)].join('\n')),
    ...(summary === undefined ? [] : [section(codeBlock(firstLines(summary.text)))]),
    ...(log === undefined
      ? []
      : [
          section(`*${escapeInline(log.name)}*, the last lines`),
          section(codeBlock(lastLines(log.text, BLOCK_CHARACTERS))),
        ]),
    context(why),
  ]);
}

function isLog({ name }: Evidence['files'][number]): boolean {
  return name.startsWith('logs/');
}

function notes({ notes }: Evidence): readonly string[] {
  const shown = notes.slice(0, MOST_NOTES).map(escapeText);
  return notes.length > shown.length ? [...shown, `and ${notes.length - shown.length} more in the summary.`] : shown;
}

/** Whole lines from the beginning, as many as fit once they are escaped. */
function firstLines(text: string): string {
  const lines: string[] = [];
  let used = 0;
  for (const line of text.trimEnd().split('\n')) {
    used += escapeText(line).length + 1;
    if (used > BLOCK_CHARACTERS) return [...lines, '…'].join('\n');
    lines.push(line);
  }
  return lines.join('\n');
}
