import type { Answer } from './answer.ts';

/** A posted file. */
export interface SharedFile {
  readonly name: string;
  readonly text: string;
}

/** Uploads in three steps: the URL, the bytes, the place to share. */
export class Files {
  readonly #begun = new Map<string, { name: string; length: number; text?: string }>();
  #count = 0;

  /** `files.getUploadURLExternal`, for an API at this origin. */
  begin({ filename, length }: Readonly<Record<string, unknown>>, origin: string): Answer {
    if (typeof filename !== 'string' || !/^\d+$/.test(String(length))) return { ok: false, error: 'invalid_arguments' };
    this.#count += 1;
    const id = `F0FILE${String(this.#count).padStart(5, '0')}`;
    this.#begun.set(id, { name: filename, length: Number(length) });
    return { ok: true, upload_url: `${origin}/upload/${id}`, file_id: id };
  }

  /** Takes the bytes at an upload URL; returns the HTTP status. */
  receive(path: string, bytes: string): number {
    const file = this.#begun.get(path.replace('/upload/', ''));
    if (file === undefined) return 404;
    if (Buffer.byteLength(bytes) !== file.length) return 400;
    file.text = bytes;
    return 200;
  }

  /** The files that `files.completeUploadExternal` names, or Slack's error code. */
  complete(files: unknown): readonly SharedFile[] | string {
    const ids = Array.isArray(files) ? files.map((file: { id?: unknown }) => String(file.id)) : [];
    const found = ids.map((id) => this.#begun.get(id));
    for (const id of ids) this.#begun.delete(id);
    const whole = found.flatMap((file) => (file?.text === undefined ? [] : [{ name: file.name, text: file.text }]));
    return whole.length === 0 || whole.length < ids.length ? 'file_not_found' : whole;
  }
}
