import type { webApi } from '@slack/bolt';
import type { Config, ServiceConfig } from '../pitlane/config/config.ts';

export type Manifest = webApi.AppsManifestCreateArguments['manifest'];
type SlashCommand = NonNullable<NonNullable<Manifest['features']>['slash_commands']>[number];
type Scope = NonNullable<NonNullable<NonNullable<Manifest['oauth_config']>['scopes']>['bot']>[number];

/** Where Slack delivers: to the function `slack`, or by Socket Mode to the process that asks for it. */
export type Delivery = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'socket' };

/** The bot's scope for each method that pitlane/chat calls, as in the method's reference. Absent: it needs none. */
export const SCOPE_OF: Readonly<Record<string, Scope>> = {
  'chat.postEphemeral': 'chat:write',
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'conversations.open': 'im:write',
  'files.completeUploadExternal': 'files:write',
  'files.getUploadURLExternal': 'files:write',
  'usergroups.users.list': 'usergroups:read',
  'users.info': 'users:read',
};
/** Of slash commands, and of the event `app_mention`. `app_home_opened` needs none. */
const RECEIVING: readonly Scope[] = ['app_mentions:read', 'commands'];
const EVENTS = ['app_home_opened', 'app_mention'] as const;

/** Slack's app manifest reference. */
const LONGEST_HINT = 1000;

/** The app for the services of a configuration, for "Create an app from a manifest" in Slack. */
export function slackApp({ services, access }: Config, delivery: Delivery): Manifest {
  const url = delivery.kind === 'url' ? delivery.url : undefined;
  const command = (name: string, description: string, usage_hint: string): SlashCommand => ({
    command: name,
    description,
    usage_hint: usage_hint.slice(0, LONGEST_HINT),
    // People and channels in a reason stay as they were typed.
    should_escape: false,
    ...(url !== undefined && { url }),
  });
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: 'Pitlane',
      description: 'Decides which Kubernetes pods get the traffic of a Service, by editing labels.',
    },
    features: {
      // Reminders are direct messages, and slash commands work there.
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'pitlane', always_online: true },
      slash_commands: [
        command('/pitlane', 'Pitlane for all services', 'drained | SERVICE list | SERVICE help'),
        ...Object.values(services).map((service) => command(`/${service.key}`, about(service), HINT)),
      ],
    },
    oauth_config: { scopes: { bot: scopesFor(access) } },
    settings: {
      event_subscriptions: { bot_events: [...EVENTS], ...(url !== undefined && { request_url: url }) },
      interactivity: { is_enabled: true, ...(url !== undefined && { request_url: url }) },
      // One workspace: roles are of its own members, and one token is configured.
      org_deploy_enabled: false,
      socket_mode_enabled: delivery.kind === 'socket',
      token_rotation_enabled: false,
    },
  };
}

const HINT = 'list | drain POD for 30m because 5xx | restore POD | help';

function about({ key, service, namespace, cluster }: ServiceConfig): string {
  const name = service === key ? '' : `Service ${service}, `;
  return `Which pods get the traffic of ${key} (${name}namespace ${namespace}, cluster ${cluster})`;
}

/** No more than the configuration needs: people are looked up only where a role is given to all of them or to a group. */
function scopesFor(access: Config['access']): Scope[] {
  const grants = Object.values(access);
  const hasGroups = grants.some(({ userGroups }) => userGroups.length > 0);
  const looksUp = hasGroups || grants.some(({ everyone }) => everyone);
  const isNeeded = (scope: Scope) =>
    scope === 'usergroups:read' ? hasGroups : scope === 'users:read' ? looksUp : true;
  return [...new Set([...RECEIVING, ...Object.values(SCOPE_OF)])].filter(isNeeded).sort();
}
