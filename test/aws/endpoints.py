"""Prints the endpoints that botocore, an AWS SDK, chooses: a JSON array of [service, region, use FIPS, URL]."""

import json
import sys

import botocore.session
from botocore.config import Config

session = botocore.session.Session()
session.set_credentials("test", "test")
services, regions = json.loads(sys.argv[1])


def endpoint(service: str, region: str, fips: bool) -> str:
    config = Config(use_fips_endpoint=fips)
    return session.create_client(service, region_name=region, config=config).meta.endpoint_url


cases = ((service, region, fips) for service in services for region in regions for fips in (False, True))
print(json.dumps([[*case, endpoint(*case)] for case in cases]))
