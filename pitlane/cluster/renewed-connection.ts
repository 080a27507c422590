import { cachedSecret } from '../aws/cached-secret.ts';
import type { Call, Connection, Identity } from './connection.ts';
import { CannotConnect, Unauthorized } from './errors.ts';

export interface RenewedOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What to connect with, as text. */
  readonly read: (deadline: number) => Promise<string>;
  readonly load: (text: string) => Connection;
  /** A sentence for credentials that the cluster refused, and that could not be read again. */
  readonly refused: string;
}

const PATIENCE_MS = 5_000;

/**
 * Connects with what is stored elsewhere: a kubeconfig in a secret, or the address of an EKS cluster. It is read again at
 * times and when the cluster refuses the credentials, so that it can change. Throws CannotConnect.
 */
export async function renewedConnection({ now, read, load, refused }: RenewedOptions): Promise<Connection> {
  let latest: { readonly text: string; readonly connection: Connection } | undefined;
  let trouble: unknown;
  const secret = cachedSecret({
    now,
    onStale: (error) => {
      trouble = error;
    },
    async read(deadline) {
      const text = await read(deadline).catch(cannotConnect);
      trouble = undefined;
      // The same text keeps its open connections.
      if (latest?.text !== text) latest = { text, connection: load(text) };
      return latest.connection;
    },
  });
  const deadline = () => now() + PATIENCE_MS;
  let current = await secret.get(deadline());

  async function attempt<A>(send: (connection: Connection) => Promise<A>): Promise<A> {
    current = await secret.get(deadline());
    const used = current;
    try {
      return await send(used);
    } catch (error) {
      if (!(error instanceof Unauthorized)) throw error;
      current = await secret.renew(used, deadline());
      if (current !== used) return send(current);
      if (trouble === undefined) throw error;
      const why = trouble instanceof Error ? trouble.message : String(trouble);
      throw new CannotConnect(`${refused} ${why}`, { cause: error });
    }
  }

  const as = (identity: Identity | undefined): Connection => {
    const inner = (connection: Connection) => (identity === undefined ? connection : connection.as(identity));
    return {
      get name() {
        return current.name;
      },
      get usage() {
        return current.usage;
      },
      as,
      send: <T>(call: Call) => attempt((connection) => inner(connection).send<T>(call)),
      open: (call) => attempt((connection) => inner(connection).open(call)),
    };
  };
  return as(undefined);
}

function cannotConnect(cause: unknown): never {
  if (cause instanceof CannotConnect) throw cause;
  throw new CannotConnect(cause instanceof Error ? cause.message : String(cause), { cause });
}
