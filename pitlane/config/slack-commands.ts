/** Slack's app manifest reference, features.slash_commands. */
const MOST_COMMANDS = 50;

/** "Use built-in slash commands" in Slack's help center. Slack refuses a manifest with one of these. */
const OWN_COMMANDS = new Set(
  (
    'active apps archive away call close collapse dm dnd expand feed feedback huddle invite join keys kick leave me ' +
    'msg mute open part prefs remind remove rename search shortcuts shrug star status topic who'
  ).split(' '),
);

/**
 * Why Slack would refuse the slash commands of these services (keys of pitlane.yaml), as a sentence each. Everything that
 * creates or deploys the Slack app asks here.
 */
export function slackCommandFaults(services: readonly string[]): readonly string[] {
  const taken = services.filter((key) => OWN_COMMANDS.has(key)).map(isSlacksOwn);
  const total = services.length + 1;
  return total <= MOST_COMMANDS ? taken : [...taken, tooMany(total)];
}

function isSlacksOwn(key: string): string {
  return `/${key} is a command of Slack itself: give the service another key in pitlane.yaml, and name the Kubernetes Service below it (service: ${key}).`;
}

function tooMany(total: number): string {
  return `${total} slash commands (${total - 1} services and /pitlane) are too many: Slack allows ${MOST_COMMANDS} for an app. Move some services to a second Pitlane with an app of its own.`;
}
