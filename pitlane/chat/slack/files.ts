import { type SlackApi, SlackRefused } from './api.ts';

/** Where a file goes. */
export interface FilePlace {
  /** The id of a conversation; a user's id is none. */
  readonly channel: string;
  /** The first message of a thread; absent: into the channel itself. */
  readonly thread?: string;
}

export type Upload =
  | { readonly kind: 'uploaded' }
  /** Slack said no: `not_in_channel`, `missing_scope`, `file_uploads_disabled`, … Nothing was posted. */
  | { readonly kind: 'notAllowed'; readonly code: string };

/** Posts a text as a file ("Uploading files" in Slack's docs; scope `files:write`). `comment`: mrkdwn, already escaped. */
export async function uploadText(
  slack: SlackApi,
  { name, text }: { readonly name: string; readonly text: string },
  { channel, thread }: FilePlace,
  comment?: string,
): Promise<Upload> {
  try {
    const begun = await slack.call('files.getUploadURLExternal', { filename: name, length: Buffer.byteLength(text) });
    await slack.upload(String(begun.upload_url), text);
    await slack.call('files.completeUploadExternal', {
      files: [{ id: begun.file_id, title: name }],
      channel_id: channel,
      ...(thread !== undefined && { thread_ts: thread }),
      ...(comment !== undefined && { initial_comment: comment }),
    });
    return { kind: 'uploaded' };
  } catch (error) {
    if (error instanceof SlackRefused) return { kind: 'notAllowed', code: error.code };
    throw error;
  }
}

/** The file in the person's direct messages with the bot: what only they asked for. False: Slack did not take it. */
export async function sendFile(
  slack: SlackApi,
  userId: string,
  file: { readonly name: string; readonly text: string },
): Promise<boolean> {
  try {
    const { channel } = await slack.call('conversations.open', { users: userId });
    const upload = await uploadText(slack, file, { channel: (channel as { readonly id: string }).id });
    return upload.kind === 'uploaded';
  } catch (error) {
    if (error instanceof SlackRefused) return false;
    throw error;
  }
}
