/**
 * The secrets that Slack may sign with. The first is the newest, others are accepted while it is rotated. `refused`: these
 * did not fit, so they are read again unless that was done a moment ago.
 */
export type SigningSecrets = (refused?: readonly string[]) => readonly string[] | Promise<readonly string[]>;

/** Whether one of the secrets fits, also after they were read again. */
export async function fitsOne(secrets: SigningSecrets, fits: (secret: string) => boolean): Promise<boolean> {
  const known = await secrets();
  if (known.some(fits)) return true;
  const renewed = await secrets(known);
  return renewed !== known && renewed.some(fits);
}
