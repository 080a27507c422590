import { cachedSecret } from '../aws/cached-secret.ts';
import type { LoadedKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { type Call, type Connection, connectionTo, type Identity } from './connection.ts';
import { CannotConnect, Unauthorized } from './errors.ts';

export interface SecretKubeconfig {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The text of the secret. */
  readonly read: (deadline: number) => Promise<string>;
  readonly load: (text: string) => LoadedKubeconfig;
}

const PATIENCE_MS = 5_000;

/**
 * Connects with a kubeconfig in a secret. It is read again at times and when the cluster refuses its credentials, so that
 * it can be rotated. Throws CannotConnect.
 */
export async function secretConnection({ now, read, load }: SecretKubeconfig): Promise<Connection> {
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
      // The same kubeconfig keeps its open connections.
      if (latest?.text !== text) latest = { text, connection: connectionOf(load(text)) };
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
      throw new CannotConnect(`The cluster refused the credentials of its secret (401). ${why}`, { cause: error });
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

/** Throws CannotConnect for a kubeconfig with a fault. */
export function connectionOf(loaded: LoadedKubeconfig): Connection {
  if (loaded.kind === 'fault') throw new CannotConnect(loaded.messages.join(' '));
  return connectionTo(loaded.kubeConfig);
}

function cannotConnect(cause: unknown): never {
  throw new CannotConnect(cause instanceof Error ? cause.message : String(cause), { cause });
}
