const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface Served {
  /** Milliseconds since the epoch. */
  at: number;
  client: string;
  method: string;
  path: string;
  status: number;
}

/**
 * Flask's development server (werkzeug): `10.244.1.7 - - [24/Nov/2026 03:12:07] "GET /32 HTTP/1.1" 200 -`.
 */
export function flaskLine({ at, client, method, path, status }: Served): string {
  return `${client} - - [${day(at)} ${clock(at)}] "${method} ${path} HTTP/1.1" ${status} -`;
}

/** Sinatra's common log format: `10.244.1.9 - - [24/Nov/2026:03:12:07 +0000] "POST / HTTP/1.1" 200 64`. */
export function sinatraLine({ at, client, method, path, status }: Served, bytes: number): string {
  return `${client} - - [${day(at)}:${clock(at)} +0000] "${method} ${path} HTTP/1.1" ${status} ${bytes}`;
}

/** The time format of Python's logging: `2026-11-24 03:12:07,042`. */
export function pythonTime(at: number): string {
  return new Date(at).toISOString().slice(0, -1).replace('T', ' ').replace('.', ',');
}

function day(at: number): string {
  const date = new Date(at);
  return `${String(date.getUTCDate()).padStart(2, '0')}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
