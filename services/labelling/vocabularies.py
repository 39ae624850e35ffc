"""The words sources use for sensitive data, and the data classes they stand for (DESIGN §8.3).

Every entry is (what is looked for, classes). Words of info types and labels are compared in lower case, as whole
words. Names of Purview's types: https://learn.microsoft.com/purview/sit-sensitive-information-type-entity-definitions;
of Google's: https://cloud.google.com/sensitive-data-protection/docs/infotypes-reference; of Netskope's:
https://docs.netskope.com/en/data-loss-prevention; of Nightfall's: https://help.nightfall.ai (from memory, not re-read).
"""

# ruff: noqa: E501 - a row of a vocabulary reads best whole

LEVELS = ("public", "internal", "confidential", "regulated")
"""How sensitive, from least to most; the other classes say what kind."""

INFO_TYPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"credit cards?|debit cards?|credit_card_number|pan|card numbers?|pci(?:[ -]dss)?", ("pci", "regulated")),
    (r"iban|swift(?: code)?|bank account|aba routing|routing number|iban_code", ("financial", "confidential")),
    (r"social security|ssn|us_social_security_number|national insurance|nino", ("pii", "regulated")),
    (r"nric|fin|mykad|nik|cccd|philsys|ph tin|thai(?:land)? population|aadhaar|national id(?:entification|entity)?",
     ("pii", "regulated")),
    (r"passport|driver'?s? licen[cs]e|taxpayer|tax file|tin|itin|identity card", ("pii", "regulated")),
    ((r"pii|personal(?:ly)?(?: identifiable)?(?: data| information)?|gdpr|pdpa|e-?mail address|phone number"
     r"|date of birth|full names?|physical address|email_address|phone_number|person_name"), ("pii", "confidential")),
    (r"phi|hipaa|health|medical|patient|diagnos[ei]s|icd-?(?:9|10)(?:-cm)?|drug enforcement", ("phi", "regulated")),
    ((r"password|credentials?|secrets?|api[ _-]?keys?|access keys?|private keys?|connection strings?|auth_token"
     r"|bearer token|client secret|storage account key|login"), ("credentials", "confidential")),
    (r"source code|source_code|proprietary code", ("source_code", "confidential")),
    (r"financial|finance|earnings|revenue|payroll|invoices?|glba|sox", ("financial", "confidential")),
    (r"salary|salaries|payroll|human resources|hr|employee (?:data|records?)|resumes?|cv", ("hr", "confidential")),
    (r"legal|privileged|attorney|contracts?|litigation|nda", ("legal", "confidential")),
    (r"customers?(?: data| records?| list)?|client list|crm", ("customer", "confidential")),
    # Names of single types: Purview's entities, Google's infoTypes (in lower case, `_` read as a space too), Netskope's and
    # Nightfall's identifiers, Symantec's and Forcepoint's policies.
    ((r"(?:aba|bank|swift|iban|cusip|isin|sedol|bic)[ _](?:routing|account|code|number)[a-z ]*|financial account number"
      r"|fdic|basel ii|sec edgar|sox audit|m&a|mergers? and acquisitions?|price fixing|insider trading|crypto(?:currency)?"
      r" (?:wallet|address)|bitcoin address|amount of money|vat (?:number|id)|tax (?:return|form)|w-?2 form|1099 form"),
     ("financial", "confidential")),
    ((r"[a-z ]+(?:national|identity|identification|resident registration|personal code|social insurance|social services"
      r"|tax|health|driver'?s?|passport|electoral roll|permanent account|registration)[ _](?:id|card|number|code)(?: number)?"
      r"|(?:uk|us|canada|australia|germany|france|spain|italy|india|japan|korea|brazil|singapore|malaysia|indonesia|thailand"
      r"|vietnam|philippines|china|taiwan|hong kong|poland|netherlands)[ _](?:nino|sin|tfn|medicare|nhs|nif|nie|dni|nir|bsn|pesel"
      r"|cpf|cnpj|rrn|my number|hkid|aadhaar|pan|voter|passport|drivers? licen[cs]e|taxpayer|social)[a-z _]*"
      r"|philippines unified multi-purpose|epic number|my number"), ("pii", "regulated")),
    ((r"age|ethnic group|religio(?:n|us)[a-z ]*|gender|sexual orientation|marital status|political[a-z ]*|trade union|geo ?location"
      r"|location coordinates|street address|first name|last name|female name|male name|imei|imsi|mac address|ip address"
      r"|advertising id|vehicle identification number|vin|date time|all full names|ferpa|coppa|ccpa|lgpd|pipeda|popia|appi|pdp[ab]?"
      r"|person[ _]name|u[ks] postcodes?"), ("pii", "confidential")),
    ((r"medical (?:record|term|history|condition|form)[a-z ]*|disease[a-z ]*|drug names?|medicare[a-z ]*|dea number|npi|hicn|mbi|hcpcs|cpt"
      r"|fda (?:code|approved drugs)[a-z ]*|blood test terms|surgical procedures|impairments listed[a-z ]*|lab test terms|hitech|caldicott"
      r"|australia medical account|health service number|nhs number|icd ?(?:9|10)[ _]?(?:code|cm)?"), ("phi", "regulated")),
    ((r"(?:aws|azure|gcp|google|github|gitlab|slack|stripe|npm|docker|twilio|sendgrid|okta|salesforce)[a-z ]*(?:key|token|secret"
      r"|credentials?|signature|password)s?|x509 certificate[a-z ]*|json web token|jwt|http cookie|basic auth header|encryption key"
      r"|weak password hash|xsrf token|oauth client secret|user login credentials|general (?:password|symmetric key)|ssh key|pem file"
      r"|client secret[a-z ]*|connection string[a-z ]*"), ("credentials", "confidential")),
    ((r"c\+\+ source|java source|python source|verilog|vhdl|matlab|perl source|vb source|c source|design documents?|cad (?:files|drawings?)"
      r"|intellectual property|trade secrets?"), ("source_code", "confidential")),
    ((r"employee (?:id|number|discipline)|disgruntled employee|job search|resume|hr documents?|recruit(?:ing|ment)|compensation|performance"
      r" reviews?|workplace (?:harassment|violence)"), ("hr", "confidential")),
    ((r"legal (?:affairs|documents?|briefs?)|corporate sabotage|regulatory collusion|export control|itar|ear|ofac|court (?:filing|orders?)"
      r"|patent (?:application|filing)s?|law enforcement"), ("legal", "confidential")),
    ((r"customer complaints?|crm (?:data|export)|contact lists?|mailing lists?|account number list|loyalty"), ("customer", "confidential")),
    ((r"controlled unclassified(?: information)?|cui|fouo|noforn|classified|itar controlled"), ("regulated",)),
)  # fmt: skip

