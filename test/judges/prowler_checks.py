"""
Runs Prowler's own checks of IAM and Secrets Manager, and its own mutelist, on accounts that standard input describes
(prowler.ts). It decides nothing: each finding is what execute() of a check class returns.

Prowler reads AWS into the service objects that its checks use. A scan of the local AWS for each day of a cycle would
take an hour, so the same objects are filled from the model of AWS, which test/conformance/ compares with the local AWS,
and from the synthesized templates. Prowler's own tests replace the service objects in the same way.
"""

import importlib
import json
import logging
import pkgutil
import re
import sys
from datetime import datetime, timezone
from types import ModuleType, SimpleNamespace
from typing import Any

import time_machine
from prowler.config.config import prowler_version
from prowler.lib.logger import logger

IAM = "prowler.providers.aws.services.iam"
SECRETS_MANAGER = "prowler.providers.aws.services.secretsmanager"
REGION = "us-east-1"

# They judge settings of an account or a resource that no rotation creates. All others run, also those of later versions.
OTHER_RESOURCES = (
    "iam_avoid_root_usage",
    "iam_check_saml_providers_sts",
    "iam_no_expired_server_certificates_stored",
    "iam_no_root_access_key",
    "iam_password_policy_",
    "iam_policy_cloudshell_admin_not_attached",
    "iam_root_",
    "iam_securityaudit_role_created",
    "iam_support_role_created",
)


# What a check of privilege escalations adds to its finding.
ACTIONS = re.compile(r"using the following actions: (.*)\.$")


class Account:
    """What a check reads: it is both of Prowler's clients."""

    def __init__(self, account_id: str, config: dict[str, Any]) -> None:
        self.audited_account = account_id
        self.audited_account_arn = f"arn:aws:iam::{account_id}:root"
        self.audited_partition = "aws"
        self.region = REGION
        self.audit_config = config  # what it lacks is the default of the check
        self.provider = SimpleNamespace(
            scan_unused_services=False,
            identity=SimpleNamespace(identity_arn=f"arn:aws:iam::{account_id}:role/scanner"),
        )
        self.last_accessed_services: dict[Any, Any] = {}
        self.role_last_accessed_services: dict[Any, Any] = {}
        self.show({"users": [], "roles": [], "groups": [], "policies": [], "secrets": []})

    def show(self, state: dict[str, Any]) -> None:
        """Replaces what the account has."""
        from prowler.providers.aws.services.iam import iam_service
        from prowler.providers.aws.services.secretsmanager.secretsmanager_service import Secret

        # The documents of AWS's managed policies are in no template.
        self.policies = {
            policy["arn"]: iam_service.Policy(
                name=policy["name"],
                arn=policy["arn"],
                entity=policy["name"],
                type="Custom",
                attached=policy["attached"],
                version_id="v1",
                document=policy["document"],
            )
            for policy in state["policies"]
        }

        def inline(owner: dict[str, Any]) -> list[str]:
            for name, document in owner["policies"].items():
                if document is None:  # it is judged in another state
                    continue
                self.policies[f"{owner['arn']}:policy/{name}"] = iam_service.Policy(
                    name=name,
                    arn=owner["arn"],
                    entity=owner["name"],
                    type="Inline",
                    attached=True,
                    version_id="v1",
                    document=document,
                )
            return list(owner["policies"])

        self.users = [
            iam_service.User(
                name=user["name"],
                arn=user["arn"],
                attached_policies=user["managedPolicies"],
                inline_policies=inline(user),
                tags=user["tags"],
            )
            for user in state["users"]
        ]
        self.roles = [
            iam_service.Role(
                name=role["name"],
                arn=role["arn"],
                assume_role_policy=role["trust"],
                is_service_role=iam_service.is_service_role({"AssumeRolePolicyDocument": role["trust"]}),
                attached_policies=role["managedPolicies"],
                inline_policies=inline(role),
                tags=[],
            )
            for role in state["roles"]
        ]
        self.groups = [
            iam_service.Group(
                name=group["name"],
                arn=group["arn"],
                attached_policies=group["managedPolicies"],
                inline_policies=inline(group),
            )
            for group in state["groups"]
        ]
        self.credential_report = [credential_report_row(user) for user in state["users"]]
        # In Prowler: a user with keys that called a service other than IAM and STS.
        self.user_temporary_credentials_usage = {
            (user["name"], user["arn"]): any(
                key and key["lastUsedService"] not in (None, "iam", "sts") for key in user["keys"]
            )
            for user in state["users"]
        }
        self.secrets = {
            secret["arn"]: Secret(
                arn=secret["arn"],
                name=secret["name"],
                region=REGION,
                policy=secret["policy"],
                rotation_enabled=False,
                last_rotated_date=_date(None),  # only the rotation of Secrets Manager itself sets it
                last_accessed_date=_date(secret["lastAccessed"]),
                tags=secret["tags"],
            )
            for secret in state["secrets"]
        }


