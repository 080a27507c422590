import { Forbidden, Rejected, Unavailable } from './errors.ts';

/** The words of the API server, its admission plugins, policies and webhooks that reject a request. Undefined: the error has another cause. */
export function refusalOfAdmission(error: unknown): string | undefined {
  if (error instanceof Rejected) return error.reasons.join('; ');
  if (error instanceof Forbidden) return error.reason;
  // A webhook that must agree and can't be reached (admission/plugin/webhook, ErrCallingWebhook).
  const failed = error instanceof Unavailable ? /failed calling webhook.*$/.exec(error.message) : null;
  return failed?.[0].replace(/\)?\.?$/, '');
}
