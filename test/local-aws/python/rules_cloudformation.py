"""See aws_rules.py."""
import functools

from ministack.services.cloudformation import _stacks, provisioners


def install() -> None:
    provisioners._update_resource = functools.partial(update_resource, provisioners._update_resource)


def update_resource(original, resource_type, physical_id, old, new, stack, logical_id=None, attributes=None):
    """With the attributes of a resource that does not change, which MiniStack forgets in an update of a nested stack."""
    if attributes is None:
        attributes = _stacks.get(stack, {}).get('_resources', {}).get(logical_id, {}).get('Attributes')
    return original(resource_type, physical_id, old, new, stack, logical_id, attributes)
