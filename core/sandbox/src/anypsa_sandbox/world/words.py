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
FORMS: Final = ("Standard", "Alert", "RMA")
WORK: Final = ("Remote session", "On-site visit", "Rückruf", 'Patched "SRV_01"')
CUSTOM: Final = ("Site Code", "Badge (old)", "Customer Ranking")
RANKINGS: Final = ("Golden", "Silver", "Bronze")
