"""Has Slack's SDK check messages and views: reads JSON lines of {"name", "blocks"} or {"name", "view"}, and prints the
faults as JSON lines of {"name", "fault"}. The last line is the number of blocks that were checked."""

import json
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View


def without_empty(value):
    """The SDK leaves out empty lists and texts."""
    if isinstance(value, dict):
        return {key: without_empty(each) for key, each in value.items() if each not in ([], "", None)}
    if isinstance(value, list):
        return [without_empty(each) for each in value]
    return value


def faults(given):
    try:
        if "view" in given:
            sent = given["view"]
            checked = View(**sent).to_dict()
        else:
            sent = given["blocks"]
            checked = [Block.parse(block).to_dict() for block in sent]
    except (SlackObjectFormationError, TypeError, AttributeError) as error:
        yield f"{type(error).__name__}: {error}"
        return
    if without_empty(checked) != without_empty(sent):
        yield f"Slack's SDK makes another object of it: {json.dumps(checked)}"


count = 0
for line in sys.stdin:
    given = json.loads(line)
    count += len(given["view"]["blocks"] if "view" in given else given["blocks"])
    for fault in faults(given):
        print(json.dumps({"name": given["name"], "fault": fault}))
print(count)
