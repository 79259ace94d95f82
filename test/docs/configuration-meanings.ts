/** What each key of the configuration means, for docs/configuration.md. A key without its line here fails the test. */

/** The sections, in the order in which they are shown. */
export const sections: Readonly<Record<string, string>> = {
  terminal: 'Who the terminal is, and for whom it works.',
  policy:
    'Limits of waiting, retrying and risk. Every wait is bounded; attempts to settle an unknown outcome never end.',
  journal: 'How long the journal remembers what it says of people.',
  supervisors: 'Who may approve refunds without a sale, and settle by hand. Left out: nobody.',
  devices:
    'Each role may be left out. The role is `cardReader`, `codeScanner`, `pinPad`, `receiptPrinter` or `customerDisplay`.',
  emv: 'Applications, limits, CA public keys: what the terminal knows of cards (docs/emv.md).',
  acquirer: 'The host that authorises cards.',
  qr: 'Who issues and confirms QR payments. Training exactly when the acquirer is: real and training money never mix.',
  walletCodes:
    'How payment codes of wallets are told, which this terminal has no way to take (docs/qr-codes.md). The first that fits counts.',
  server: 'The loopback server of the screens.',
};

export const meanings: Readonly<Record<string, string>> = {
  'terminal.id': 'DE 41, Card Acceptor Terminal Identification; from the acquirer.',
  'terminal.merchantId': 'DE 42, Card Acceptor Identification Code; from the acquirer.',
  'terminal.merchantName': 'On receipts, and for the payer of a QR code.',
  'terminal.addressLines': 'On receipts, below the name.',
  'terminal.currency': 'Of all amounts. Only `"VND"` is taken now: the QR provider takes VietQR only.',
  'terminal.language': 'Of screens at the start, and of receipts.',
  'terminal.timeZone':
    'IANA name such as `Asia/Ho_Chi_Minh`: local time on receipts, in DE 12 and 13, and of business dates.',
  'terminal.callCenter': "Whom to call about a payment, printed on follow-up slips: the acquirer's name and hotline.",
  'terminal.maxAmountMinorUnits': 'Largest amount of one sale.',
  'policy.presentCardMs': 'How long the customer has to present a card.',
  'policy.insertedCardMs':
    "How long an inserted card may take until it has decided, the cardholder's choices and PIN included.",
  'policy.completeCardMs':
    'How long an inserted card may take to hear the answer of the bank; after an approval it is reversed then.',
  'policy.hostTimeoutMs': 'How long an authorisation may take before its outcome counts as unknown and is reversed.',
  'policy.qrExpiryMs': 'How long a dynamic QR code stays payable.',
  'policy.qrLongExpiryMs':
    'How long a dynamic QR code above `qrLongFrom` stays payable: the payer’s bank asks for a face check, which takes time. Never shorter than `qrExpiryMs`.',
  'policy.qrLongFrom': 'Amount in minor units above which `qrLongExpiryMs` counts.',
  'policy.providerTimeoutMs': 'How long one question to the QR provider may take.',
  'policy.retryMs':
    'First gap between attempts to settle an unknown outcome; doubles each time. At most `policy.retryMaxMs`.',
  'policy.retryMaxMs': 'Longest gap between attempts.',
  'policy.printTimeoutMs': 'How long a receipt may take before it counts as not printed.',
  'policy.autoCloseMs': 'How long a finished sale stays on the screen when nobody touches it.',
  'policy.partialApprovals':
    'Whether an approval of a part of the amount (DE 39 = 10) is offered to the cashier; else it is given back.',
  'policy.alarmAfterAttempts': 'Unanswered attempts after which a person is called.',
  'policy.forwardWindow': 'Stored payments under way at one time while they are delivered.',
  'policy.offline':
    "Payments without the bank, at the merchant's risk. Left out: none is ever taken. All limits hold at once.",
  'policy.offline.maxAmount': 'Of one stored payment. At most `policy.offline.maxSum`.',
  'policy.offline.maxSum': 'Of all stored payments that are not answered yet: the most that can be lost at once.',
  'policy.offline.maxCount': 'Stored payments at one time.',
  'policy.offline.maxAgeMs': 'When the oldest stored payment is older, nothing more is stored.',
  'policy.offline.maxPerCard': 'Stored payments of one card within `perCardWindowMs`.',
  'policy.offline.perCardWindowMs': 'The window of `maxPerCard`.',
  'policy.offline.allowedBins':
    'Beginnings of card numbers that may be stored; an empty list allows all that are not denied.',
  'policy.offline.deniedBins': 'Beginnings of card numbers that are never stored.',
  'policy.cutOverTime':
    'Local time `HH:MM` at which the batch is closed by itself. Left out: only a person or the host closes it.',
  'journal.mirrorFolder':
    'Folder, which has to exist, for the mirror of the journal: put it on another medium than the data folder. ' +
    'While that medium is missing the terminal does not start. Left out: beside the journal.',
  'journal.retentionDays':
    'Days after which the journal forgets what it says of settled payments; its chain stays verifiable. Left out: never.',
  'supervisors[].name': 'As shown to choose from, and as journaled. Each name once.',
  'supervisors[].codeHash': 'What `cham supervisor` prints for the code.',
  'devices.cardReader': 'Card reader, contactless or with a slot. Left out: no cards.',
  'devices.pinPad':
    'PIN pad for inserted cards. Left out: no PIN is asked for, and cards that insist on one are declined.',
  'devices.receiptPrinter': 'Receipt printer. Left out: no paper.',
  'devices.codeScanner': 'For codes that customers show. A scanner that types like a keyboard needs no entry here.',
  'devices.customerDisplay': "Small display on the customer's side, besides the customer's screen.",
  'devices.<role>.driver': 'Id of a driver; `drivers/registry.ts` lists them.',
  'devices.<role>.name': 'What the device is called in messages.',
  'devices.<role>.settings': 'The driver checks them: address, port, baud rate and so on.',
  'emv.folder':
    'Folder with `terminal.json`, `applications.json`, `ca-keys.json` or `revoked-certificates.json`; each replaces the built-in file of that name in `config/emv`. Left out: the built-in examples.',
  'acquirer.kind': 'The built-in training host, or a real one.',
  'acquirer.dialect': 'How the host writes ISO 8583:1987; `cham inspect iso8583 --dialect list` names the dialects.',
  'acquirer.host': 'Name or address.',
  'acquirer.port': 'TCP port.',
  'acquirer.secondary': 'Further addresses of the same acquirer, tried in order when the first does not answer.',
  'acquirer.secondary[].host': 'Name or address.',
  'acquirer.secondary[].port': 'TCP port.',
  'acquirer.tls': 'With it, no connection is ever made without TLS. Files are PEM.',
  'acquirer.tls.caFile':
    'Certificates of the authorities that vouch for the host; those of the operating system do not count.',
  'acquirer.tls.certFile':
    "This terminal's certificate, where the host wants one (mutual TLS). Together with `keyFile`.",
  'acquirer.tls.keyFile': 'Its private key, readable by its owner only.',
  'acquirer.tls.serverName':
    "Name that the host's certificate must carry, when it is not the address connected to. Not an IP address: where the certificate is for one, leave this out and connect to that address.",
  'acquirer.tls.minVersion': 'The least version; later ones are used where the host has them.',
  'acquirer.mac': 'Message authentication codes in DE 64 or 128 of every money message and its reply. Left out: none.',
  'acquirer.mac.algorithm':
    'ANSI X9.19 retail MAC (TDES, 16-byte key), or AES-CMAC, leftmost eight bytes. DUKPT with TDES needs `x9.19`.',
  'acquirer.mac.keys': 'Where the MAC keys come from.',
  'acquirer.mac.keys.kind':
    'A working key from the host after each sign-on, or a key for every message (DUKPT, ANSI X9.24).',
  'acquirer.mac.keys.keyFile':
    'Key-encryption key (`session`) or initial key (DUKPT): hexadecimal with an optional check value, or a TR-31 key block. Readable by its owner only.',
  'acquirer.mac.keys.protectionKeyFile': 'Hexadecimal key that opens the key block in `keyFile`.',
  'acquirer.mac.keys.ksn':
    'Key serial number of the initial key, counter bits zero: 20 hexadecimal digits with TDES, 24 with AES. Another one than before is a new key. Which keys are used up is in `dukpt.counter` in the data folder: never put an older one back. Without it a terminal that has traded does not start: restore its newest state, or have the acquirer load a new initial key, set `keyFile` and `ksn` to it, and make the file with the content `{}`.',
  'acquirer.window': 'Most money requests under way at once.',
  'acquirer.consumerCode':
    'Payments by codes that customers show (EMV QRCPS Consumer-Presented Mode). Left out: this acquirer takes none.',
  'acquirer.consumerCode.entryMode':
    'DE 22 of such a payment, from the acquirer: how the PAN was entered (03 with many), and whether PINs can be.',
  'acquirer.deferredMarker':
    'What tells this host that a card payment was taken off-line and is asked for late. Left out: nothing does.',
  'acquirer.deferredMarker.element':
    'Data element, one that no request carries otherwise: 44, 46 to 48, 54, 56 to 59, 61 or 112 to 127.',
  'acquirer.deferredMarker.value': 'What it contains.',
  'qr.kind': 'The built-in training bank, or a real provider.',
  'qr.bankBin': 'BIN of the bank whose account receives the money.',
  'qr.account': 'That account.',
  'qr.staticCode':
    "When the shop's static code (no amount, no reference) is shown to customers between sales: `never`, `onRequest` of a cashier, or always when `idle`. Not with a provider that issues its codes itself.",
  'qr.mark':
    'Where several terminals are paid on one account: a figure that no other of them has; it stands in the references of this one. Left out: it is alone.',
  'qr.otherMarks':
    'The marks of the others, of each that is in use and of no other: transfers with their references are left to them.',
  'qr.noticePort': 'Loopback port on which notices of payments are awaited; 0 takes a free one.',
  'qr.noticeUrl':
    'Public address that a relay or a router has for notices: the provider is told this one, not that of the listener.',
  'qr.relay': 'The relay that takes notices for this terminal where no provider can reach it (docs/relay.md).',
  'qr.relay.url': "The relay's `publicUrl`: https, or http on loopback; without a slash at the end.",
  'qr.relay.terminal': 'Under which name the relay knows this terminal.',
  'qr.relay.keyFile':
    'Ed25519 key in PEM with which it proves itself there, for its owner only; `cham relay add-terminal` makes one.',
  'qr.relay.caFile': 'Certificates in PEM of the authorities that vouch for the relay; left out: the public ones.',
  'qr.service':
    "Which provider. Left out: one that speaks this terminal's own protocol, at `apiBase` with `secretFile`.",
  'qr.service.name': 'Its name. `cham doctor` says what of it could not be verified from documents.',
  'qr.service.apiBase': 'Its API, without a slash at the end.',
  'qr.service.clientId': 'Client ID of the payment channel at payOS.',
  'qr.service.apiKeyFile': 'File with the API key. All key files are for their owner only (`chmod 600`).',
  'qr.service.checksumKeyFile': 'File with the key that signs.',
  'qr.service.apiTokenFile': 'File with the API token.',
  'qr.service.webhookAuth': 'How notices are proved: HMAC over time and body, or a key in a header.',
  'qr.service.webhookKeyFile': 'File with the key of the webhook.',
  'qr.service.bankCode': 'Short name of the bank, as the provider writes it.',
  'qr.service.username': 'User that the provider has given the shop.',
  'qr.service.passwordFile': 'File with its password.',
  'qr.service.refundKeyFile': 'File with the secret key for refunds; left out: no refunds.',
  'qr.service.noticeUsername': 'User that the shop has given the provider, to be let in with its notices.',
  'qr.service.noticePasswordFile': 'File with its password.',
  'qr.service.partnerCode': 'Partner code.',
  'qr.service.accessKeyFile': 'File with the access key.',
  'qr.service.secretKeyFile': 'File with the secret key, which signs.',
  'qr.service.appId': 'App ID.',
  'qr.service.key1File': 'File with key 1, which signs requests.',
  'qr.service.key2File': 'File with key 2, which signs callbacks.',
  'qr.service.queryBase': 'API for questions and refunds, without a slash at the end.',
  'qr.service.tmnCode': 'Terminal code (vnp_TmnCode).',
  'qr.service.hashSecretFile': 'File with the secret that signs.',
  'qr.service.target':
    'Path and query below `apiBase`; `{from}`, `{to}`, `{account}` and `{page}` are replaced by times, account and page.',
  'qr.service.format': 'Of the answer; CSV with a first line of names.',
  'qr.service.list': 'JSON: dotted path to the list of transfers; empty when the answer is the list.',
  'qr.service.fields': 'Where each value stands: dotted paths (JSON) or names of columns (CSV).',
  'qr.service.fields.id': "The bank's own number of a transfer, which never changes.",
  'qr.service.fields.amount': 'Whole đồng; money that left is below zero, or told by `direction`.',
  'qr.service.fields.memo': 'What the payer wrote.',
  'qr.service.fields.time': 'When it was booked.',
  'qr.service.fields.account': 'Account that received it: others are passed over. Left out: all are ours.',
  'qr.service.fields.payer': "The payer's account; kept and shown masked, for whoever gives the money back.",
  'qr.service.fields.direction': 'Where amounts have no sign.',
  'qr.service.fields.direction.field': 'Field that tells money that came from money that left.',
  'qr.service.fields.direction.incoming': 'Its value for money that came.',
  'qr.service.time': 'How times are written; `local` is UTC+7 without a zone.',
  'qr.service.thousands': 'Separator of thousands in amounts.',
  'qr.service.pageSize': 'Rows of a full page: as many mean that there is another. 0: all come at once.',
  'qr.service.authHeader': 'Header that lets the terminal in.',
  'qr.service.authValueFile': 'File with the whole value of that header.',
  'qr.apiBase':
    "API of a provider of this terminal's own protocol: an http or https URL of scheme, host and port only.",
  'qr.secretFile': 'File with the secret shared with it, at least 16 characters.',
  'server.port': 'Port on 127.0.0.1; 0 takes a free one.',
  'walletCodes[].name': 'For the log.',
  'walletCodes[].prefixes': 'How its codes begin.',
  'walletCodes[].minLength': 'Fewest characters of its codes.',
  'walletCodes[].maxLength': 'Most characters of its codes.',
};
