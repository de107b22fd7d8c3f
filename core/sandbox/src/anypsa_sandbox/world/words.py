"""Words: what people at an MSP's customers are called and complain about, with every awkward character."""

from __future__ import annotations

from typing import Final

COMPANIES: Final = (
    *("Acme Dental", "Blue Harbour Logistics", "Café Zoë", "Müller & Söhne GmbH", "O'Brien Legal", "Peña Arquitectos"),
    *("Northwind Traders", "100% Organic Foods", "Straße & Co", 'The "Quoted" Bakery', "Data_Works", "Initech"),
    *("Fjord Shipping", "Kowalski Budownictwo", "Lakeside Clinic", "Wayne Printing [Old]"),
)
FIRST: Final = ("Ada", "Zoë", "José", "Björn", "Mary", "Łukasz", "Amélie", "Sam", "Priya", "Chen", "Nuño", "Grace")
LAST: Final = ("Lovelace", "Müller", "O'Neill", "García", "Smith", "Ångström", "Dupont", "Jones", "Nguyễn", "Weiß")
TITLES: Final = (
    *("VPN does not connect", "Printer prints blank pages", "Cannot open mailbox", "vpn slow at home"),
    *("Password expired", "Laptop won't start", 'Error "0x80070005" in Outlook', "Wi-Fi drops in café area"),
    *("New starter: José Müller", "Disk 95% full on SRV_01", "Backup failed [job 12]", "Switch port 3 is down"),
    *(
        "Phishing mail reported",
        "Licence renewal für Büro",
        "Teams call has no audio 🎧",
        "Share \\\\srv\\data is gone",
    ),
    *("Rename user O'Brien", "100% CPU on RDS host", "Scan_to_mail broken", "Straßenfest: guest Wi-Fi"),
)
DETAILS: Final = (
    *("Since this morning.", "Happens every day around 9.", 'User says: "it just stopped".', "Affects 5 people."),
    *("Error code: 0x%08X", "Bitte um Rückruf.", "See C:\\Temp\\log_1.txt", "Tried a reboot already;\nno change."),
    *("Caller's number is in the contact.", "Priority agreed with the customer.", "Réseau très lent."),
)
NOTES: Final = (
    *("Called the customer, no answer.", "Restarted the service.", "Waiting for a part.", "Sent instructions."),
    *("Escalated to level 2.", "Müller confirmed that it works again.", "VPN profile re-created."),
)
CITIES: Final = ("Springfield", "Zürich", "São Paulo", "Malmö", "Leeds", "Kraków")
JOBS: Final = ("Office Manager", "CEO", "Head of IT", "Accountant", "Nurse", None)
TECHNICIANS: Final = (
    *(("Tara", "Fields"), ("Ben", "Okafor"), ("Élise", "Martin"), ("Noah", "Schäfer"), ("Ivy", "Chen")),
    *(("Omar", "Haddad"), ("Lena", "Björk"), ("Raj", "Patel")),
)
ROLES: Final = ("Service Desk Engineer", "Field Engineer", "Security Analyst")
PRODUCTS: Final = ("ThinkPad T14", "ProLiant DL380", "LaserJet M404", "FortiGate 60F")
WORK_TYPES: Final = ("Remote Support", "Onsite Support", "Travel", "Maintenance", "Legacy Work (do not use)")
INTERNAL_WORK: Final = ("Holiday", "Internal Meeting")
SERVICES: Final = ("Managed Workstation", "Managed Server", "Backup 1 TB", "Büro-Telefonie")
FORMS: Final = ("Standard", "Alert", "RMA")
WORK: Final = ("Remote session", "On-site visit", "Rückruf", 'Patched "SRV_01"')
CUSTOM: Final = ("Site Code", "Badge (old)", "Customer Ranking")
RANKINGS: Final = ("Golden", "Silver", "Bronze")
CUSTOM_LISTS: Final = {CUSTOM[2]: RANKINGS}
RETIRED: Final = "Platinum (2019)"
CHECKLIST: Final = ("Call the customer", "Check backup [nightly]", "Update documentation", "Send O'Brien the invoice")
ACTIONS: Final = (("Ticket Created", ""), ("Status Changed", "New -> In Progress"), ("Assigned", "Queue -> Müller"))
FILES: Final = (
    *(("screenshot.png", "image/png"), ("Protokoll Büro.txt", "text/plain"), ("../../etc/passwd", "text/plain")),
    *(
        ("invoice (final).pdf", "application/pdf"),
        ("CON", "application/octet-stream"),
        ("log\u202etxt.exe", "text/plain"),
    ),
)
ARTICLE_CATEGORIES: Final = ("Network", "Mail & Office", "Onboarding", "Archive")
ARTICLES: Final = (
    ("Set up the VPN", 'Open the client, choose "Büro" & connect.\n\nIf it fails: restart the service.'),
    ("Printer prints blank pages", "Clean the heads. 100% of cases: empty cartridge."),
    ("New starter checklist", "1. Account\n2. Mailbox\n3. Laptop <ThinkPad T14>"),
    ("Reset a password", "Never by mail. See also: O'Brien's policy."),
    ("Wi-Fi in the café area", "Channel 11, 5 GHz where possible 🎧"),
    ("Old: Exchange 2010", "Do not use."),
)
PROJECTS: Final = ("Office move", "Mail migration [2026]", "Firewall replacement", "Our own intranet")
STEPS: Final = ("Survey", "Order parts", "Installation", "Hand over")
