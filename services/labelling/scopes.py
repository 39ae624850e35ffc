"""What an OAuth scope lets an application do, in tiers, by family: Google, Microsoft Graph, Slack, GitHub, Salesforce,
Zoom, Atlassian.

| tier | what it means |
|---|---|
| `identity` | who signed in |
| `limited` | one person's small things, what the user picks, or settings |
| `read` | content: mail, files, messages, records |
| `write` | content may be changed, sent or deleted |
| `admin` | the organisation: directory, roles, policies, everything |

A scope of no family is `unknown`, never guessed. Families, not lists; written from the vendors' pages as remembered and
not re-read: https://developers.google.com/identity/protocols/oauth2/scopes,
https://learn.microsoft.com/graph/permissions-reference, https://api.slack.com/scopes,
https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps,
https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_tokens_scopes.htm,
https://developers.zoom.us/docs/integrations/oauth-scopes/,
https://developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps/.
"""

# ruff: noqa: E501 - a family reads best on one line

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

Tier = Literal["identity", "limited", "read", "write", "admin", "unknown"]
ORDER: tuple[Tier, ...] = ("unknown", "identity", "limited", "read", "write", "admin")
_REMEMBERED = 20_000


class Risk(NamedTuple):
    """A scope's tier, the provider whose family it fits (empty where unknown)."""

    tier: Tier
    provider: str