SENSITIVITY_LABELS: tuple[tuple[str, str], ...] = (
    (r"regulated|restricted|top secret|highly restricted", "regulated"),
    (r"highly confidential|strictly confidential|confidential|secret|sensitive|sulit|rahasia", "confidential"),
    (r"non[- ]?business|general|internal(?: use)?(?: only)?|terhad", "internal"),
    (r"public|personal use|unrestricted", "public"),
)
"""Sensitivity labels by their words; the first row that fits decides, so the strictest is named first."""

SCOPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ((r"mail\.(?:read|readbasic|readwrite|send)(?:\.shared|\.all)?|imap\.accessasuser\.all|pop\.accessasuser\.all"
     r"|smtp\.send|ews\.accessasuser\.all|full_access_as_app|mailboxsettings\.read(?:write)?"), ("confidential",)),
    ((r"(?:files|sites|notes|chat|chatmessage|channelmessage|calendars|contacts|tasks|onlinemeetings"
     r"|onlinemeetingtranscript|people|team|group|list|bookings|printjob|printer)\."
     r"[a-z]*(?:read|readwrite|manage|fullcontrol|selected|send)[a-z]*(?:\.[a-z]+)*"), ("confidential",)),
    ((r"(?:user|directory|groupmember|auditlog|application|rolemanagement|device[a-z]*|identity[a-z]*|policy)"
     r"\.[a-z]*(?:read|readwrite|manage)[a-z]*\.(?:all|directory)|directory\.accessasuser\.all"),
     ("confidential", "pii")),
    ((r"user\.(?:read|readbasic)|user\.readwrite|openid|profile|email|offline_access|address|phone|groups"
     r"|device_sso"), ("internal",)),
    ((r"(?:gmail(?:\.[a-z.]+)?|drive(?:\.[a-z.]+)?|documents(?:\.readonly)?|spreadsheets(?:\.readonly)?"
     r"|presentations(?:\.readonly)?|calendar(?:\.[a-z.]+)?|chat\.[a-z.]+|keep(?:\.readonly)?|meetings\.[a-z.]+"
     r"|cloud-platform(?:\.read-only)?|bigquery|devstorage\.[a-z_]+|forms\.[a-z.]+|tasks(?:\.readonly)?"
     r"|contacts(?:\.readonly)?)"), ("confidential",)),
    (r"admin\.(?:directory|reports)\.[a-z.]+", ("confidential", "pii")),
    (r"userinfo\.(?:email|profile)|plus\.me|user\.emails\.read", ("internal",)),
    ((r"okta\.(?:users|groups|apps|appgrants|logs|clients|policies|sessions|factors|idps|roles|schemas|profilemappings)"
     r"\.(?:read|manage)(?:\.self)?"), ("confidential", "pii")),
)  # fmt: skip
"""Families of OAuth scopes. Microsoft Graph: https://learn.microsoft.com/graph/permissions-reference; Google:
https://developers.google.com/identity/protocols/oauth2/scopes (their last path part); Okta:
https://developer.okta.com/docs/api/oauth2/. Written from memory, so families rather than lists; not re-read."""

