import { request } from 'node:https';

interface Endpoint {
  url: string;
  /** The certificate authority of the server, as PEM. */
  ca: string;
  token: string;
}

/** The answer to a GET; without one, status 0 and the reason. */
interface Answer {
  status: number;
  body: string;
}

/** Retries until the answer is 200, and returns its body; after the deadline, throws an error with the last answer. */
export async function untilOk(what: string, endpoint: Endpoint, deadlineSeconds = 90): Promise<string> {
  const started = Date.now();
  for (;;) {
    const { status, body } = await get(endpoint);
    if (status === 200) return body;
    if (Date.now() - started > deadlineSeconds * 1000) {
      throw new Error(`${what} after ${deadlineSeconds} s: ${endpoint.url} answered ${status || 'nothing'}: ${body}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function get({ url, ca, token }: Endpoint): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: 0, body: error.message });
    // Without an agent: an open connection would keep this process alive after the control plane has stopped.
    const options = { ca, agent: false, timeout: 5000, headers: { authorization: `Bearer ${token}` } };
    const req = request(url, options, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => {
        body += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body }));
      res.on('error', failed);
    });
    req.on('timeout', () => req.destroy(new Error('no answer within 5 s')));
    req.on('error', failed).end();
  });
}
