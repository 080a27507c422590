import type { types } from '@slack/bolt';

/** Block Kit reference: "Confirmation dialog object". */
const TITLE = 100;
const TEXT = 300;
const ANSWER = 30;

/** What Slack asks before it delivers a press. All of it is plain text, in which nothing needs to be escaped. */
export function confirmDialog(dialog: {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly deny: string;
  readonly isDanger: boolean;
}): types.ConfirmationDialog {
  return {
    title: plainText(dialog.title, TITLE),
    text: plainText(dialog.text, TEXT),
    confirm: plainText(dialog.confirm, ANSWER),
    deny: plainText(dialog.deny, ANSWER),
    ...(dialog.isDanger && { style: 'danger' }),
  };
}

/** Cut where Slack would refuse it for its length; never between the halves of a character. */
export function plainText(text: string, characters: number): types.PlainTextElement {
  const cut = text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return { type: 'plain_text', text: cut, emoji: false };
}
