import type { Call, Connection, Identity } from '../../../pitlane/cluster/connection.ts';
import { Forbidden } from '../../../pitlane/cluster/errors.ts';
import { CALLER_GROUP, PERSON_EXTRA } from '../../../pitlane/cluster/identity.ts';

/** One request to the API server, as RBAC sees it. */
export interface Sent {
  /** The impersonated group; absent: none was. */
  readonly group: string | undefined;
  /** The person, as the audit log names them. */
  readonly person?: string;
  readonly verb: string;
  readonly apiGroup: string;
  /** With the subresource: `pods/log`. */
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
  readonly name?: string;
}

/** What pitlane sends, and what it was not allowed to. */
export class Recorder {
  readonly sent: Sent[] = [];
  /** Whom it wanted to be taken for: requests too, which the API server asks RBAC about first. */
  readonly impersonated: Sent[] = [];
  /** Answered 403: among them what pitlane can do without and says nothing of. */
  readonly forbidden: Sent[] = [];

  through(connection: Connection, identity?: Identity): Connection {
    const noted = async <T>(call: Call, answer: Promise<T>): Promise<T> => {
      const sent = sentBy(identity, call);
      // A group and version by themselves are discovery, which every user may read.
      if (call.place.resource.plural === '') return answer;
      this.sent.push(sent);
      this.impersonated.push(...impersonations(identity));
      try {
        return await answer;
      } catch (error) {
        if (error instanceof Forbidden) this.forbidden.push(sent);
        throw error;
      }
    };
    return {
      ...connection,
      as: (other) => this.through(connection.as(other), other),
      send: (call) => noted(call, connection.send(call)),
      open: (call) => noted(call, connection.open(call)),
    };
  }
}

function sentBy(identity: Identity | undefined, { verb, place }: Call): Sent {
  const { resource, namespace, name, subresource } = place;
  const person = identity?.extra?.[PERSON_EXTRA];
  return {
    group: identity?.group,
    ...(person !== undefined && { person }),
    verb,
    apiGroup: resource.group,
    resource: [resource.plural, subresource].filter(Boolean).join('/'),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

function impersonations(identity: Identity | undefined): readonly Sent[] {
  if (identity === undefined) return [];
  const { user, group, extra = {} } = identity;
  const one = { group: CALLER_GROUP, verb: 'impersonate', apiGroup: '' };
  return [
    { ...one, resource: 'users', name: user },
    ...(group === undefined ? [] : [{ ...one, resource: 'groups', name: group }]),
    // Whatever its value: everybody is to be named.
    ...Object.keys(extra).map((key) => ({ ...one, apiGroup: 'authentication.k8s.io', resource: `userextras/${key}` })),
  ];
}