CODE_SUFFIXES = frozenset(
    [
        "py",
        "pyi",
        "ipynb",
        "js",
        "jsx",
        "ts",
        "tsx",
        "java",
        "kt",
        "kts",
        "scala",
        "go",
        "rs",
        "c",
        "h",
        "cc",
        "cpp",
        "hpp",
        "cs",
        "vb",
        "fs",
        "swift",
        "m",
        "mm",
        "rb",
        "php",
        "pl",
        "lua",
        "r",
        "jl",
        "dart",
        "ex",
        "exs",
        "erl",
        "hs",
        "ml",
        "clj",
        "groovy",
        "sh",
        "bash",
        "zsh",
        "ps1",
        "bat",
        "sql",
        "tf",
        "tfvars",
        "bicep",
        "proto",
        "graphql",
        "vue",
        "svelte",
        "sol",
        "asm",
        "cob",
        "cbl",
        "abap",
        "gradle",
        "cmake",
        "dockerfile",
        "patch",
        "diff",
    ]
)
"""File name endings that are source code."""

KEY_SUFFIXES = frozenset("pem key pfx p12 jks keystore kdbx ppk env htpasswd ovpn".split())  # noqa: SIM905 - the same
"""File name endings that hold credentials."""

FILE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"salar(?:y|ies)|payroll|gaji|appraisal|performance review|headcount|resume|cv|employee list|severance",
     ("hr", "confidential")),
    ((r"budget|forecast|p&l|profit(?: and|&) loss|balance sheet|general ledger|ledger|invoices?|earnings|financials?"
     r"|cash ?flow|valuation|board pack|cap table"), ("financial", "confidential")),
    (r"contracts?|nda|agreement|litigation|legal|msa|term sheet|perjanjian|kontrak", ("legal", "confidential")),
    (r"patients?|medical|diagnosis|lab results?|clinical", ("phi", "regulated")),
    (r"customers?|clients?|crm|leads|pelanggan", ("customer", "confidential")),
    (r"passwords?|credentials?|secrets?|api ?keys?", ("credentials", "confidential")),
    (r"passports?|nric|ic copy|national ids?", ("pii", "regulated")),
    (r"confidential|restricted|rahasia|sulit", ("confidential",)),
)  # fmt: skip
"""Words in a file's name (separators read as spaces)."""

UNIT_WORDS: tuple[tuple[str, str], ...] = (
    (r"hr|human resources|people(?: team| operations| ops)?|talent|recruiting|recruitment", "hr"),
    (r"legal|compliance|general counsel", "legal"),
    (r"finance|accounting|accounts|treasury|controlling|tax|audit", "financial"),
    (r"engineering|software|development|r&d|platform", "source_code"),
    (r"sales|customer (?:success|service|support|care)|call cent(?:er|re)", "customer"),
    (r"clinical|medical|nursing", "phi"),
)
"""Words in a unit's name: what its people usually handle, so the confidence stays low."""
