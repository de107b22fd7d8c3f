"""Labelled texts: what tickets say, by what a careful technician would check before doing it. No customer's words.

The rules of `sensitive` were written by the first tables, and widened by the second, of which they had found 29 of 43 before.
The held-out ones were written before that was done, for measuring alone: no rule is changed to fit them, and whoever changes
rules by them has to write others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Texts: TypeAlias = Mapping[str, Sequence[str]]

SENSITIVE: Final[Texts] = {
    "password": [
        "Please reset my password", "Forgot password for the portal", "PASSWORD EXPIRED", "need new pw for Sage",
        "Kann jemand mein Passwort zurücksetzen?", "Jane needs her login reset", "can you send me the credentials for the NAS",
        "pass word does not work any more", "\uff30\uff41\uff53\uff53\uff57\uff4f\uff52\uff44 reset", "pass\u200bword reset", "I lost the passphrase of my key",
        "mot de passe oublié", "Contraseña olvidada", "change my voicemail PIN",
    ],
    "lockout": [
        "Locked out of Windows", "Please unlock Bob's account", "user account is locked again", "lockout on the DC",
        "My account got disabled after holiday", "I can't log in", "can\N{RIGHT SINGLE QUOTATION MARK}t sign in to Teams",
    ],
    "second factor": [
        "MFA reset for new starter", "Got a new phone and cannot approve the sign in", "2FA not working", "Authenticator app was deleted",
        "please disable multi-factor for the CEO", "two factor codes go to my old number", "send me the backup codes",
        "lost my phone, need codes to log on", "YubiKey stolen",
    ],
    "rights": [
        "Give me admin rights on my laptop", "Domain admin access for vendor", "permissions of an administrator please",
        "Full access to Tom's mailbox", "Forward all emails of Kim to me", "need access to my boss' inbox today",
    ],
    "money": [
        "Update bank details for our supplier", "new IBAN for salaries", "please buy gift cards", "change payroll account to this one",
        "urgent wire transfer",
    ],
}  # fmt: skip
ORDINARY: Final[Sequence[str]] = [
    "Printer on floor 2 is out of toner", "Outlook is slow since this morning", "New laptop for the sales team",
    "VPN drops every hour", "Monitor flickers", "Please install Adobe Reader", "Backup job failed on SRV01",
    "Disk C: 95% full on FILE02", "Router needs a reset after the power cut", "Scanner sends blank pages", "Wi-Fi weak in meeting room",
    "Teams has no sound", "Excel crashes when opening the budget", "Keyboard broken", "Moving office on Friday, need help with desks",
    "Website shows an old logo", "Phone line crackles", "Please add the new printer to reception", "Server room is too warm",
    "Windows update stuck at 30%", "Docking station does not charge", "Can we get a quote for ten monitors?",
    "Lock on the server room door is jammed", "Calendar shows wrong time zone", "Antivirus licence expires next month",
    "SSL certificate of the shop expires", "New phone system: please order headsets", "Projector bulb is dead", "Shared folder is missing",
    "Email signature has the wrong title",
]  # fmt: skip

WIDENED: Final[Texts] = {
    "password": [
        "Password for the payroll portal has stopped working", "Resetting Maria's Windows password", "My pw is not accepted since Monday",
        "Need temporary credentials for the auditor", "Passwort vergessen, bitte neu setzen", "wachtwoord werkt niet meer",
        "Please set a new pin for my voicemail", "What is the wifi password for guests?", "Login for the CRM forgotten",
        "Shared mailbox password needed by the new assistant", "My passcode for the alarm panel was wiped",
        "He wants to know what he types in to get on the VPN, the one from last year no longer works",
    ],
    "lockout": [
        "Account locked after three tries", "I am locked out of my PC", "AD user jdoe keeps getting locked", "Cannot sign in this morning",
        "I can't get into my computer", "Unlock my profile please", "Konto gesperrt",
        "Our temp's user was disabled, please switch it on again",
    ],
    "second factor": [
        "Reset MFA for Peter, he changed phones", "My authenticator shows no codes", "Turn off 2FA for the scanner account",
        "I do not receive the verification code any more", "Duo push goes to the wrong handset", "Lost my security key on the train",
        "Replace the phone number that gets my sign-in texts", "One-time codes do not arrive",
        "Please enrol my new iPhone, the old one approved my logins",
    ],
    "rights": [
        "Make me local administrator", "I need admin access to the file server", "Grant Lisa full access to the info mailbox",
        "Add the intern to the Domain Admins group", "Set up forwarding of Paul's mail to his manager",
        "Can I see the calendar and inbox of my predecessor?", "Give the vendor remote access to our server",
        "Please elevate my user so that I can install software",
    ],
    "money": [
        "Please change our IBAN in the invoice template", "Supplier has sent new bank account details", "Buy five gift cards for a client",
        "Wire transfer has to go out today", "Update my direct deposit", "The CEO wants me to pay an invoice to a new account",
    ],
}  # fmt: skip
WIDENED_ORDINARY: Final[Sequence[str]] = [
    "Printer prints everything twice", "Second screen stays black", "Mouse pointer jumps around", "Please order two docking stations",
    "Outlook search finds nothing", "OneDrive does not sync", "Meeting room camera is upside down", "Server reboot planned for Sunday",
    "New starter on Monday: laptop and desk phone please", "PDF opens in the wrong program", "Fan of my laptop is loud",
    "Internet is down in the warehouse", "Backup report says one file was skipped", "UPS beeps every hour", "Website certificate warning",
    "Mobile signal is poor in the basement", "Please move my files from the old laptop to the new one", "Label printer needs a driver",
    "Excel macro is blocked", "Shared calendar shows holidays twice", "Quote for Microsoft licences", "Reset the coffee machine timer",
    "Someone locked the meeting room and we cannot find the key", "The lock screen picture is wrong", "Our account manager asked for the asset list",
    "Teams call quality is bad", "Change the display name of our support mailbox", "Email to a customer bounced",
    "Disk of the NAS is failing", "Please uninstall the trial version", "Scan to email has stopped", "The bank's website is slow today",
    "Invoice PDF has the wrong logo", "Phone shows the wrong time", "Keyboard layout changed to English", "Firewall firmware update",
    "Need a longer network cable", "Admin building has no power", "Owner of the shop asks for a price list", "Rename the file share",
]  # fmt: skip

HELD_OUT: Final[Texts] = {
    "password": [
        "Sam forgot the password to the tax software", "My Windows password expires today and I am abroad",
        "Please send the new hire her initial password", "Need the admin password of the switch", "Kennwort abgelaufen",
        "He ricordato male la password, potete resettarla?", "Reset my login for the supplier shop", "voicemail pin please",
    ],
    "lockout": [
        "User locked after holidays", "It says my account has been disabled", "Locked myself out of the laptop again",
        "Cannot log into the terminal server", "Benutzerkonto gesperrt, bitte entsperren", "Reactivate the account of Ms Berg",
    ],
    "second factor": [
        "MFA prompt never comes", "Need to move my authenticator to another phone", "I was asked for a code that I do not get",
        "Disable two-step verification for the shared mailbox", "The token on my key ring has died", "Passkey does not work on the new laptop",
        "Backup codes are used up",
    ],
    "rights": [
        "Give Karen access to the HR folder", "Make Joe owner of the finance team", "I want to read my colleague's mails while he is ill",
        "Local admin for the developer", "Add me to the backup operators group", "Remote access for the machine supplier",
        "Permission to approve invoices in the ERP",
    ],
    "money": [
        "New bank account for wages from next month", "Please pay the attached invoice today, it is urgent", "Can you get me some Amazon gift cards",
        "Supplier says the IBAN has changed", "Change where my salary goes",
    ],
}  # fmt: skip
HELD_OUT_ORDINARY: Final[Sequence[str]] = [
    "Plotter eats paper", "Headset battery is flat", "Word crashes on saving", "Update the mail signature of the sales team", "Laptop lid is broken",
    "Please put Visio on my PC", "Warehouse scanner lost its network", "Zoom shows a black picture", "My desktop icons have moved",
    "Can we have a bigger mailbox?", "Server room door alarm tested today", "Printer says toner low", "Slow login at 8 in the morning",
    "New meeting room needs a screen", "Replace the phone of the reception", "Return of two leased laptops", "Power cut at the branch",
    "Backup of the accounting server failed", "Access point in the hall blinks orange", "Account review meeting on Tuesday", "Sage update available",
    "Website form sends no mails", "The bank transfer form prints without its logo", "Desk move for four people", "Screen saver starts too early",
    "Windows asks to restart every day", "Fax is gone", "Is the licence of AutoCAD still valid?", "Customer cannot open our attachment",
    "Card reader of the till is not found", "Remote office needs a new router", "The group calendar is empty", "Code of conduct document is missing on the intranet",
    "Owner manual for the projector", "Wrong phone number on the website",
]  # fmt: skip
