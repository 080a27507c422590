import type { ManifestReport } from '../../operate/outcome.ts';
import { context, type Message, message, section, takeFitting } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText } from '../blocks/mrkdwn.ts';
import type { TextFile } from '../slack/files.ts';
import type { Setting } from './setting.ts';

/** Slack shows so much of a section, with room for the code block's marks. */
const MOST_CHARACTERS = 2900;

/** A manifest that is cut can't be applied. Undefined: it fits into a message. */
export function manifestFile({ manifest: { kind, metadata }, text }: ManifestReport): TextFile | undefined {
  if (escapeText(text).length <= MOST_CHARACTERS) return undefined;
  return { name: `${kind.toLowerCase()}-${metadata.name}.yaml`, text };
}

export function manifestView(report: ManifestReport, { file }: Setting): Message {
  const title = `*${escapeInline(report.what)}*`;
  if (manifestFile(report) === undefined)
    return message('manifest', title, [section(title), section(codeBlock(report.text))]);
  if (file !== undefined)
    return message('manifest', title, [section(title), context(`It is in the file ${code(file)}.`)]);
  const lines = report.text.trimEnd().split('\n');
  const shown = takeFitting(lines.map(escapeText), MOST_CHARACTERS).length;
  return message('manifest', title, [
    section(title),
    section(codeBlock(lines.slice(0, shown).join('\n'))),
    context(`The other ${lines.length - shown} lines don't fit into a message. The command line prints all of it.`),
  ]);
}