# Of one provider the narrower family stands first.
FAMILIES: tuple[tuple[str, Tier, str], ...] = (
    ("openid connect", "identity", r"openid|profile|email|address|phone|offline_access|offline|refresh_token"),
    # Google: the path part behind https://www.googleapis.com/auth/, and a few whole addresses.
    ("google", "identity", r"userinfo\.(?:email|profile)|plus\.(?:me|login)|user\.(?:emails|phonenumbers|birthday|gender|addresses|organization)\.read"),
    ("google", "limited", r"drive\.(?:file|appdata|appfolder|install|apps\.readonly)|gmail\.(?:labels|metadata|settings\.basic|addons\.[a-z.]+)|calendar\.(?:freebusy|settings\.readonly|events\.public\.readonly|calendarlist(?:\.readonly)?|addons\.execute)|script\.(?:container\.ui|external_request|locale|scriptapp|storage|send_mail)|chat\.(?:bot|spaces\.readonly|memberships\.app|users\.(?:readstate|spacesettings)(?:\.readonly)?)|analytics\.provision|documents\.currentonly|spreadsheets\.currentonly|forms\.currentonly|presentations\.currentonly|directory\.readonly|contacts\.other\.readonly|fitness\.[a-z_]+\.read|youtube\.(?:readonly|force-ssl|upload)|youtube|tagmanager\.[a-z.]+|webmasters(?:\.readonly)?|androidpublisher|adwords|adsense(?:\.readonly)?|blogger(?:\.readonly)?|books|firebase(?:\.[a-z]+)*|photoslibrary(?:\.[a-z.]+)?|streetviewpublish|games|generative-language(?:\.[a-z.]+)?|indexing|siteverification(?:\.[a-z_]+)?"),
    ("google", "read", r"gmail\.readonly|drive\.(?:readonly|metadata(?:\.readonly)?|photos\.readonly|meet\.readonly|activity(?:\.readonly)?)|(?:documents|spreadsheets|presentations|forms\.body|forms\.responses|tasks|contacts|keep|cloud-platform|bigquery|devstorage\.read_only|calendar|calendar\.events|calendar\.events\.owned|calendar\.acls|chat\.messages(?:\.reactions)?|chat\.spaces|chat\.memberships|meetings\.space|meetings\.media|classroom\.[a-z.-]+|ediscovery|groups|analytics|logging|pubsub|sqlservice|datastore|cloud-language|cloud-vision)(?:\.readonly|\.read-only|\.read)|devstorage\.read_only|meetings\.(?:space\.(?:readonly|created)|media\.[a-z.]+)|analytics\.readonly|bigquery\.readonly|logging\.read"),
    ("google", "write", r"mail\.google\.com|gmail\.(?:modify|compose|send|insert|settings\.sharing)|drive(?:\.scripts)?|documents|spreadsheets|presentations|forms\.body|forms(?:\.[a-z]+)?|tasks|contacts|keep|calendar(?:\.(?:events(?:\.owned|\.owned\.readonly)?|acls|app\.created|calendars))?|chat\.(?:messages(?:\.create|\.reactions(?:\.create)?)?|spaces(?:\.create)?|memberships|delete|import)|classroom\.[a-z.-]+|devstorage\.(?:read_write|full_control)|bigquery(?:\.insertdata)?|script\.(?:projects|deployments|processes|webapp\.deploy|metrics)(?:\.readonly)?|analytics(?:\.edit)?|pubsub|datastore|logging\.write|meetings\.space\.settings|ediscovery"),
    ("google", "admin", r"cloud-platform|admin\.(?:directory|reports|datatransfer|chrome|labels|contact_delegation)(?:\.[a-z._-]+)*|apps\.(?:groups\.(?:settings|migration)|licensing|order(?:\.readonly)?|alerts)|cloud-identity(?:\.[a-z.]+)*|compute(?:\.readonly)?|iam|cloudplatformprojects(?:\.readonly)?|sqlservice\.admin|ndev\.[a-z.]+|analytics\.manage\.users(?:\.readonly)?|chat\.admin\.[a-z.]+|chrome\.management\.[a-z.]+|service\.management(?:\.readonly)?"),
    # Microsoft Graph: Resource.Operation.Constraint; older Exchange and SharePoint names with it.
    ("microsoft", "identity", r"user\.(?:read|readbasic)|user\.readbasic\.all|people\.read"),
    ("microsoft", "admin", r"(?:directory|rolemanagement|application|approleassignment|delegatedpermissiongrant|policy|domain|organization|identity[a-z]*|conditionalaccess|authenticationmethod|userauthenticationmethod|privileged[a-z]*|entitlementmanagement|devicemanagement[a-z]*|device[a-z]*|auditlog|securityevents|securityalert|securityincident|security[a-z]*|threat[a-z]*|customsecattribute[a-z]*|administrativeunit|agreement[a-z]*|crosstenant[a-z]*|lifecycleworkflows|multitenantorganization|synchronization|trustframeworkkeyset|user|group|groupmember|accessreview|consentrequest|serviceprincipal[a-z]*|ediscovery|informationprotection[a-z]*|recordsmanagement|cloudpc|windowsupdates|networkaccess[a-z-]*|teamworkdevice|riskpreventionproviders|bitlockerkey|subjectrightsrequest|healthmonitoring[a-z]*|reports|serviceactivity[a-z-]*|servicehealth|servicemessage|programcontrol|privilegedaccess)\.(?:[a-z]+\.)*(?:read[a-z]*|write[a-z]*|manage[a-z]*|accessasuser|ownedby|invite|export|create|edit|manageidentities|revokesessions|enabledisableaccount|selected|home)(?:\.[a-z]+)*|full_access_as_app|sites\.fullcontrol\.all|exchange\.manageasapp|directory\.accessasuser\.all|user_impersonation|(?:https://)?management\.azure\.com/user_impersonation"),
    ("microsoft", "write", r"(?:mail|files|sites|notes|chat|chatmessage|channelmessage|calendars|contacts|tasks|onlinemeetings|team|channel|channelsettings|channelmember|teammember|teamsettings|teamsactivity|teamsapp[a-z]*|teamstab|teamwork[a-z]*|list|bookings|bookingsappointment|printjob|printer|place|schedule|shortnotes|useractivity|usernotification|externalitem|externalconnection|workbook|excel|notebook|mailboxsettings|mailboxfolder|mailboxitem|chatmember|presence|learningcontent|calls|virtualevent|engagement[a-z]*|filestoragecontainer|crosstenant[a-z]*|aienterpriseinteraction)\.(?:[a-z]+\.)*(?:readwrite|write|send|create|manage|delete|fullcontrol|selected|initiate|joingroupcall|accessmedia|readandwrite|createonly|updatepolicyviolation|importexport|edit|close|installation)[a-z]*(?:\.[a-z]+)*|(?:imap|pop|ews)\.accessasuser\.all|smtp\.send(?:asapp)?|allsites\.(?:write|manage|fullcontrol)|myfiles\.write"),
    ("microsoft", "read", r"(?:mail|files|sites|notes|chat|chatmessage|channelmessage|calendars|contacts|tasks|onlinemeetings|onlinemeetingtranscript|onlinemeetingrecording|onlinemeetingartifact|onlinemeetingaiinsight|people|team|channel|channelsettings|channelmember|teammember|teamsettings|teamsactivity|teamsapp[a-z]*|teamstab|teamwork[a-z]*|list|bookings|printjob|printer|place|schedule|useractivity|externalitem|externalconnection|mailboxsettings|mailboxfolder|mailboxitem|chatmember|presence|callrecord[a-z-]*|callevents|learning[a-z]*|profilephoto|callrecords|virtualevent[a-z]*|aienterpriseinteraction|copilot[a-z]*|engagement[a-z]*|filestoragecontainer|qna|search[a-z]*|peoplesettings|acronym|bookmark|edu[a-z]*)\.(?:[a-z]+\.)*(?:read|readbasic|read\.[a-z]+)[a-z]*(?:\.[a-z]+)*|allsites\.read|myfiles\.read|edu[a-z]*\.[a-z.]+"),
    ("microsoft", "limited", r"user\.readwrite|device_sso|files\.selected|\.default|agreementacceptance\.read|family\.read|subscription\.read\.all|approval\.[a-z.]+|app(?:catalog)\.[a-z.]+|crossdevice[a-z.]*"),
    # Slack: resource:operation, and the old umbrella scopes.
    ("slack", "identity", r"identity\.(?:basic|email|avatar|team)|users\.profile:read|users:read(?:\.email)?|team:read"),
    ("slack", "limited", r"commands|incoming-webhook|app_mentions:read|emoji:read|dnd:(?:read|write)|reactions:(?:read|write)|pins:(?:read|write)|bookmarks:(?:read|write)|reminders:(?:read|write)|stars:(?:read|write)|usergroups:read|team\.(?:billing|preferences):read|tokens\.basic|assistant:write|users:write|users\.profile:write|links:(?:read|write|embed:write)|links\.embed:write|metadata\.message:read|app_configurations:(?:read|write)|workflow\.steps:execute|calls:(?:read|write)|connections:write|authorizations:read|triggers:(?:read|write)|datastore:(?:read|write)|hosting:(?:read|write)|conversations\.connect:(?:read|write)"),
    ("slack", "read", r"(?:channels|groups|im|mpim):(?:history|read)|files:read|search:read(?:\.[a-z]+)*|canvases:read|lists:read|remote_files:(?:read|share)|read"),
    ("slack", "write", r"chat:write(?:\.(?:customize|public))?|chat:write:(?:user|bot)|(?:channels|groups|im|mpim):(?:write|manage|join)(?:\.(?:invites|topic))?|files:write(?::user)?|canvases:write|lists:write|usergroups:write|remote_files:write|conversations\.connect:manage|post|client|bot"),
    ("slack", "admin", r"admin(?:\.[a-z_]+)*(?::(?:read|write))?|auditlogs:read|discovery:(?:read|write)"),
    # GitHub: OAuth scopes; fine-grained permissions have other names and come from the installation.
    ("github", "identity", r"read:user|user:email|user:follow"),
    ("github", "limited", r"gist|notifications|repo:status|repo_deployment|public_repo|read:(?:gpg_key|public_key|ssh_signing_key|project|discussion|packages|enterprise)|user|write:discussion|codespace(?::secrets)?|copilot"),
    ("github", "read", r"read:(?:org|repo_hook|audit_log)|repo:invite|security_events"),
    ("github", "write", r"repo|write:(?:packages|repo_hook|org|public_key|gpg_key|ssh_signing_key|network_configurations)|workflow|project|delete:packages|manage_runners:(?:org|enterprise)"),
    ("github", "admin", r"admin:(?:org|repo_hook|org_hook|public_key|gpg_key|ssh_signing_key|enterprise)|delete_repo|site_admin|manage_billing:(?:copilot|enterprise)|scim:enterprise"),
    # Salesforce.
    ("salesforce", "identity", r"id|openid"),
    ("salesforce", "limited", r"custom_permissions|lightning|content|visualforce|forgot_password|user_registration_api|pwdless_login_api|einstein_gpt_api|sfap_api|chatbot_api"),
    ("salesforce", "read", r"cdp_(?:profile|query|segment|calculated_insight|identityresolution)_api|wave_api|eclair_api|interaction_api|cdp_api"),
    ("salesforce", "write", r"api|web|chatter_api|cdp_ingest_api|pardot_api|scrt_api"),
    ("salesforce", "admin", r"full"),
    # Zoom: granular (resource:operation:thing[:level]) and classic (resource:operation[:level]).
    ("zoom", "admin", r"[a-z_]+:(?:read|write|master|update|delete)(?::[a-z_]+)*:(?:admin|master)|account:[a-z_:]+|role:[a-z_:]+|[a-z_]+:master"),
    ("zoom", "identity", r"user:read(?::(?:user|email|settings|token|zak))?|user_(?:info|profile)(?::read)?|user_info:read"),
    ("zoom", "read", r"(?:meeting|webinar|recording|cloud_recording|chat_channel|chat_message|chat_contact|contact|phone|phone_recording|team_chat|imchat|calendar|clips|whiteboard|zoom_events|report|dashboard|dashboard_meetings|contact_center|mail|docs|meeting_summary|archiving|h323|pac|tracking_field|zoomapp|room|scheduler|transcript|marketplace):(?:read|view|list)(?::[a-z_]+)*"),
    ("zoom", "write", r"(?:meeting|webinar|recording|cloud_recording|chat_channel|chat_message|chat_contact|contact|phone|team_chat|imchat|calendar|clips|whiteboard|zoom_events|contact_center|mail|docs|user|h323|pac|tracking_field|room|scheduler|rtms|zoomapp):(?:write|update|delete|create|manage|inmeeting)(?::[a-z_]+)*|imchat:bot|meeting_token:read:[a-z_]+|meeting:read:meeting_transcript"),
    # Atlassian: classic (read:jira-work) and granular (read:issue:jira).
    ("atlassian", "identity", r"read:me|read:account|read:jira-user|read:confluence-user|read:user:(?:jira|confluence)"),
    ("atlassian", "admin", r"(?:manage|admin|delete|write):(?:jira-configuration|jira-project|confluence-configuration|jira-data-provider|org|directory|users?:(?:admin|jira)|organization)[a-z:.-]*|manage:[a-z:.-]+|read:audit-log:[a-z-]+"),
    ("atlassian", "write", r"(?:write|delete|storage|import|validate):[a-z.-]+(?::[a-z-]+)*|write:jira-work|write:confluence-(?:content|file|space|props|groups)|write:servicedesk-request"),
    ("atlassian", "read", r"(?:read|search|readonly|report):[a-z.-]+(?::[a-z-]+)*|readonly:content\.attachment:confluence"),
)  # fmt: skip


@lru_cache(_REMEMBERED)
def risk(scope: str) -> Risk:
    """The tier of the first family of a provider that a scope fits, of several providers the gravest; else `unknown`."""
    name = _name(scope)
    found: dict[str, Risk] = {}
    for provider, tier, pattern in _compiled():
        if provider not in found and pattern.fullmatch(name):
            found[provider] = Risk(tier, provider)
    return max(found.values(), key=lambda one: ORDER.index(one.tier), default=Risk("unknown", ""))


def _name(scope: str) -> str:
    """The scope without its service's address, in lower case."""
    name = scope.strip().lower().rstrip("/")
    if name in {"https://mail.google.com", "http://mail.google.com"}:
        return "mail.google.com"
    return name.rpartition("/")[2] if "://" in name else name


@cache
def _compiled() -> tuple[tuple[str, Tier, re.Pattern[str]], ...]:
    return tuple((provider, tier, re.compile(pattern)) for provider, tier, pattern in FAMILIES)