def credential_report_row(user: dict[str, Any]) -> dict[str, str]:
    """
    A row of IAM's credential report: the columns that the checks read, with the values that IAM writes.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """
    password = "true" if user.get("password") else "false"
    row = {"user": user["name"], "arn": user["arn"], "password_enabled": password, "mfa_active": "false"}
    for slot, key in enumerate(user["keys"], start=1):
        column = f"access_key_{slot}"
        row[f"{column}_active"] = "true" if key and key["active"] else "false"
        row[f"{column}_last_rotated"] = key["createdAt"] if key else "N/A"
        row[f"{column}_last_used_date"] = (key and key["lastUsed"]) or "N/A"
        row[f"{column}_last_used_service"] = (key and key["lastUsedService"]) or "N/A"
    return row


def _date(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=timezone.utc)


def load_checks(account: Account) -> list[Any]:
    """The check classes of both services, whose module-level clients are the account."""
    for package, client in ((IAM, "iam_client"), (SECRETS_MANAGER, "secretsmanager_client")):
        module = ModuleType(f"{package}.{client}")
        setattr(module, client, account)
        sys.modules[module.__name__] = module
    checks = []
    for package in (IAM, SECRETS_MANAGER):
        for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not entry.ispkg or entry.name == "lib" or entry.name.startswith(OTHER_RESOURCES):
                continue
            module = importlib.import_module(f"{package}.{entry.name}.{entry.name}")
            checks.append(getattr(module, entry.name)())
    return checks


class Raising(logging.Handler):
    """Some checks log an error, and pass."""

    def emit(self, record: logging.LogRecord) -> None:
        raise SystemExit(f"Prowler could not judge: {record.getMessage()}")


def failures(account: Account, checks: list[Any], mutelist: Any) -> list[dict[str, str]]:
    found = []
    for check in checks:
        for finding in check.execute():
            if finding.status == "PASS":
                continue
            if mutelist and mutelist.is_finding_muted(finding=finding, aws_account_id=account.audited_account):
                continue
            actions = ACTIONS.search(finding.status_extended)
            found.append(
                {
                    "check": check.CheckID,
                    "actions": actions[1] if actions else None,
                    "resource": finding.resource_arn or finding.resource_id,
                }
            )
    return found


def main() -> None:
    request = json.load(sys.stdin)
    logger.addHandler(Raising(logging.ERROR))
    account = Account(request["accountId"], request.get("config", {}))
    checks = load_checks(account)
    mutelist = None
    if request.get("mutelist"):
        from prowler.providers.aws.lib.mutelist.mutelist import AWSMutelist

        mutelist = AWSMutelist(mutelist_content=request["mutelist"])
        if not mutelist.mutelist:
            raise SystemExit("Prowler does not accept the mutelist")
    results = []
    for state in request["states"]:
        with time_machine.travel(datetime.fromisoformat(state["now"]), tick=False):
            account.show(state)
            results.append(failures(account, checks, mutelist))
    json.dump(
        {"version": prowler_version, "checks": [check.CheckID for check in checks], "failures": results}, sys.stdout
    )


if __name__ == "__main__":
    main()
