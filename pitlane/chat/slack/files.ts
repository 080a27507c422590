import { type SlackApi, SlackRefused } from './api.ts';

/** Where a file goes. */
export interface FilePlace {
  /** The id of a conversation, not of a user. */
  readonly channel: string;
  /** The first message of the thread. Absent: the channel itself. */
  readonly thread?: string;
}

/** A file of plain text. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Posts a text as a file ("Uploading files" in Slack's docs; scope `files:write`). `comment`: escaped mrkdwn. Resolves to
 * undefined, or to Slack's error code if nothing was posted: `not_in_channel`, `file_uploads_disabled`, …
 */
export async function uploadText(
  slack: SlackApi,
  { name, text }: TextFile,
  { channel, thread }: FilePlace,
  comment?: string,
): Promise<string | undefined> {
  try {
    const begun = await slack.call('files.getUploadURLExternal', { filename: name, length: Buffer.byteLength(text) });
    await slack.upload(String(begun.upload_url), text);
    await slack.call('files.completeUploadExternal', {
      files: [{ id: begun.file_id, title: name }],
      channel_id: channel,
      thread_ts: thread,
      initial_comment: comment,
    });
    return undefined;
  } catch (error) {
    if (error instanceof SlackRefused) return error.code;
    throw error;
  }
}

/** The id of the person's direct messages with the bot. */
export async function directMessages(slack: SlackApi, userId: string): Promise<string> {
  const { channel } = await slack.call('conversations.open', { users: userId });
  return (channel as { readonly id: string }).id;
}

/** Posts a file in the person's direct messages with the bot. False: Slack refused it. */
export async function sendFile(slack: SlackApi, userId: string, file: TextFile): Promise<boolean> {
  try {
    return (await uploadText(slack, file, { channel: await directMessages(slack, userId) })) === undefined;
  } catch (error) {
    if (error instanceof SlackRefused) return false;
    throw error;
  }
}
